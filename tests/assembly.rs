//! The derive adds nothing: of a derived penalty the compiler makes, instruction by instruction, what it makes of the sum
//! that a hand writes. `assembly/pairs.rs` has both.

use std::path::Path;
use std::process::Command;

/// A package of its own, as the features and profiles of the workspace are others than a user's.
const MANIFEST: &str = concat!(
    r#"
[package]
name = "pairs"
edition = "2024"

[lib]
path = ""#,
    env!("CARGO_MANIFEST_DIR"),
    r#"/tests/assembly/pairs.rs"

[dependencies]
regularize = { path = ""#,
    env!("CARGO_MANIFEST_DIR"),
    r#"" }

[workspace]
"#
);

/// Compiles the pairs as a user's `cargo build --release` does, and returns their assembly.
fn compile() -> String {
    let package = Path::new(concat!(env!("CARGO_TARGET_TMPDIR"), "/assembly"));
    let workspace = Path::new(env!("CARGO_MANIFEST_DIR"));
    std::fs::create_dir_all(package).unwrap();
    std::fs::write(package.join("Cargo.toml"), MANIFEST).unwrap();
    // The versions of the workspace, which are on this machine.
    std::fs::copy(workspace.join("Cargo.lock"), package.join("Cargo.lock")).unwrap();
    let cargo = |arguments: &[&str]| {
        let status = Command::new(env!("CARGO"))
            .current_dir(package)
            .env("CARGO_TARGET_DIR", "target")
            .args(arguments)
            .status()
            .unwrap();
        assert!(status.success(), "cargo {arguments:?}");
    };
    // What another compiler left would be read as well.
    cargo(&["clean", "--quiet", "--offline", "--release", "-p", "pairs"]);
    cargo(&[
        "rustc",
        "--quiet",
        "--offline",
        "--release",
        "--",
        "--emit=asm",
    ]);
    let files = package.join("target/release/deps").read_dir().unwrap();
    files
        .map(|file| file.unwrap().path())
        .filter(|path| path.extension().is_some_and(|extension| extension == "s"))
        .map(|path| std::fs::read_to_string(path).unwrap())
        .collect()
}

/// The instructions of a function, with the labels numbered by the file and not by the function.
fn instructions(assembly: &str, name: &str) -> Vec<String> {
    let label = format!("{name}:");
    let lines = assembly.lines().skip_while(|line| **line != label).skip(1);
    let lines = lines.take_while(|line| !line.starts_with(".Lfunc_end"));
    let instructions: Vec<String> = lines
        .map(str::trim)
        .filter(|line| !line.starts_with('.') || line.starts_with(".LBB"))
        .map(without_numbers_of_function)
        .collect();
    assert!(!instructions.is_empty(), "no function {name}");
    instructions
}

/// `.LBB7_2` as `.LBB_2`, and `.LCPI7_0` as `.LCPI_0`.
fn without_numbers_of_function(line: &str) -> String {
    let mut rest = line;
    let mut text = String::new();
    while let Some(at) = rest
        .find(".LBB")
        .into_iter()
        .chain(rest.find(".LCPI"))
        .min()
    {
        let digits = rest[at..].find(|c: char| c.is_ascii_digit()).unwrap();
        text.push_str(&rest[..at + digits]);
        rest = rest[at + digits..].trim_start_matches(|c: char| c.is_ascii_digit());
    }
    text + rest
}

#[test]
fn a_derived_penalty_is_what_a_hand_writes() {
    if !cfg!(all(target_os = "linux", target_env = "gnu")) {
        println!("skipped: other systems write other directives");
        return;
    }
    let assembly = compile();
    let of = |name: &str| instructions(&assembly, name).join("\n");
    assert_ne!(of("dense_and_more"), of("dense_by_hand"));
    for layer in ["dense", "model"] {
        let [derived, by_hand] = ["derived", "by_hand"].map(|how| of(&format!("{layer}_{how}")));
        assert!(
            derived == by_hand,
            "derived, {layer} is\n{derived}\n\nand by hand\n{by_hand}"
        );
    }
}
