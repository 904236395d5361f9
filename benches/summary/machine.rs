//! The machine that measured, without its name.

use std::fs::read_to_string;
use std::process::Command;

/// Names and values. What cannot be found is left out.
pub(crate) fn describe() -> Vec<(String, String)> {
    let cores = std::thread::available_parallelism();
    let pages = read("/sys/kernel/mm/transparent_hugepage/enabled");
    let lines = [
        ("processor", processor()),
        ("cores", cores.ok().map(|n| n.to_string())),
        ("vectors", vectors()),
        ("caches of a core", caches()),
        ("memory", memory()),
        ("pages", pages.map(|huge| format!("huge ones: {huge}"))),
        ("system", system()),
        ("compiler", output("rustc", &["--version"])),
        ("regularize", Some(env!("CARGO_PKG_VERSION").into())),
        ("ndarray", locked("ndarray")),
        ("nalgebra", locked("nalgebra")),
        ("half", locked("half")),
    ];
    let known = lines
        .into_iter()
        .filter_map(|(name, value)| Some((name.to_string(), value?)));
    known.collect()
}

/// The version of a dependency.
fn locked(package: &str) -> Option<String> {
    let lock = read(concat!(env!("CARGO_MANIFEST_DIR"), "/Cargo.lock"))?;
    let start = format!("name = \"{package}\"\nversion = \"");
    let version = lock.split(&start).nth(1)?.split('"').next()?;
    Some(version.to_string())
}

fn read(file: &str) -> Option<String> {
    Some(read_to_string(file).ok()?.trim().to_string())
}

fn output(program: &str, arguments: &[&str]) -> Option<String> {
    let output = Command::new(program).args(arguments).output().ok()?;
    Some(String::from_utf8(output.stdout).ok()?.trim().to_string())
}

/// A field of `/proc/cpuinfo`.
fn field(name: &str) -> Option<String> {
    let text = read("/proc/cpuinfo")?;
    let line = text.lines().find(|line| line.starts_with(name))?;
    Some(line.split_once(':')?.1.trim().to_string())
}

fn processor() -> Option<String> {
    let (name, family, model) = (
        field("model name")?,
        field("cpu family")?,
        field("model\t")?,
    );
    let virtual_one = field("flags")?.split(' ').any(|flag| flag == "hypervisor");
    let kind = if virtual_one { ", virtual" } else { "" };
    Some(format!("{name}, family {family}, model {model}{kind}"))
}

fn vectors() -> Option<String> {
    let flags = field("flags")?;
    let of_interest = ["sse2", "avx", "fma", "avx2", "f16c", "avx512f"];
    let have: Vec<&str> = of_interest
        .into_iter()
        .filter(|one| flags.split(' ').any(|flag| flag == *one))
        .collect();
    Some(have.join(" "))
}

fn caches() -> Option<String> {
    let cache = |index: usize| {
        let of = |file| {
            read(&format!(
                "/sys/devices/system/cpu/cpu0/cache/index{index}/{file}"
            ))
        };
        let kind = match of("type")?.as_str() {
            "Data" => "d",
            "Instruction" => "i",
            _ => "",
        };
        Some(format!("L{}{kind} {}", of("level")?, of("size")?))
    };
    let caches: Vec<String> = (0..5).filter_map(cache).collect();
    (!caches.is_empty()).then(|| caches.join(", "))
}

fn memory() -> Option<String> {
    let text = read("/proc/meminfo")?;
    let kib: f64 = text
        .lines()
        .next()?
        .split_whitespace()
        .nth(1)?
        .parse()
        .ok()?;
    Some(format!("{:.0} GiB", kib / (1 << 20) as f64))
}

fn system() -> Option<String> {
    let release = read("/etc/os-release")?;
    let line = release
        .lines()
        .find(|line| line.starts_with("PRETTY_NAME="))?;
    let name = line.trim_start_matches("PRETTY_NAME=").trim_matches('"');
    Some(format!("{name}, {}", output("uname", &["-srm"])?))
}
