//! Times by operation, type, size and subject, and ratios of those of one run.

use crate::folder;
use serde::{Deserialize, Serialize};
use serde_json::Value;
use std::collections::BTreeSet;
use std::error::Error;
use std::fs::{read_dir, read_to_string};
use std::path::{Path, PathBuf};

pub(crate) const OURS: &str = "regularize";
pub(crate) const PARTIAL: &str = "regularize, exact partial";

/// The run of `cargo bench --bench penalty`.
const CRITERION: &str = "penalty";

/// A line of a file; criterion's directories make the same.
#[derive(Deserialize, Serialize)]
pub(crate) struct Time {
    /// Which run of which program.
    #[serde(default)]
    run: String,
    operation: String,
    #[serde(rename = "type")]
    dtype: String,
    n: usize,
    subject: String,
    /// The least nanoseconds, divided by `n`.
    ns: f64,
    /// The error that was asserted before.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    ulps: Option<f64>,
    /// Of the library, if there is one.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    version: String,
}

pub(crate) struct Results(Vec<Time>);

impl Results {
    /// In one order, whatever that of the files was.
    pub(crate) fn of_times(mut times: Vec<Time>) -> Self {
        times.sort_by(|a, b| a.key().cmp(&b.key()));
        Self(times)
    }

    /// Every `new` of criterion's folder that the last run wrote; none, if there is no folder.
    pub(crate) fn of_criterion() -> Result<Self, Box<dyn Error>> {
        let Ok(started) = folder::started().metadata() else {
            return Ok(Self(Vec::new()));
        };
        let started = started.modified()?;
        let (mut times, mut older) = (Vec::new(), 0);
        let groups = folders(&folder::of_criterion()).into_iter();
        for size in groups
            .flat_map(|group| folders(&group))
            .flat_map(|function| folders(&function))
        {
            let new = size.join("new");
            match new.join("sample.json").metadata() {
                Ok(file) if file.modified()? >= started => times.push(Time::of_criterion(&new)?),
                Ok(_) => older += 1,
                Err(_) => {} // criterion's report, or another benchmark
            }
        }
        if older > 0 {
            println!("{older} times of older runs of `penalty` are left out\n");
        }
        Ok(Self::of_times(times))
    }

    /// Lines of JSON of one run, which has the name of the file.
    pub(crate) fn read_lines(&mut self, file: &Path) -> Result<(), Box<dyn Error>> {
        let in_file = |error: &dyn Error| format!("{}: {error}", file.display());
        let text = read_to_string(file).map_err(|error| in_file(&error))?;
        let run = file.file_stem().unwrap_or_default().to_string_lossy();
        let mut times = std::mem::take(&mut self.0);
        for line in text.lines() {
            let mut time: Time = serde_json::from_str(line).map_err(|error| in_file(&error))?;
            time.run = run.to_string();
            times.push(time);
        }
        *self = Self::of_times(times);
        Ok(())
    }

    pub(crate) fn times(&self) -> &[Time] {
        &self.0
    }

