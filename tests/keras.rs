//! What a file of unknown origin is answered with: it does not fill the memory, steer the terminal or pass for another, and
//! every error says what to do.

#[path = "../examples/keras_regularizers.rs"]
#[allow(dead_code)]
mod command;

use regularize::errors::KerasFileError;
use regularize::{Edition, KerasEntry, KerasModel};
use std::fmt::Write as _;
use std::fs;
use std::io::{Cursor, Write as _};
use std::path::PathBuf;
use zip::write::SimpleFileOptions;
use zip::{CompressionMethod, ZipWriter};

/// An archive of files with their contents.
fn archive(files: &[(&str, &[u8])]) -> Cursor<Vec<u8>> {
    let mut archive = ZipWriter::new(Cursor::new(Vec::new()));
    let options = SimpleFileOptions::default()
        .compression_method(CompressionMethod::Deflated)
        .compression_level(Some(1));
    for (name, content) in files {
        archive.start_file(*name, options).unwrap();
        archive.write_all(content).unwrap();
    }
    archive.finish().unwrap()
}

/// A model of one layer with these arguments.
fn layer(class: &str, arguments: &str) -> String {
    format!(
        r#"{{"class_name": "Sequential", "config": {{"name": "model", "layers": [
            {{"class_name": "{class}", "config": {{"name": "a", {arguments}}}}}]}}}}"#
    )
}

fn read(edition: Edition, json: &str) -> KerasModel {
    KerasModel::from_json_in(edition, json).unwrap()
}

/// What a terminal obeys, and what turns or hides a part of a line; a line break is the table's.
fn steers(text: &str) -> bool {
    let steers = |c: char| (c.is_control() && c != '\n') || "\u{202e}\u{2028}\u{200b}".contains(c);
    text.contains(steers)
}

/// As JSON writes it: clears the screen, forges a line, goes up, turns and hides what follows.
const HOSTILE: &str = r"\u001b[2J\nfc1  kernel  l2(0.5)\u009b1A\u202e\u2028\u200b";

/// The same as it is shown.
const SHOWN: &str = r"\u{1b}[2J\nfc1  kernel  l2(0.5)\u{9b}1A\u{202e}\u{2028}\u{200b}";

