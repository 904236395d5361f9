//! Where a penalty comes from, as a table.

use super::entry::{Entry, Met, Regularized, Visit};
use crate::error::{Error, ErrorKind, Refused};
use crate::path::Path;
use crate::tensor::{Count, Penalty};
use regularize_core::{SHOWN, visible};
use std::any::Any;
use std::collections::hash_map::Entry::Occupied;
use std::fmt;

/// A table of a model's penalty: a row for each weight and each activity regularizer, and for each weight that nobody regularizes.
///
/// Made by [`Regularize::report`](crate::Regularize::report); printed as a table, in which paths and regularizers of over
/// 120 characters are shortened.
///
/// ```
/// use regularize::Regularize;
///
/// #[derive(Regularize)]
/// #[regularize(kernel = l1(0.5), bias = l2(0.5), activity = l1(1e-4))]
/// struct Dense {
///     kernel: Vec<f32>,
///     bias: Vec<f32>,
/// }
///
/// let report = Dense { kernel: vec![0.0, 6.0], bias: vec![-1.0, 1.0] }.report()?;
/// assert_eq!(
///     report.to_string(),
///     "\
/// weight    regularizer  penalty   share  zeros
/// kernel    l1(0.5)            3  75.0 %  1 of 2
/// bias      l2(0.5)            1  25.0 %  0 of 2
/// activity  l1(0.0001)                    of each output
/// total                        4          1 of 4",
/// );
/// # Ok::<(), regularize::Error>(())
/// ```
#[derive(Clone, Debug, PartialEq)]
pub struct Report {
    rows: Vec<Row>,
}

/// One weight, or one activity regularizer, of a [`Report`].
#[derive(Clone, Debug, PartialEq)]
pub struct Row {
    path: String,
    regularizer: String,
    penalty: f64,
    count: Count,
    state: State,
}

/// Says whether a row of a report counts in the total.
///
/// ```
/// use regularize::{Regularize, State};
///
/// #[derive(Regularize)]
/// #[regularize(trainable = false)]
/// struct Dense(#[regularize(l1)] Vec<f32>);
///
/// assert_eq!(Dense(vec![1.0]).report()?.rows()[0].state(), &State::Frozen);
/// # Ok::<(), regularize::Error>(())
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum State {
    /// It counts.
    Counted,
    /// It is not trained, and has no loss in its edition.
    Frozen,
    /// It is the weight of an earlier row, where it counts.
    Shared {
        /// The path of that row.
        first: String,
        /// The regularizer of that row.
        counted: String,
    },
    /// It is an activity regularizer: its penalty is that of each output.
    Activity,
    /// No attribute names it, so that it has no loss. `none` says that this is meant, and the row is gone.
    Unregularized,
}

impl Report {
    /// The rows in the order of declaration.
    #[must_use]
    pub fn rows(&self) -> &[Row] {
        &self.rows
    }

    /// Returns the row of the weight at a path; `None` if there is none.
    ///
    /// ```
    /// # use regularize::Regularize;
    /// #[derive(Regularize)]
    /// #[regularize(kernel = l1(0.5))]
    /// struct Dense {
    ///     kernel: Vec<f32>,
    /// }
    ///
    /// let report = Dense { kernel: vec![0.0, 3.0] }.report()?;
    /// assert_eq!(report.get("kernel").unwrap().count().zeros, 1);
    /// # Ok::<(), regularize::Error>(())
    /// ```
    #[must_use]
    pub fn get(&self, path: &str) -> Option<&Row> {
        self.rows.iter().find(|row| row.path == path)
    }

    /// The penalties of all rows that count, in the order of declaration.
    ///
    /// In doubles, so that it may differ from [`penalty`](crate::Regularize::penalty) in the last place of f32.
    ///
    /// ```
    /// # use regularize::Regularize;
    /// #[derive(Regularize)]
    /// struct Dense(#[regularize(l1(0.5))] Vec<f32>);
    ///
    /// assert_eq!(Dense(vec![3.0, -1.0]).report()?.total(), 2.0);
    /// # Ok::<(), regularize::Error>(())
    /// ```
    #[must_use]
    pub fn total(&self) -> f64 {
        let counted = self.rows.iter().filter(|row| row.state == State::Counted);
        counted.fold(0.0, |total, row| total + row.penalty)
    }