    fn of<'a>(&'a self, operation: &'a str, dtype: &'a str) -> impl Iterator<Item = &'a Time> {
        let is = move |time: &&Time| time.operation == operation && time.dtype == dtype;
        self.0.iter().filter(is)
    }

    /// The time of one subject of `penalty`, or of several that have this name before a comma the least.
    pub(crate) fn ns(&self, operation: &str, dtype: &str, n: usize, subject: &str) -> Option<f64> {
        let one_of = |name| subject != OURS && before_comma(name) == subject;
        self.of(operation, dtype)
            .filter(|time| time.run == CRITERION && time.n == n)
            .filter(|time| time.subject == subject || one_of(&time.subject))
            .map(|time| time.ns)
            .reduce(f64::min)
    }

    /// The best limit's time over a subject's. A limit of few weights is the time of a call.
    pub(crate) fn of_limit(
        &self,
        operation: &str,
        dtype: &str,
        n: usize,
        subject: &str,
    ) -> Option<f64> {
        let limit = self
            .ns(operation, dtype, n, "limit")
            .filter(|_| n >= 1000)?;
        Some(limit / self.ns(operation, dtype, n, subject)?)
    }

    pub(crate) fn sizes(&self) -> BTreeSet<usize> {
        self.0.iter().map(|time| time.n).collect()
    }

    /// The sets of weights that are hard.
    pub(crate) fn adversaries(&self) -> BTreeSet<&str> {
        let names = self.0.iter().map(|time| time.operation.as_str());
        names.filter(|name| name.starts_with("value of ")).collect()
    }

    /// Others' names, and their times over ours of the same run, size by size. Of a subject that is in several runs,
    /// as the loop is, the least ratio counts.
    pub(crate) fn over_ours(
        &self,
        operation: &str,
        dtype: &str,
    ) -> Vec<(String, Vec<(usize, f64)>)> {
        let mut others: Vec<(String, Vec<(usize, f64)>)> = Vec::new();
        for time in self.of(operation, dtype) {
            if ["limit", "widened", OURS].contains(&before_comma(&time.subject)) {
                continue;
            }
            let same_run = |other: &&Time| other.run == time.run && other.n == time.n;
            let ours = self
                .of(operation, dtype)
                .filter(same_run)
                .find(|other| other.subject == OURS);
            let Some(ours) = ours else { continue };
            let ratio = time.ns / ours.ns;
            let at = others.iter().position(|other| other.0 == time.subject);
            let at = at.unwrap_or_else(|| {
                others.push((time.subject.clone(), Vec::new()));
                others.len() - 1
            });
            let ratios = &mut others[at].1;
            match ratios.iter_mut().find(|known| known.0 == time.n) {
                Some(known) => known.1 = known.1.min(ratio),
                None => ratios.push((time.n, ratio)),
            }
        }
        others
            .iter_mut()
            .for_each(|other| other.1.sort_by_key(|ratio| ratio.0));
        others.sort_by(|a, b| a.0.cmp(&b.0));
        others
    }

    /// The greatest errors that were asserted, where a run says them.
    pub(crate) fn errors(&self, operation: &str, dtype: &str) -> Vec<(String, Vec<(usize, f64)>)> {
        let names: BTreeSet<_> = self
            .of(operation, dtype)
            .map(|time| &time.subject)
            .collect();
        let of_name = |name: &String| {
            let errors = self
                .of(operation, dtype)
                .filter(|time| time.subject == *name);
            let errors: Vec<_> = errors
                .filter_map(|time| Some((time.n, time.ulps?)))
                .collect();
            let greatest = |n| {
                let of_size = errors.iter().filter(|error| error.0 == n);
                Some((n, of_size.map(|error| error.1).reduce(f64::max)?))
            };
            (
                name.clone(),
                self.sizes()
                    .into_iter()
                    .filter_map(greatest)
                    .collect::<Vec<_>>(),
            )
        };
        let rows = names.into_iter().map(of_name);
        rows.filter(|row| !row.1.is_empty()).collect()
    }

    /// The libraries that were timed by the runs that say it.
    pub(crate) fn versions(&self) -> Vec<(String, String)> {
        let known = self.0.iter().filter(|time| !time.version.is_empty());
        let known: BTreeSet<_> = known
            .map(|time| {
                (
                    before_comma(&time.subject).to_string(),
                    time.version.clone(),
                )
            })
            .collect();
        known.into_iter().collect()
    }
}

/// The library of a subject that has several ways.
pub(crate) fn before_comma(subject: &str) -> &str {
    subject.split(',').next().unwrap_or(subject)
}

impl Time {
    fn key(&self) -> (&str, &str, &str, usize, &str) {
        (
            &self.run,
            &self.operation,
            &self.dtype,
            self.n,
            &self.subject,
        )
    }

    fn of_criterion(folder: &Path) -> Result<Self, Box<dyn Error>> {
        let json = |file: &str| -> Result<Value, Box<dyn Error>> {
            Ok(serde_json::from_str(&read_to_string(folder.join(file))?)?)
        };
        let (benchmark, sample) = (json("benchmark.json")?, json("sample.json")?);
        let string = |field: &str| benchmark[field].as_str().ok_or(format!("no {field}"));
        let (operation, dtype) = string("group_id")?.split_once('/').ok_or("a group/type")?;
        let numbers = |field: &str| {
            let numbers = sample[field].as_array().into_iter().flatten();
            numbers.filter_map(Value::as_f64)
        };
        let n: usize = string("value_str")?.parse()?;
        let samples = numbers("times").zip(numbers("iters"));
        let least = samples.map(|(ns, runs)| ns / runs).reduce(f64::min);
        let ns = least.ok_or("no samples")? / n as f64;
        Ok(Self {
            run: CRITERION.into(),
            operation: operation.into(),
            dtype: dtype.into(),
            n,
            subject: string("function_id")?.into(),
            ns: (ns * 1e5).round() / 1e5, // as the other programs write it
            ulps: None,
            version: String::new(),
        })
    }
}

fn folders(of: &Path) -> Vec<PathBuf> {
    let entries = read_dir(of).into_iter().flatten().flatten();
    let paths = entries.map(|entry| entry.path());
    paths.filter(|path| path.is_dir()).collect()
}
