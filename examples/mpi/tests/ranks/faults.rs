//! A rank that fails or disagrees ends all ranks, each with an error that says what is wrong, and none waits.

use crate::start::{Ended, run, start};

const RANKS: usize = 3;

fn with(fault: &str) -> Ended {
    run(RANKS, env!("CARGO_BIN_EXE_faults"), &[fault])
}

/// Every rank says the same.
fn all_stop(fault: &str, reason: &str) {
    let ended = with(fault);
    assert!(!ended.status.success(), "{fault}");
    for (rank, said) in ended.stderr.iter().enumerate() {
        let line = format!("rank {rank} stops: {reason}");
        assert!(said.contains(&line), "{fault}: no {line:?} in\n{said}");
    }
}

/// MPI ends all, by the status that it gives for it; its own words are cut by each other at times.
fn mpi_ends(fault: &str, status: i32) -> Ended {
    let ended = with(fault);
    assert_eq!(ended.status.code(), Some(status), "{fault}");
    assert_eq!(ended.stdout.concat(), "", "{fault}: a rank goes on");
    ended
}

/// 0.25·28 and 0.5·2.5, by seven numbers over three ranks, and by none, none and seven.
#[test]
fn unequal_and_empty_shards_are_no_fault() {
    for fault in ["", "empty"] {
        for ranks in 1..=4 {
            let ended = run(ranks, env!("CARGO_BIN_EXE_faults"), &[fault]);
            assert!(ended.status.success(), "{:?}", ended.stderr);
            for (rank, said) in ended.stdout.iter().enumerate() {
                assert_eq!(*said, format!("rank {rank} has [7.0, 1.25]\n"), "{fault}");
            }
        }
    }
}

/// An exchange of nothing is one that MPI takes for another.
#[test]
fn a_model_without_regularized_weights_is_no_fault() {
    let ended = with("nothing");
    assert!(ended.status.success(), "{:?}", ended.stderr);
    assert_eq!(ended.stdout[2], "rank 2 has []\n");
}

#[test]
fn what_a_rank_cannot_sum_stops_all() {
    all_stop(
        "error",
        "rank 1: kernel: the weight's `RefCell` is borrowed: end that borrow before this call",
    );
}

#[test]
fn a_rank_that_panics_stops_all() {
    all_stop("panic", "rank 1: panicked: a mistake in the midst of it");
}

#[test]
fn a_rank_with_another_path_stops_all() {
    all_stop(
        "paths",
        "rank 1 against those before it: the shards are not of one model: one has no more weights, and another \
         `more.0: l1(0.5)`, whole",
    );
}

#[test]
fn a_rank_with_another_factor_stops_all() {
    all_stop(
        "factor",
        "rank 1 against those before it: the shards are not of one model: one has `kernel: l1(0.25)`, sharded, and \
         another `kernel: l1(0.5)`, sharded",
    );
}

#[test]
fn a_rank_that_shards_something_else_stops_all() {
    all_stop(
        "elsewhere",
        "rank 1 against those before it: the shards are not of one model: one has `kernel: l1(0.25)`, sharded, and \
         another `kernel: l1(0.25)`, whole",
    );
}

/// The reduction finds it, and says so by a record that every rank refuses.
#[test]
fn a_rank_whose_replica_has_drifted_stops_all() {
    all_stop(
        "drift",
        "rank 1 against those before it: scale: this weight is whole on every shard and not the same on all: ",
    );
}

/// MPI would add what is not there.
#[test]
fn a_rank_with_other_addends_stops_all() {
    all_stop(
        "addends",
        "rank 1 has other numbers of addends than rank 0: 5 and 4",
    );
}

/// Before anything is made of what was merged.
#[test]
fn two_ranks_of_one_shard_stop_all() {
    all_stop(
        "doubled",
        "rank 0: kernel: shard 0 of 3 is merged twice, and shard 1 is missing: merge the partials of every shard, each once",
    );
}

/// One would wait for another that is at its end, or train another model.
#[test]
fn ranks_with_other_arguments_stop_all() {
    let train = env!("CARGO_BIN_EXE_train");
    for other in [
        ["--help", "--bits"],
        ["--units", "16"],
        ["--epochs", "3"],
        ["--seed", "2"],
    ] {
        let alike = ["-n", "2", train, "--epochs", "2"];
        let ended = start(3, &[&alike[..], &[":", "-n", "1", train], &other].concat());
        assert!(!ended.status.success(), "{other:?}");
        for (rank, said) in ended.stderr.iter().enumerate() {
            let line = format!("rank {rank} stops: rank 2 has other arguments than rank 0: ");
            assert!(said.contains(&line), "{other:?}: {said}");
        }
    }
}

/// It cannot come to the next exchange, where the others wait.
#[test]
fn a_rank_that_panics_between_exchanges_ends_all() {
    let said = &mpi_ends("panic between", 101).stderr[1];
    assert!(said.contains("a mistake between two exchanges"), "{said}");
}

/// Not a line of it is run any more. `mpirun` ends the others, which cannot know of it, with the status of the one.
#[test]
fn a_rank_that_is_gone_ends_all() {
    mpi_ends("exit", 3);
    mpi_ends("kill", 128 + 9);
}