    /// The numbers of all rows that count, and how many of them are 0.
    ///
    /// ```
    /// # use regularize::Regularize;
    /// #[derive(Regularize)]
    /// struct Dense(#[regularize(l1(0.5))] Vec<f32>);
    ///
    /// assert_eq!(Dense(vec![3.0, 0.0]).report()?.count().zeros, 1);
    /// # Ok::<(), regularize::Error>(())
    /// ```
    #[must_use]
    pub fn count(&self) -> Count {
        let counted = self.rows.iter().filter(|row| row.state == State::Counted);
        counted.fold(Count::default(), |count, row| Count {
            zeros: count.zeros + row.count.zeros,
            len: count.len + row.count.len,
        })
    }

    /// Checks that every shared weight has one regularizer.
    pub(crate) fn check(&self) -> Result<(), Error> {
        for row in &self.rows {
            if let Some((first, counted)) = row.conflict() {
                let kind = ErrorKind::Conflict {
                    first: first.into(),
                    counted: counted.into(),
                    ignored: row.regularizer.clone(),
                };
                return Err(Error::new(&Path::root().field(&row.path), kind));
            }
        }
        Ok(())
    }
}

impl Row {
    /// The path of the weight.
    #[must_use]
    pub fn path(&self) -> &str {
        &self.path
    }

    /// Its regularizer, in the attribute's notation.
    #[must_use]
    pub fn regularizer(&self) -> &str {
        &self.regularizer
    }

    /// Its penalty, whether it counts or not; 0 for an activity regularizer.
    #[must_use]
    pub const fn penalty(&self) -> f64 {
        self.penalty
    }

    /// Its numbers, and how many are 0.
    #[must_use]
    pub const fn count(&self) -> Count {
        self.count
    }

    /// Returns whether it counts.
    #[must_use]
    pub const fn state(&self) -> &State {
        &self.state
    }

    /// The first place of a shared weight, if its regularizer is another one.
    fn conflict(&self) -> Option<(&str, &str)> {
        match &self.state {
            State::Shared { first, counted } if *counted != self.regularizer => {
                Some((first, counted))
            }
            _ => None,
        }
    }
}

impl fmt::Display for Report {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let total = self.total();
        let mut lines =
            vec![["weight", "regularizer", "penalty", "share", "zeros"].map(String::from)];
        lines.extend(self.rows.iter().map(|row| row.line(total)));
        let count = self.count();
        lines.push([
            "total".into(),
            String::new(),
            digits(total),
            String::new(),
            zeros(count),
        ]);
        let width = |column: usize| {
            let cells = lines.iter().map(|line| line[column].chars().count());
            cells.max().unwrap_or(0)
        };
        let [a, b, c, d] = [0, 1, 2, 3].map(width);
        for (index, [path, regularizer, penalty, share, zeros]) in lines.iter().enumerate() {
            if index > 0 {
                writeln!(f)?;
            }
            let line = format!("{path:a$}  {regularizer:b$}  {penalty:>c$}  {share:>d$}  {zeros}");
            f.write_str(line.trim_end())?;
        }
        Ok(())
    }
}

impl Row {
    /// The cells of a row.
    fn line(&self, total: f64) -> [String; 5] {
        let shown = |text: &str| visible(text, SHOWN).to_string();
        let (path, regularizer) = (shown(&self.path), shown(&self.regularizer));
        let (share, note) = match &self.state {
            State::Counted => (
                match total > 0.0 && total.is_finite() {
                    true => format!("{:.1} %", 100.0 * self.penalty / total),
                    false => String::new(),
                },
                String::new(),
            ),
            State::Frozen => (String::new(), ", frozen: does not count".into()),
            State::Shared { first, counted } => (
                String::new(),
                match (self.conflict(), shown(first), shown(counted)) {
                    (None, first, _) => format!(", shared with {first}: counted there"),
                    (Some(_), first, counted) => {
                        format!(", shared with {first}: counted there, as {counted}")
                    }
                },
            ),
            State::Unregularized => {
                let count = zeros(self.count) + ", not regularized";
                return [path, regularizer, String::new(), String::new(), count];
            }
            State::Activity => {
                let each = "of each output".into();
                return [path, regularizer, String::new(), String::new(), each];
            }
        };
        [
            path,
            regularizer,
            digits(self.penalty),
            share,
            zeros(self.count) + &note,
        ]
    }
}

