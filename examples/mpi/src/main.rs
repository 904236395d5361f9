//! The diabetes data over the ranks of MPI: with the hidden layer sharded, and with the patients shared out.
//!
//! ```text
//! examples/mpi/run 4
//! ```
//!
//! says what it needs, or installs it, builds, and starts this on four ranks.

use comfy_table::{CellAlignment, LineStyle, Table, TableStyle};
use lexopt::{Arg, Parser, ValueExt};
use regularize::Losses;
use regularize_mpi::data::Patients;
use regularize_mpi::ranks::{Ranks, Stopped};
use regularize_mpi::{Method, Outcome, Settings, copied, spread};
use std::process::ExitCode;

const USAGE: &str = "\
usage: mpirun -n RANKS train [OPTIONS]
  --units N       of the hidden layer (32)
  --epochs N      steps (300)
  --seed N        of the weights and of the patients to train on (1)
  --subgradient   adds the penalty's gradient, instead of taking proximal steps
  --bits          prints all numbers as bits";

fn main() -> ExitCode {
    Ranks::run(train)
}

fn train(ranks: &Ranks) -> Result<(), Stopped> {
    let arguments = ranks.together(arguments)?;
    ranks.same("arguments", &format!("{arguments:?}"))?;
    let (settings, bits) = match arguments {
        Some(arguments) => arguments,
        None => {
            if ranks.rank() == 0 {
                println!("{USAGE}");
            }
            return Ok(());
        }
    };
    let patients = ranks.together(|| Patients::to_train_on(settings.seed))?;
    let outcomes = [
        (
            "hidden units sharded",
            spread::train(ranks, &patients, &settings)?,
        ),
        (
            "patients shared out",
            copied::train(ranks, &patients, &settings)?,
        ),
    ];
    if ranks.rank() == 0 {
        match bits {
            true => outcomes
                .iter()
                .for_each(|(name, outcome)| print_bits(name, outcome)),
            false => print(ranks, &settings, &patients, &outcomes),
        }
    }
    Ok(())
}

fn arguments() -> Result<Option<(Settings, bool)>, lexopt::Error> {
    let mut settings = Settings {
        units: 32,
        epochs: 300,
        rate: 0.05,
        seed: 1,
        method: Method::Proximal,
    };
    let mut bits = false;
    let mut parser = Parser::from_env();
    while let Some(argument) = parser.next()? {
        match argument {
            Arg::Long("units") => settings.units = parser.value()?.parse()?,
            Arg::Long("epochs") => settings.epochs = parser.value()?.parse()?,
            Arg::Long("seed") => settings.seed = parser.value()?.parse()?,
            Arg::Long("subgradient") => settings.method = Method::Subgradient,
            Arg::Long("bits") => bits = true,
            Arg::Long("help") | Arg::Short('h') => return Ok(None),
            argument => return Err(argument.unexpected()),
        }
    }
    Ok(Some((settings, bits)))
}

fn print(ranks: &Ranks, settings: &Settings, patients: &Patients, outcomes: &[(&str, Outcome)]) {
    println!(
        "{} ranks, {} patients, {} hidden units, {} epochs of gradient descent{}.\n",
        ranks.size(),
        patients.len(),
        settings.units,
        settings.epochs,
        match settings.method {
            Method::Subgradient => "",
            Method::Proximal => " with proximal steps",
        },
    );
    let mut table = Table::new();
    let line = LineStyle::none().fill('─').junction('─');
    table.load_style(TableStyle::new().header_separator(line));
    table.set_header([
        "over the ranks",
        "mean squared error",
        "penalty at first",
        "as bits",
        "at last",
        "as bits",
        "zeros",
    ]);
    for column in table.column_iter_mut().skip(1) {
        column.set_cell_alignment(CellAlignment::Right);
    }
    for (name, outcome) in outcomes {
        let total = |losses: &Losses<f32>| {
            let total = losses.total();
            [format!("{total:.7}"), format!("{:08x}", total.to_bits())]
        };
        let ([first, first_bits], [last, last_bits]) = (total(&outcome.begin), total(&outcome.end));
        let count = outcome.report.count();
        let zeros = format!("{} of {}", count.zeros, count.len);
        table.add_row([
            (*name).into(),
            format!("{:.7}", outcome.error),
            first,
            first_bits,
            last,
            last_bits,
            zeros,
        ]);
    }
    println!(
        "{table}\n\nThe sharded model, as all ranks know it:\n\n{}",
        outcomes[0].1.report
    );
}

/// A line for each list: the model, what it is, and the numbers as bits.
fn print_bits(name: &str, outcome: &Outcome) {
    let line = |what: &str, numbers: &mut dyn Iterator<Item = f32>| {
        let bits: Vec<String> = numbers
            .map(|number| format!("{:08x}", number.to_bits()))
            .collect();
        println!("{name}: {what}: {}", bits.join(" "));
    };
    let losses =
        |losses: &Losses<f32>| -> Vec<f32> { losses.iter().map(|(_, loss)| *loss).collect() };
    line("begin", &mut losses(&outcome.begin).into_iter());
    line("end", &mut losses(&outcome.end).into_iter());
    line("error", &mut [outcome.error].into_iter());
    line("gradient", &mut outcome.gradient.iter().copied());
    line("weights", &mut outcome.weights.iter().copied());
}