#[test]
fn at_most_8_mb_are_unpacked() {
    let most = KerasModel::MOST_UNPACKED;
    let version = br#"{"keras_version": "3.15.1"}"#;
    let mut config = layer("Dense", r#""kernel_regularizer": "l2""#).into_bytes();
    config.resize(most as usize, b' ');
    let whole = archive(&[("metadata.json", version), ("config.json", &config)]);
    assert_eq!(KerasModel::from_keras(whole).unwrap().entries().len(), 1);

    config.push(b' ');
    let small = br#"{"class_name": "Sequential", "config": {}}"#;
    for (name, files) in [
        (
            "config.json",
            [("metadata.json", &version[..]), ("config.json", &config)],
        ),
        (
            "metadata.json",
            [("metadata.json", &config), ("config.json", &small[..])],
        ),
    ] {
        let bomb = archive(&files);
        assert!(bomb.get_ref().len() < 200_000, "{}", bomb.get_ref().len());
        let error = KerasModel::from_keras(bomb).unwrap_err();
        assert_eq!(error, KerasFileError::TooLong { name, most });
        assert_eq!(
            error.to_string(),
            format!(
                "{name} unpacks to more than 8 MB, more than is read of an archive: if it is a model, unpack it, and \
                 read it with `KerasModel::from_json_in`"
            )
        );
    }
}

/// 3 MB, of which each of 50,000 entries has a path of 1.5 MB: 75 GB, unless they share it.
#[test]
fn entries_share_the_names_of_their_layers() {
    let (depth, length) = (40, 37_500);
    let mut json = String::new();
    for index in 0..depth {
        let name = format!("{index:x}").repeat(length)[..length].to_owned();
        write!(
            json,
            r#"{{"class_name":"Model","config":{{"name":"{name}","inside":["#
        )
        .unwrap();
    }
    for index in 0..50_000 {
        let comma = if index > 0 { "," } else { "" };
        write!(
            json,
            r#"{comma}{{"class_name":"D","config":{{"a_regularizer":"l2"}}}}"#
        )
        .unwrap();
    }
    json += &"]}}".repeat(depth);
    let model = read(Edition::LATEST, &json);
    assert_eq!(model.entries().len(), 50_000);
    assert_eq!(
        model.entries()[49_999].layer().len(),
        depth * (length + 1) - 1
    );

    let table = model.to_string();
    let row = format!(
        "{}… (1499919 characters more)  a     l2(0.01)",
        "0".repeat(120)
    );
    assert_eq!(table.lines().nth(50_000), Some(&*row));
    assert_eq!(
        table.len(),
        table.lines().next().unwrap().len() + 50_000 * (row.len() + 1)
    );
    // Equal, and short where a test prints it.
    assert!(model == model.clone());
    assert!(format!("{:?}", model.entries()[0]).len() < 500);
}

/// A format takes no width over 65,535.
#[test]
fn long_names_are_shortened() {
    let (name, role) = ("n".repeat(70_000), "r".repeat(70_000));
    let json = format!(
        r#"{{"class_name": "Model", "config": {{"name": "model", "layers": [
            {{"class_name": "Model", "config": {{"name": "around", "layers": [
                {{"class_name": "Dense", "config": {{"name": "{name}", "{role}_regularizer": "l2"}}}},
                {{"class_name": "Dense", "config": {{"name": "fc", "kernel_regularizer": "{role}"}}}}]}}}}]}}}}"#
    );
    let model = read(Edition::LATEST, &json);
    let [first, second] = model.entries() else {
        panic!("{model}")
    };
    assert_eq!(first.layer(), format!("around/{name}"));
    assert_eq!(first.role(), role);
    let error = second.regularizer().as_ref().unwrap_err().to_string();
    assert!(
        error.starts_with(&format!(
            "\"{}… (69880 characters more)\" is not",
            "r".repeat(120)
        )),
        "{error}"
    );
    let layer = format!("around/{}… (69887 characters more)", "n".repeat(113));
    let role = format!("{}… (69880 characters more)", "r".repeat(120));
    let (a, b) = (layer.chars().count(), role.chars().count());
    assert_eq!(
        model.to_string(),
        format!(
            "{:a$}  {:b$}  regularizer (keras-3.14.1)\n{layer}  {role}  l2(0.01)\n{:a$}  {:b$}  unknown: {error}",
            "layer", "role", "around/fc", "kernel"
        )
    );
}