/// Six digits.
fn digits(x: f64) -> String {
    let scientific = format!("{x:.5e}");
    let exponent = scientific.rsplit('e').next().and_then(|e| e.parse().ok());
    match exponent {
        Some(exponent @ -4..=5) => {
            let places: i32 = 5 - exponent;
            let fixed = format!("{x:.*}", places.unsigned_abs() as usize);
            match fixed.contains('.') {
                true => fixed.trim_end_matches('0').trim_end_matches('.').into(),
                false => fixed,
            }
        }
        _ => scientific,
    }
}

fn zeros(count: Count) -> String {
    format!("{} of {}", count.zeros, count.len)
}

/// Makes a row of everything that is regularized. `visit` traverses the model, and `measure` returns the penalty of a weight that
/// counts, and its numbers.
pub(crate) fn report<P: Penalty, E: From<Error>>(
    mut measure: impl FnMut(&Path<'_>, &dyn Regularized<P>) -> Result<(P, Count), E>,
    visit: impl FnOnce(&mut Visit<'_, P>) -> Result<(), Error>,
) -> Result<Report, E> {
    let mut rows: Vec<Option<Row>> = Vec::new();
    // The row of each shared tensor's first place.
    let mut met: Met<usize> = Met::default();
    let mut add = |at: &Path<'_>, entry: Entry<'_, P>| -> Result<(), E> {
        let here = |kind| Error::new(at, kind);
        let path = at.to_string();
        let row = match entry {
            Entry::Activity(regularizer) => Row {
                path,
                regularizer: regularizer.to_string(),
                penalty: 0.0,
                count: Count::default(),
                state: State::Activity,
            },
            Entry::Unregularized { count, identity } => {
                match met.entry(at, || identity.clone()) {
                    Some(Occupied(_)) => return Ok(()),
                    Some(entry) => {
                        entry.insert_entry(rows.len());
                    }
                    None => {}
                }
                Row {
                    path,
                    regularizer: "none".into(),
                    penalty: 0.0,
                    count,
                    state: State::Unregularized,
                }
            }
            Entry::Tensor(weight) => {
                weight.check().map_err(here)?;
                let next = rows.len();
                let first = match at.has_loss() {
                    true => met.entry(at, || weight.identity()),
                    false => None,
                };
                let first = first.map_or(next, |entry| {
                    let first = entry.or_insert(next);
                    let is_listed = |row: &mut Row| row.state == State::Unregularized;
                    // It is regularized here, and so its row is here.
                    if let Some(row) = rows.get_mut(*first)
                        && row.take_if(is_listed).is_some()
                    {
                        *first = next;
                    }
                    *first
                });
                let state = match rows.get(first).and_then(Option::as_ref) {
                    _ if !at.has_loss() => State::Frozen,
                    None => State::Counted,
                    Some(row) => State::Shared {
                        first: row.path.clone(),
                        counted: row.regularizer.clone(),
                    },
                };
                let (penalty, count) = match state {
                    State::Counted => measure(at, weight)?,
                    _ => (weight.penalty(), weight.count().map_err(here)?),
                };
                Row {
                    path,
                    regularizer: weight.notation(),
                    penalty: penalty.to_f64().map_err(here)?,
                    count,
                    state,
                }
            }
        };
        rows.push(Some(row));
        Ok(())
    };
    let mut refused = Refused::nothing();
    let visited = visit(&mut |at, entry| refused.unless(|| add(at, entry)));
    refused.end(visited)?;
    Ok(Report {
        rows: rows.into_iter().flatten().collect(),
    })
}

/// Checks that trained copies of one tensor have the same numbers. `visit` traverses the model.
pub(super) fn copies<P>(
    visit: impl FnOnce(&mut Visit<'_, P>) -> Result<(), Error>,
) -> Result<(), Error> {
    let mut met: Met<(String, Option<Box<dyn Any>>)> = Met::default();
    visit(&mut |at, entry| {
        let Entry::Tensor(weight) = entry else {
            return Ok(());
        };
        if !at.is_trainable() {
            return Ok(());
        }
        match met.entry(at, || weight.identity()) {
            Some(Occupied(first)) => {
                let (first, Some(kept)) = first.get() else {
                    return Ok(());
                };
                let here = |kind| Error::new(at, kind);
                match weight.has_drifted(&**kept).map_err(here)? {
                    false => Ok(()),
                    true => Err(here(ErrorKind::Drifted {
                        first: first.clone(),
                    })),
                }
            }
            Some(entry) => {
                entry.insert_entry((at.to_string(), weight.kept()));
                Ok(())
            }
            None => Ok(()),
        }
    })
}
