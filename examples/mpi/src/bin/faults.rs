//! What must not hang: each way in which a rank can fail or disagree, by name. `tests/ranks/faults.rs` starts it.

use regularize::distributed::{Distributed, Partials, Shard};
use regularize::{L1, Regularize};
use regularize_mpi::layout::part;
use regularize_mpi::ranks::{Ranks, Stopped};
use std::cell::RefCell;
use std::process::{Command, ExitCode};

/// A model whose paths, regularizers and numbers are all known at run time.
#[derive(Regularize)]
struct Model {
    #[regularize(self.strength, sharded)]
    kernel: RefCell<Vec<f32>>,
    #[regularize(l1(0.5))]
    scale: Vec<f32>,
    #[regularize(l1(0.5))]
    more: Vec<Vec<f32>>,
    strength: L1,
}

/// A model of which nothing is regularized.
#[derive(Regularize)]
struct Nothing(#[regularize(None::<L1>, sharded)] Vec<f32>);

/// The same weights, of which another one is sharded.
#[derive(Regularize)]
struct Elsewhere {
    #[regularize(l1(0.25))]
    kernel: Vec<f32>,
    #[regularize(l1(0.5), sharded)]
    scale: Vec<f32>,
}

fn main() -> ExitCode {
    let fault = std::env::args().nth(1).unwrap_or_default();
    Ranks::run(|ranks| {
        let losses = merge(ranks, &fault)?;
        println!("rank {} has {losses:?}", ranks.rank());
        Ok(())
    })
}

/// The losses of a weight of seven numbers over the ranks, which the fault of rank 1 prevents.
fn merge(ranks: &Ranks, fault: &str) -> Result<Vec<f32>, Stopped> {
    let is_faulty = ranks.rank() == 1;
    let numbers: Vec<f32> = (1..8).map(|k| k as f32).collect();
    let mut model = Model {
        kernel: RefCell::new(numbers[part(7, ranks.rank(), ranks.size())].to_vec()),
        scale: vec![2.0, 0.5],
        more: Vec::new(),
        strength: L1::new(0.25).unwrap_or_default(),
    };
    if is_faulty {
        match fault {
            "factor" => model.strength = L1::new(0.5).unwrap_or_default(),
            "paths" => model.more.push(vec![]),
            "drift" => model.scale[1] = 0.500_000_06,
            "panic between" => panic!("a mistake between two exchanges"),
            "exit" => std::process::exit(3),
            "kill" => kill(),
            _ => {}
        }
    }
    if fault == "addends" {
        ranks.sum(&mut vec![1.0; if is_faulty { 5 } else { 4 }])?;
    }
    if fault == "nothing" {
        let model = Nothing(numbers);
        let whole = ranks.merge(model.partials(ranks.shard()))?;
        return losses(ranks, &model, &whole);
    }
    if fault == "empty" {
        // Only the last rank has any.
        let is_last = ranks.rank() + 1 == ranks.size();
        model.kernel = RefCell::new(if is_last { numbers } else { Vec::new() });
    }
    let borrowed = (is_faulty && fault == "error").then(|| model.kernel.borrow_mut());
    let whole = match fault {
        "panic" => ranks.together(|| match is_faulty {
            true => panic!("a mistake in the midst of it"),
            false => model.partials(ranks.shard()),
        }),
        "doubled" => ranks
            .merge(model.partials(match is_faulty {
                true => shard(0, ranks),
                false => ranks.shard(),
            }))
            .map(|_| panic!("merged")),
        "elsewhere" if is_faulty => ranks.merge(elsewhere().partials(ranks.shard())),
        _ => ranks.merge(model.partials(ranks.shard())),
    }?;
    drop(borrowed);
    losses(ranks, &model, &whole)
}

fn losses<L: Regularize<Penalty = f32>>(
    ranks: &Ranks,
    model: &L,
    whole: &Partials,
) -> Result<Vec<f32>, Stopped> {
    let losses = ranks.together(|| model.losses_of(whole))?;
    Ok(losses.into_iter().map(|(_, loss)| loss).collect())
}

fn shard(index: u32, ranks: &Ranks) -> Shard {
    Shard::new(index, ranks.shard().of()).unwrap_or(Shard::WHOLE)
}

fn elsewhere() -> Elsewhere {
    Elsewhere {
        kernel: vec![1.0],
        scale: vec![2.0, 0.5],
    }
}

/// As a machine that is lost.
fn kill() {
    let own = std::process::id().to_string();
    // It does not return.
    let _ = Command::new("kill").args(["-9", &own]).status();
}
