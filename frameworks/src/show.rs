//! What an example prints: the training, the comparison with Keras, and what the proximal step makes zero.

use crate::digits::{Digits, HIDDEN, PIXELS};
use crate::recording::{Precision, Recording};
use crate::training::{Method, Mlp, compare, distance, train};
use comfy_table::{CellAlignment, LineStyle, Table, TableStyle};
use indicatif::{ProgressBar, ProgressStyle};
use std::error::Error;
use std::process::ExitCode;

/// Runs the whole example, and ends with an error if a penalty leaves its bound.
#[must_use]
pub fn example<M: Mlp>(framework: &str) -> ExitCode {
    match tell::<M>(framework) {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("{error}");
            ExitCode::FAILURE
        }
    }
}

fn tell<M: Mlp>(framework: &str) -> Result<(), Box<dyn Error>> {
    let digits = Digits::read();
    let keras = Recording::read(Precision::F32);
    println!(
        "1,797 handwritten digits of 8 × 8 pixels, {} held out; 64 → 32 → 10 in {framework}.\n",
        digits.held_out().classes.len()
    );
    println!(
        "As Keras {} trains it, from its initial weights:",
        keras.keras
    );
    let here = run::<M>(&digits, &keras, Method::Tape)?;
    trajectories::<M>(framework, &digits, &keras, &here)?;
    penalties::<M>(framework, &digits, &keras)?;
    println!(
        "\nThe same with a proximal step after the optimizer's, instead of the penalty on the tape:"
    );
    let proximal = run::<M>(&digits, &keras, Method::Proximal)?;
    println!(
        "\nWith the penalty on the tape L1 makes {} zeros of {} in the hidden kernel, by the proximal step {}.\n",
        zeros(&here.kernel),
        here.kernel.len(),
        zeros(&proximal.kernel),
    );
    println!(
        "How many of 32 hidden units see a pixel:\n\n{}",
        picture(&proximal.kernel)
    );
    Ok(())
}

/// What is left of a run.
struct Run {
    losses: Vec<f64>,
    kernel: Vec<f64>,
}

fn run<M: Mlp>(digits: &Digits, keras: &Recording, method: Method) -> Result<Run, M::Error> {
    let style = "{bar:30} epoch {pos} of {len}, loss {msg}";
    let bar = ProgressBar::new(keras.lambda.len() as u64);
    bar.set_style(ProgressStyle::with_template(style).expect("a template"));
    let mut kernel = Vec::new();
    let losses = train::<M>(
        digits,
        keras,
        Precision::F32,
        method,
        |epoch, model, loss| {
            bar.set_message(format!("{loss:.4}"));
            bar.inc(1);
            let is_last = epoch + 1 == keras.lambda.len();
            if epoch == 0 || epoch == keras.lambda.len() / 2 || is_last {
                let right = model.right(digits.held_out())?;
                let report = model.report()?;
                let held_out = digits.held_out().classes.len();
                bar.suspend(|| {
                println!("\nAfter epoch {}: loss {loss:.4}, {right} of {held_out} held out are right\n{report}", epoch + 1);
            });
            }
            if is_last {
                kernel = model.weights()?.hidden_kernel;
            }
            Ok(())
        },
    )?;
    bar.finish_and_clear();
    Ok(Run { losses, kernel })
}

/// The losses of all steps: an engine in f32 may be as far from the truth, a run in f64, as another one is.
fn trajectories<M: Mlp>(
    framework: &str,
    digits: &Digits,
    keras: &Recording,
    here: &Run,
) -> Result<(), M::Error> {
    let yardstick = Recording::read(Precision::F64);
    let in_f64 = train::<M>(
        digits,
        &yardstick,
        Precision::F64,
        Method::Tape,
        |_, _, _| Ok(()),
    )?;
    let mut table = table(["loss of every step", "farthest from Keras in f64, relative"]);
    for (name, losses) in [
        ("Keras in f32".to_owned(), &keras.loss),
        (format!("{framework} in f32"), &here.losses),
        (format!("{framework} in f64"), &in_f64),
    ] {
        table.add_row([name, format!("{:.1e}", distance(&yardstick.loss, losses))]);
    }
    println!("\n{} steps:\n{table}", keras.loss.len());
    Ok(())
}

/// The penalties wherever Keras was asked: all are compared, and the last are shown.
fn penalties<M: Mlp>(
    framework: &str,
    digits: &Digits,
    keras: &Recording,
) -> Result<(), Box<dyn Error>> {
    let all = compare::<M>(digits, keras)?;
    if let Some(outside) = all.iter().find(|compared| !compared.is_inside()) {
        return Err(format!("outside of its bounds: {outside:?}").into());
    }
    let last = all.last().map_or(0, |compared| compared.step);
    let mut table = table(["penalty", "least", "Keras", framework, "greatest"]);
    for compared in all.iter().filter(|compared| compared.step == last) {
        let numbers = [
            compared.least,
            compared.keras,
            compared.here,
            compared.greatest,
        ];
        let [least, keras, here, greatest] = numbers.map(|number| format!("{number:.9}"));
        table.add_row([compared.name.into(), least, keras, here, greatest]);
    }
    println!(
        "\nPenalties at the weights of Keras at {} steps: all {} are inside their bounds. After {last} steps:\n{table}",
        keras.asked.len(),
        all.len(),
    );
    Ok(())
}

fn zeros(numbers: &[f64]) -> usize {
    numbers.iter().filter(|number| **number == 0.0).count()
}

fn table<const N: usize>(headers: [&str; N]) -> Table {
    let mut table = Table::new();
    let line = LineStyle::none().fill('─').junction('─');
    table.load_style(TableStyle::new().header_separator(line));
    table.set_header(headers);
    for column in table.column_iter_mut().skip(1) {
        column.set_cell_alignment(CellAlignment::Right);
    }
    table
}

/// 8 × 8 pixels, each with the number of units whose weight for it is not 0.
fn picture(kernel: &[f64]) -> String {
    let pixels = kernel
        .chunks_exact(HIDDEN)
        .map(|units| HIDDEN - zeros(units));
    let cells: Vec<String> = pixels
        .map(|seen| match seen {
            0 => "  ·".into(),
            seen => format!("{seen:3}"),
        })
        .collect();
    assert_eq!(cells.len(), PIXELS, "a kernel of the hidden layer");
    cells.chunks(8).map(|row| row.concat() + "\n").collect()
}
