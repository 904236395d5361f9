//! What is committed: times and machine as JSON, and of these the text and the picture.

use crate::results::Results;
use crate::{draw, tables};
use serde_json::{Value, json};
use std::error::Error;
use std::fs;
use std::path::{Path, PathBuf};

pub(crate) struct Record {
    /// Names and values.
    pub(crate) machine: Vec<(String, String)>,
    pub(crate) results: Results,
}

fn folder() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("benches/record")
}

impl Record {
    pub(crate) fn write(&self, name: &str) -> Result<(), Box<dyn Error>> {
        fs::create_dir_all(folder())?;
        let file = |kind: &str| folder().join(format!("{name}.{kind}"));
        fs::write(file("json"), self.json()?)?;
        fs::write(file("md"), self.text(name))?;
        fs::write(file("svg"), draw::picture(&self.results))?;
        println!("\nwritten: benches/record/{name}.json, .md and .svg");
        Ok(())
    }

    fn read(file: &Path) -> Result<Self, Box<dyn Error>> {
        let value: Value = serde_json::from_str(&fs::read_to_string(file)?)?;
        Ok(Self {
            machine: serde_json::from_value(value["machine"].clone())?,
            results: Results::of_times(serde_json::from_value(value["times"].clone())?),
        })
    }

    /// A line for each time, so that two records can be compared.
    fn json(&self) -> Result<String, serde_json::Error> {
        let times: Result<Vec<_>, _> = self
            .results
            .times()
            .iter()
            .map(serde_json::to_string)
            .collect();
        let (machine, times) = (json!(self.machine), times?.join(",\n"));
        Ok(format!(
            "{{\"machine\":{machine},\n\"times\":[\n{times}\n]}}\n"
        ))
    }

    fn text(&self, name: &str) -> String {
        let versions = self.results.versions();
        let known = self.machine.iter().chain(&versions);
        let list: String = known
            .map(|(name, value)| format!("* {name}: {value}\n"))
            .collect();
        let tables = tables::all(&self.results);
        format!("# {name}\n\n{list}\n![others' times over ours]({name}.svg)\n\n{tables}")
    }
}

/// Asserts that every text and picture is what its record makes.
pub(crate) fn assert_all() -> Result<(), Box<dyn Error>> {
    let files = fs::read_dir(folder()).into_iter().flatten().flatten();
    let files = files.map(|file| file.path());
    let mut records = 0;
    for file in files.filter(|file| file.extension().is_some_and(|kind| kind == "json")) {
        let name = file.file_stem().unwrap_or_default().to_string_lossy();
        let record = Record::read(&file)?;
        let made = [
            ("json", record.json()?),
            ("md", record.text(&name)),
            ("svg", draw::picture(&record.results)),
        ];
        for (kind, text) in made {
            let committed = fs::read_to_string(file.with_extension(kind))?;
            assert!(
                committed == text,
                "{name}.{kind} is not what {name}.json makes"
            );
        }
        println!("{name}: its text and its picture are what it makes");
        records += 1;
    }
    if records == 0 {
        println!("no records in benches/record, so nothing is compared");
    }
    Ok(())
}
