//! Times subjects in turns, so that a disturbance meets all of them, and keeps the least time of each.

use crate::subject::Subject;
use std::time::{Duration, Instant};

/// How long a turn of a subject takes, or one run, if that is longer.
const TURN: Duration = Duration::from_millis(2);
/// After so long for each subject five turns are enough.
const ENOUGH: Duration = Duration::from_secs(5);

/// The least nanoseconds of one run of each.
pub(crate) fn least(subjects: &mut [Subject<'_>], turns: usize) -> Vec<f64> {
    let mut runs = Vec::new();
    for subject in &mut *subjects {
        (subject.time)(1); // the first allocates
        let once = (subject.time)(1).as_nanos();
        runs.push((TURN.as_nanos() / once.max(1)).clamp(1, 1_000_000) as usize);
    }
    let mut least = vec![f64::INFINITY; subjects.len()];
    let start = Instant::now();
    for turn in 0..turns {
        if turn >= 5 && start.elapsed() > ENOUGH * subjects.len() as u32 {
            break;
        }
        for ((subject, &runs), least) in subjects.iter_mut().zip(&runs).zip(&mut least) {
            *least = least.min((subject.time)(runs).as_nanos() as f64 / runs as f64);
        }
    }
    least
}
