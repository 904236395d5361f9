//! What exact partials cost beside the sums of floats that they replace, on these ranks.
//!
//! ```text
//! examples/mpi/run 2 cost
//! ```

use comfy_table::{CellAlignment, LineStyle, Table, TableStyle};
use mpi::collective::SystemOperation;
use mpi::topology::SimpleCommunicator;
use mpi::traits::CommunicatorCollectives;
use regularize::distributed::{Distributed, Partial};
use regularize::extend::Sums;
use regularize::{Regularize, l1_l2};
use regularize_mpi::ranks::{Ranks, Stopped};
use std::hint::black_box;
use std::process::ExitCode;
use std::time::Instant;

/// As many weights as there are tensors in a model, each of one number: their exchange costs what that of large ones does.
#[derive(Regularize)]
struct Model {
    #[regularize(l1_l2(0.1, 0.3), sharded)]
    weights: Vec<Vec<f32>>,
}

fn main() -> ExitCode {
    Ranks::run(measure)
}

fn measure(ranks: &Ranks) -> Result<(), Stopped> {
    let world = SimpleCommunicator::world();
    let mut rows = Vec::new();
    for tensors in [1, 10, 100, 1000] {
        let model = Model {
            weights: vec![vec![1.5]; tensors],
        };
        let own = ranks.together(|| model.partials(ranks.shard()))?;
        let whole = ranks.merge(Ok(own.clone()))?;
        let losses = ranks.together(|| model.losses_of(&whole))?;
        let expected: f32 = l1_l2(0.1, 0.3).terms().penalty(&vec![1.5; ranks.size()]);
        assert!(losses.iter().all(|(_, loss)| *loss == expected));

        let floats = vec![1.0_f64; 2 * tensors];
        let mut sums = floats.clone();
        let of_floats = median(501, || {
            world.all_reduce_into(&floats[..], &mut sums[..], SystemOperation::sum());
        });
        assert!(sums.iter().all(|sum| *sum == ranks.size() as f64));
        let exact = median(501, || {
            black_box(ranks.reduce(&own));
        });
        let checked = median(501, || {
            black_box(ranks.merge(Ok(own.clone())).is_ok());
        });
        rows.push((tensors, of_floats, exact, checked));
    }
    if ranks.rank() == 0 {
        print(ranks.size(), &rows);
    }
    Ok(())
}

/// Nanoseconds: of an exchange those of the first rank, which ends with the others.
fn median(times: usize, mut act: impl FnMut()) -> f64 {
    let mut each: Vec<f64> = (0..times)
        .map(|_| {
            let begin = Instant::now();
            act();
            begin.elapsed().as_secs_f64() * 1e9
        })
        .collect();
    each.sort_by(f64::total_cmp);
    each[each.len() / 2]
}

fn print(ranks: usize, rows: &[(usize, f64, f64, f64)]) {
    println!("Microseconds of an all-reduce over {ranks} ranks of this machine:\n");
    let mut table = table([
        "tensors",
        "2 floats each",
        "bytes",
        "exact",
        "bytes",
        "with all checks",
    ]);
    for (tensors, of_floats, exact, checked) in rows {
        table.add_row([
            tensors.to_string(),
            format!("{:.1}", of_floats / 1e3),
            (16 * tensors).to_string(),
            format!("{:.1}", exact / 1e3),
            (Partial::BYTES * tensors).to_string(),
            format!("{:.1}", checked / 1e3),
        ]);
    }
    println!("{table}\n");

    let numbers: Vec<f32> = (0..10_000_000_u32)
        .map(|k| (k % 1000) as f32 * 0.001 - 0.3)
        .collect();
    let mut exact = Sums::new();
    exact.extend(&numbers);
    let extend = median(9, || {
        let mut sums = Sums::new();
        sums.extend(&numbers);
        assert_eq!(sums, exact);
    }) / numbers.len() as f64;
    let record = partial(&numbers);
    let mut into = record;
    let merge = median(10_001, || {
        Partial::merge_bytes(&record, black_box(&mut into))
    });
    println!(
        "Nanoseconds: {extend:.3} to sum a weight of f32 exactly, {merge:.0} to merge two records.\n"
    );

    println!("So, for each rank and step:\n");
    let mut table = table_of_models();
    for (weights, tensors, ranks) in [(1e9, 400.0, 8.0), (1e12, 1000.0, 1024.0_f64)] {
        let rounds = ranks.log2();
        let own = weights / ranks;
        table.add_row([
            format!("{weights:.0e}"),
            format!("{ranks:.0}"),
            format!("{tensors:.0}"),
            format!("{:.1} ms", own * extend / 1e6),
            format!("{:.0} kB", tensors * Partial::BYTES as f64 * rounds / 1e3),
            format!("{:.1} ms", tensors * merge * rounds / 1e6),
            format!("{:.1} GB", 4.0 * own / 1e9),
        ]);
    }
    println!("{table}");
}

fn table<const N: usize>(header: [&str; N]) -> Table {
    let mut table = Table::new();
    let line = LineStyle::none().fill('─').junction('─');
    table.load_style(TableStyle::new().header_separator(line));
    table.set_header(header);
    for column in table.column_iter_mut() {
        column.set_cell_alignment(CellAlignment::Right);
    }
    table
}

fn table_of_models() -> Table {
    table([
        "weights",
        "ranks",
        "tensors",
        "to sum",
        "records sent",
        "to merge",
        "gradient of f32",
    ])
}

fn partial(numbers: &[f32]) -> [u8; Partial::BYTES] {
    let model = Model {
        weights: vec![numbers.to_vec()],
    };
    let partials = model
        .partials(regularize::distributed::Shard::WHOLE)
        .expect("sums of floats");
    partials.records()[0]
}
