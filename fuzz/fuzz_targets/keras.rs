//! Saved models: any bytes as a `.keras` file, and any text as its `config.json`, by every road to it.

#![no_main]

use libfuzzer_sys::{Corpus, fuzz_target};
use regularize::errors::KerasFileError;
use regularize::{Edition, KerasModel};
use regularize_fuzz::one_line;
use serde_json::Value;
use std::io::{Cursor, Write};
use zip::write::SimpleFileOptions;
use zip::{CompressionMethod, ZipWriter};

fuzz_target!(|data: &[u8]| -> Corpus {
    if data.starts_with(b"PK") {
        shown(KerasModel::from_keras(Cursor::new(data)));
        shown(KerasModel::from_keras_in(
            Edition::LATEST,
            Cursor::new(data),
        ));
        return Corpus::Keep;
    }
    let Ok(text) = std::str::from_utf8(data) else {
        return Corpus::Reject;
    };
    let by_text = shown(KerasModel::from_json(text));
    for edition in [Edition::KERAS_2_2, Edition::TF_2_10, Edition::LATEST] {
        shown(KerasModel::from_json_in(edition, text));
    }
    // The file has the version in another place.
    let version = serde_json::from_str::<Value>(text).ok();
    let version = version.and_then(|model| model.get("keras_version").cloned());
    let version = version.unwrap_or_else(|| "3.15.1".into());
    let metadata = format!("{{\"keras_version\": {version}}}");
    let method = match data.len() % 2 {
        0 => CompressionMethod::Stored,
        _ => CompressionMethod::Deflated,
    };
    let file = archive(
        &[("metadata.json", &metadata), ("config.json", text)],
        method,
    );
    let by_file = shown(KerasModel::from_keras(Cursor::new(&file)));
    if let Some(model) = by_file {
        let again = KerasModel::from_json_in(model.edition(), text).unwrap();
        // As text, since a factor may be NaN.
        assert_eq!(format!("{model:?}"), format!("{again:?}"));
        let again = KerasModel::from_keras_in(model.edition(), Cursor::new(&file)).unwrap();
        assert_eq!(format!("{model:?}"), format!("{again:?}"));
        if let Some(by_text) = by_text {
            assert_eq!(format!("{model:?}"), format!("{by_text:?}"));
        }
    } else {
        assert_eq!(by_text, None);
    }
    Corpus::Keep
});

/// Reads all that a model says of itself.
fn shown(model: Result<KerasModel, KerasFileError>) -> Option<KerasModel> {
    match model {
        Ok(model) => {
            let table = model.to_string();
            assert!(table.lines().count() > model.entries().len());
            for entry in model.entries() {
                assert!(serde_json::from_str::<Value>(entry.config()).is_ok());
                match entry.regularizer() {
                    Ok(regularizer) => assert_eq!(regularizer.edition(), model.edition()),
                    Err(error) => one_line(error),
                }
            }
            Some(model)
        }
        Err(error) => {
            one_line(&error);
            None
        }
    }
}

fn archive(files: &[(&str, &str)], method: CompressionMethod) -> Vec<u8> {
    let mut archive = ZipWriter::new(Cursor::new(Vec::new()));
    let options = SimpleFileOptions::default().compression_method(method);
    for (name, content) in files {
        archive.start_file(*name, options).unwrap();
        archive.write_all(content.as_bytes()).unwrap();
    }
    archive.finish().unwrap().into_inner()
}