/// Every text of a file in everything that is printed of it.
#[test]
fn a_file_does_not_steer_the_terminal() {
    let regularizers = [
        format!(r#""{HOSTILE}""#),
        format!(r#"{{"class_name": "{HOSTILE}", "config": {{}}}}"#),
        format!(r#"{{"class_name": "a", "config": {{}}, "registered_name": "{HOSTILE}"}}"#),
        format!(r#"{{"class_name": "L2", "config": {{"{HOSTILE}": 1}}}}"#),
        format!(r#"{{"class_name": "L2", "config": {{"l2": ["{HOSTILE}"]}}}}"#),
        format!(r#"{{"class_name": "OrthogonalRegularizer", "config": {{"mode": "{HOSTILE}"}}}}"#),
        format!(r#"["{HOSTILE}"]"#),
    ];
    for regularizer in regularizers {
        let json = layer(
            "Dense",
            &format!(r#""kernel_regularizer": {regularizer}, "{HOSTILE}_regularizer": "l2""#),
        )
        .replace(r#""name": "a""#, &format!(r#""name": "{HOSTILE}""#));
        let model = read(Edition::LATEST, &json);
        // As it is for a program, and as it is shown.
        assert!(model.entries()[0].layer().starts_with("\u{1b}[2J\nfc1"));
        let table = model.to_string();
        assert!(!steers(&table), "{table:?}");
        assert_eq!(table.lines().count(), 3, "{table}");
        // The layer twice, the role, and most of the errors; the others have it as JSON writes it.
        assert!(table.matches(SHOWN).count() >= 3, "{table}");
    }
    let version =
        layer("Dense", "").replacen('{', &format!(r#"{{"keras_version": "{HOSTILE}", "#), 1);
    let version = version.replace(r#", }}"#, "}}");
    let name: String = serde_json::from_str(&format!("\"{HOSTILE}\"")).unwrap();
    for error in [
        KerasModel::from_json(&version).unwrap_err(),
        KerasModel::from_keras(archive(&[(&*name, b"")])).unwrap_err(),
        KerasModel::from_keras(Cursor::new(name.as_bytes())).unwrap_err(),
    ] {
        let error = error.to_string();
        assert!(!steers(&error) && !error.contains('\n'), "{error:?}");
        assert!(error.contains(r"\u{1b}[2J"), "{error}");
    }
}

#[test]
fn a_file_of_another_kind_is_named() {
    let error = |file: &[u8]| {
        KerasModel::from_keras(Cursor::new(file))
            .unwrap_err()
            .to_string()
    };
    let save = "load the model in Python, and call `model.save(\"model.keras\")`";
    assert_eq!(
        error(b"\x89HDF\r\n\x1a\n\0\0\0\0"),
        "not a .keras file: it is an HDF5 file, which is not read here: load it in Python with the Keras that wrote it, and \
         call `model.save(\"model.keras\")`, or write what `model.to_json()` returns to a file; weights alone, as `save_weights` \
         writes them, have no regularizers"
    );
    assert_eq!(error(b""), "not a .keras file: it is empty");
    assert_eq!(
        error(b"\x80\x04K\x01."),
        format!("not a .keras file: it is a pickle of Python: {save}")
    );
    assert_eq!(
        error(b"\n {\"class_name\": 1"),
        "not a .keras file: it is JSON: read it with `KerasModel::from_json`"
    );
    // The 256th byte is the first of two.
    let text = format!(
        "version https://git-lfs.github.com/spec/v1\n{}",
        "é".repeat(200)
    );
    for text in [&*text, &text.replacen("é", "ée", 1)] {
        assert_eq!(
            error(text.as_bytes()),
            format!(
                "not a .keras file: it is a text that begins with \"version https://git-lfs.github.com/spec/v1\": {save}"
            )
        );
    }
    assert_eq!(
        error(b"\x08\x01\xff\0"),
        format!("not a .keras file: it is not a zip archive: {save}")
    );
    let mut cut = fs::read("tests/data/keras-3.15.keras").unwrap();
    cut.truncate(cut.len() - 100);
    assert_eq!(
        error(&cut),
        "not a .keras file: it is an archive that is cut short or damaged (invalid Zip archive: Could not find EOCD): copy it \
         again"
    );
    let files = ["arr_0.npy", "arr_1.npy", "arr_2.npy", "arr_3.npy"].map(|name| (name, &b""[..]));
    for (files, has) in [
        (&files[..], "has arr_0.npy, arr_1.npy, arr_2.npy and 1 more"),
        (&files[..3], "has arr_0.npy, arr_1.npy, arr_2.npy"),
        (&[], "is empty"),
    ] {
        assert_eq!(
            error(archive(files).get_ref()),
            format!("not a .keras file: it is an archive without config.json, which {has}: {save}")
        );
    }
    // A config.json that was packed alone names no version.
    let config = layer("Dense", r#""kernel_regularizer": "l2""#);
    let alone = archive(&[("config.json", config.as_bytes())]);
    let error = KerasModel::from_keras(alone.clone()).unwrap_err();
    assert!(matches!(error, KerasFileError::Version { found: None, .. }));
    assert_eq!(
        KerasModel::from_keras_in(Edition::TF_2_10, alone)
            .unwrap()
            .entries()
            .len(),
        1
    );
}

/// The JSON of TensorFlow.js has the model inside, and a list of layers is none.
#[test]
fn a_json_that_is_no_model_says_so() {
    for json in [
        "{}",
        "[]",
        "null",
        r#"{"modelTopology": {"keras_version": "2.15.0"}, "format": "layers-model"}"#,
        r#"{"class_name": "Dense"}"#,
        r#"{"class_name": "Dense", "config": "l2"}"#,
    ] {
        assert_eq!(
            KerasModel::from_json(json).unwrap_err(),
            KerasFileError::Model,
            "{json}"
        );
        assert_eq!(
            KerasModel::from_json_in(Edition::LATEST, json).unwrap_err(),
            KerasFileError::Model,
            "{json}"
        );
    }
}

/// A class of the user's own is not taken for a mistake of typing, nor the other way round.
#[test]
fn a_class_of_the_users_own_is_named_as_such() {
    let message = |edition: Edition, regularizer: &str| {
        let json = layer("Dense", &format!(r#""kernel_regularizer": {regularizer}"#));
        let model = read(edition, &json);
        model.entries()[0]
            .regularizer()
            .as_ref()
            .unwrap_err()
            .to_string()
    };
    let own = |name: &str, edition: &str| {
        format!(
            "\"{name}\" is a class or function of your own, and not one of {edition}: write it as a type that implements \
             `Regularizer`"
        )
    };
    for (json, name) in [
        (
            r#"{"module": "mine", "class_name": "Ridge", "config": {}, "registered_name": "mine>Ridge"}"#,
            "mine>Ridge",
        ),
        (
            r#"{"module": null, "class_name": "Ridge", "config": {}, "registered_name": "Ridge"}"#,
            "Ridge",
        ),
        (
            r#"{"module": "builtins", "class_name": "function", "config": "mine>ridge", "registered_name": null}"#,
            "mine>ridge",
        ),
        (
            r#"{"module": "keras_hub.layers", "class_name": "Ridge", "config": {}, "registered_name": null}"#,
            "Ridge",
        ),
        // As tf.keras writes them.
        (
            r#"{"class_name": "mine>Ridge", "config": {"l": 0.5}}"#,
            "mine>Ridge",
        ),
        (r#""Custom>ridge""#, "Custom>ridge"),
    ] {
        assert_eq!(message(Edition::LATEST, json), own(name, "keras-3.14.1"));
        assert_eq!(message(Edition::TF_2_10, json), own(name, "tf-2.10"));
    }
    for (json, name) in [
        (r#"{"class_name": "Ridge", "config": {}}"#, "Ridge"),
        (r#""ridge_penalty""#, "ridge_penalty"),
    ] {
        assert_eq!(
            message(Edition::TF_2_10, json),
            format!(
                "\"{name}\" is not a regularizer of tf-2.10: if it is a class or function of your own, write it as a type that \
                 implements `Regularizer`"
            )
        );
    }
    for json in [
        r#""L_2""#,
        r#"{"module": "keras.regularizers", "class_name": "L_2", "config": {}, "registered_name": null}"#,
    ] {
        assert_eq!(
            message(Edition::LATEST, json),
            "\"L_2\" is no regularizer of keras-3.14.1: write \"l2\""
        );
    }
    assert_eq!(
        message(Edition::LATEST, r#""l1_l2""#),
        "\"l1_l2\" is no regularizer of keras-3.14.1: write the factors, l1_l2(0.01, 0.01), which the name meant in Keras 2"
    );
}

/// `add_weight` in the layers of Keras 3.15.1: what an argument leaves out is not regularized.
#[test]
fn a_regularizer_of_no_weight_does_not_count() {
    for (class, arguments, role, has_weight) in [
        ("Dense", r#""use_bias": true"#, "bias", true),
        ("Dense", r#""use_bias": false"#, "bias", false),
        ("Dense", r#""use_bias": false"#, "kernel", true),
        ("Dense", r#""use_bias": false"#, "activity", true),
        ("LSTM", r#""use_bias": false"#, "bias", false),
        ("LSTM", r#""use_bias": false"#, "recurrent", true),
        ("MultiHeadAttention", r#""use_bias": false"#, "bias", false),
        ("SeparableConv2D", r#""use_bias": false"#, "bias", false),
        ("SeparableConv2D", r#""use_bias": false"#, "pointwise", true),
        ("EinsumDense", r#""bias_axes": null"#, "bias", false),
        ("EinsumDense", r#""bias_axes": "d""#, "bias", true),
        (
            "BatchNormalization",
            r#""center": false, "scale": true"#,
            "beta",
            false,
        ),
        (
            "BatchNormalization",
            r#""center": false, "scale": true"#,
            "gamma",
            true,
        ),
        (
            "BatchNormalization",
            r#""center": true, "scale": false"#,
            "beta",
            true,
        ),
        (
            "BatchNormalization",
            r#""center": true, "scale": false"#,
            "gamma",
            false,
        ),
        (
            "LayerNormalization",
            r#""center": true, "scale": false, "rms_scaling": true"#,
            "beta",
            false,
        ),
        (
            "LayerNormalization",
            r#""center": true, "scale": false, "rms_scaling": true"#,
            "gamma",
            true,
        ),
        (
            "LayerNormalization",
            r#""center": true, "scale": true, "rms_scaling": false"#,
            "beta",
            true,
        ),
    ] {
        let json = layer(
            class,
            &format!(r#"{arguments}, "{role}_regularizer": "l2""#),
        );
        let model = read(Edition::LATEST, &json);
        let has: Vec<bool> = model.entries().iter().map(KerasEntry::has_weight).collect();
        assert_eq!(has, [has_weight], "{class} {arguments} {role}");
        let note = format!(", does not count: the layer has no {role}");
        assert_eq!(model.to_string().ends_with(&note), !has_weight, "{model}");
    }
}

/// What the command prints, with its arguments.
fn command(arguments: &[&str]) -> Result<String, String> {
    let name = ["keras_regularizers"];
    command::output(lexopt::Parser::from_iter(name.iter().chain(arguments)))
}

#[test]
fn the_command_names_its_own_option() {
    let folder = PathBuf::from(env!("CARGO_TARGET_TMPDIR")).join("keras");
    fs::create_dir_all(&folder).unwrap();
    let path = folder.join("model");
    let file = path.to_str().unwrap();
    let table = "layer  role    regularizer (tf-2.10)\na      kernel  l2(0.01)";
    let json = layer("Dense", r#""kernel_regularizer": "l2""#);

    // As Keras 3's `to_json` writes it; by its begin it is JSON, whatever its name.
    fs::write(&path, json.replacen('{', r#" {"module": "keras", "#, 1)).unwrap();
    assert_eq!(
        command(&[file]).unwrap_err(),
        format!(
            "{file}: it does not say which Keras wrote it: name the edition, with --edition and one of tf-2.10, keras-3.0, \
             keras-3.14.0, keras-3.14.1"
        )
    );
    assert_eq!(command(&[file, "--edition", "tf-2.10"]).unwrap(), table);
    let versioned = json.replacen('{', r#"{"keras_version": "2.1.6", "#, 1);
    fs::write(&path, versioned).unwrap();
    assert_eq!(
        command(&[file]).unwrap_err(),
        format!(
            "{file}: its keras_version has no edition here: name one that regularizes as it does, with --edition and one of \
             keras-2.2, tf-2.0, tf-2.3, tf-2.4, tf-2.10"
        )
    );
    fs::write(
        &path,
        archive(&[("config.json", json.as_bytes())]).get_ref(),
    )
    .unwrap();
    assert_eq!(command(&["--edition=tf-2.10", file]).unwrap(), table);

    fs::write(&path, b"\x89HDF\r\n\x1a\n").unwrap();
    let error = command(&[file]).unwrap_err();
    assert!(
        error.starts_with(&format!("{file}: not a .keras file: it is an HDF5 file, ")),
        "{error}"
    );
    let folder = folder.to_str().unwrap();
    let error = command(&[folder]).unwrap_err();
    assert!(
        error.starts_with(&format!(
            "{folder}: not a .keras file: it is a folder, as a SavedModel"
        )),
        "{error}"
    );

    let help = command(&["--help"]).unwrap();
    for edition in Edition::ALL {
        assert!(help.contains(edition.name()), "{edition}");
    }
    for arguments in [&["--edition", "keras-9"][..], &["--typo"], &[file, file]] {
        let error = command(arguments).unwrap_err();
        assert!(error.ends_with(&help), "{error}");
    }
    assert!(
        command(&[])
            .unwrap()
            .starts_with("layer                        role        regularizer (keras-3.14.1)\n")
    );
}

#[test]
fn an_entry_is_debugged_with_the_names_of_its_layers() {
    let json = layer("Dense", r#""kernel_regularizer": "l2""#).replace(r#""a""#, r#""fc1""#);
    let text = format!("{:?}", read(Edition::LATEST, &json).entries()[0]);
    assert!(text.contains("fc1"), "{text}");
}
