//! Custom layers on the diabetes data: what L1 and L2 do to a network, and to every coefficient of a linear model.
//!
//! ```text
//! cargo run --release --example diabetes
//! ```
//!
//! | file | does |
//! |---|---|
//! | `arguments` | the command line |
//! | `data` | 442 patients, shuffled, split and standardized |
//! | `layers` | the layers, forwards and backwards |
//! | `train` | gradient descent, with the penalty's subgradient or its proximal step |
//! | `path` | the lasso at every λ, with a proof of optimality |
//! | `draw` | the picture of the path |

mod arguments;
mod data;
mod draw;
mod layers;
mod path;
mod train;

use arguments::Arguments;
use comfy_table::{CellAlignment, LineStyle, Table, TableStyle};
use data::Split;
use indicatif::{ProgressBar, ProgressStyle};
use layers::{Chosen, Literal, Net};
use path::{Path, Problem};
use regularize::{L1L2, Losses, Regularize, l1_l2, l2};
use std::error::Error;
use std::process::ExitCode;
use train::{Method, Outcome, Training};

fn main() -> ExitCode {
    let arguments = match Arguments::parse() {
        Ok(Some(arguments)) => arguments,
        Ok(None) => {
            println!("{}", arguments::USAGE);
            return ExitCode::SUCCESS;
        }
        Err(error) => {
            eprintln!("diabetes: {error}\n{}", arguments::USAGE);
            return ExitCode::from(2);
        }
    };
    match run(&arguments) {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("diabetes: {error}");
            ExitCode::FAILURE
        }
    }
}

fn run(arguments: &Arguments) -> Result<(), Box<dyn Error>> {
    let split = Split::new(arguments.seed)?;
    println!(
        "442 patients, {} measurements each; how far did the disease progress in a year?\n\
         {} patients to train on, {} held out, seed {}.\n",
        data::FEATURES.len(),
        split.train.patients(),
        split.held_out.patients(),
        arguments.seed,
    );
    let outcomes = networks(arguments, &split)?;
    claims(&outcomes);
    report(arguments, &split)?;
    linear_path(arguments)
}

/// The factors compared.
const L1: f64 = 0.01;
const L2: f64 = 0.01;

fn networks(arguments: &Arguments, split: &Split) -> Result<Vec<Outcome>, Box<dyn Error>> {
    let none = l1_l2(0.0, 0.0);
    let sparse = l1_l2(L1, 0.0);
    let runs: [(&str, L1L2, L1L2, Method); 5] = [
        ("no penalty", none, none, Method::Subgradient),
        ("L2", l1_l2(0.0, L2), none, Method::Subgradient),
        ("L1, subgradient", sparse, none, Method::Subgradient),
        ("L1, proximal step", sparse, none, Method::Proximal),
        ("L1 of the outputs", none, sparse, Method::Subgradient),
    ];
    let bar = ProgressBar::new((runs.len() * arguments.epochs) as u64);
    bar.set_style(ProgressStyle::with_template(
        "{msg:18} {bar:40} {percent:>3} %  {eta} left",
    )?);
    let mut outcomes = Vec::new();
    for (name, kernel, activity, method) in runs {
        bar.set_message(name);
        let net = Net::new(arguments.seed, |kernel_of, bias| Chosen {
            kernel: kernel_of,
            bias,
            kernel_regularizer: kernel,
            activity_regularizer: activity,
        });
        let training = Training {
            name,
            method,
            epochs: arguments.epochs,
        };
        let (_, outcome) = training.run(net, split, &bar)?;
        outcomes.push(outcome);
    }
    bar.finish_and_clear();

    println!(
        "A network 10 → 32 → 16 → 1, {} epochs of gradient descent, l1 = {L1}, l2 = {L2} on every kernel:",
        arguments.epochs
    );
    let mut table = Table::new();
    let line = LineStyle::none().fill('─').junction('─');
    table.load_style(TableStyle::new().header_separator(line));
    table.set_header([
        "penalty",
        "train error",
        "held out",
        "‖kernels‖",
        "zeros / 320",
        "/ 512",
        "/ 16",
        "mean output",
    ]);
    for column in table.column_iter_mut().skip(1) {
        column.set_cell_alignment(CellAlignment::Right);
    }
    for outcome in &outcomes {
        table.add_row([
            outcome.name.to_string(),
            format!("{:.1}", outcome.train_error),
            format!("{:.1}", outcome.held_out_error),
            format!("{:.2}", outcome.norm),
            outcome.zeros[0].to_string(),
            outcome.zeros[1].to_string(),
            outcome.zeros[2].to_string(),
            format!("{:.3}", outcome.mean_output),
        ]);
    }
    println!("{table}");
    println!("Errors are root mean squares, in the units of the progression (25 to 346).\n");
    Ok(outcomes)
}

/// What the article says, with the numbers of this run.
fn claims(outcomes: &[Outcome]) {
    let [none, l2, subgradient, proximal, outputs] = outcomes else {
        return;
    };
    let zeros = |outcome: &Outcome| outcome.zeros.iter().sum::<usize>();
    println!("1. L1 makes weights zero, L2 does not.");
    println!(
        "   Exact zeros of 848: {} with L1 and its proximal step, {} with L2. With L1's subgradient, as Keras\n   \
         trains, {}: the weights jump around zero and are never it.",
        zeros(proximal),
        zeros(l2),
        zeros(subgradient),
    );
    println!(
        "2. L2 keeps weights small and with that prevents overfitting; to an extent L1 does, too."
    );
    println!(
        "   Norm {:.2} without a penalty, {:.2} with L2, {:.2} with L1. Held out minus train: {:.1}, {:.1}, {:.1}.",
        none.norm,
        l2.norm,
        proximal.norm,
        none.held_out_error - none.train_error,
        l2.held_out_error - l2.train_error,
        proximal.held_out_error - proximal.train_error,
    );
    println!("3. An activity regularizer makes the outputs small, and not the weights.");
    println!(
        "   Mean output of the hidden layers {:.3} without, {:.3} with it; norm of the kernels {:.2} and {:.2}.",
        none.mean_output, outputs.mean_output, none.norm, outputs.norm,
    );
    println!(
        "4. At 0 the derivative of L2 is 0 and L1 has all of [−l1, l1]: see the linear model below.\n"
    );
}

/// One model as an attribute writes it, and where its loss comes from.
fn report(arguments: &Arguments, split: &Split) -> Result<(), Box<dyn Error>> {
    println!(
        "The report of a model with #[regularize(kernel = l1(0.01), bias = l2(0.01), activity = l1(1e-4))]:\n"
    );
    let net = Net::new(arguments.seed, |kernel, bias| Literal { kernel, bias });
    let training = Training {
        name: "the report's model",
        method: Method::Proximal,
        epochs: arguments.epochs,
    };
    let (net, _) = training.run(net, split, &ProgressBar::hidden())?;
    println!("{}\n", net.report()?);

    let mut activities = Losses::new();
    let outputs = net.forward(&split.train.measurements, &mut activities);
    let mut losses = Losses::new();
    losses.push(
        "mean squared error",
        layers::loss(&outputs, &split.train.progression),
    );
    losses.extend(net.losses());
    losses.extend(activities);
    println!(
        "and its loss, where the forward pass added the penalties of the outputs:\n\n{losses}\n"
    );
    Ok(())
}

fn linear_path(arguments: &Arguments) -> Result<(), Box<dyn Error>> {
    let problem = Problem::new(&data::patients()?);
    let lambdas = problem.grid(100);
    let path = Path::new(&problem, &lambdas)?;
    let optimal = path
        .points
        .iter()
        .filter(|point| point.is_optimal(&problem));
    println!(
        "The linear model ½‖y − Xβ‖² + λ‖β‖₁ at {} λ, {} proximal steps:",
        lambdas.len(),
        path.steps
    );
    println!(
        "   0 ∈ ∇L(β) + ∂Ω(β) holds at {} of {} λ, by the interval of the library.",
        optimal.count(),
        lambdas.len()
    );
    let mut agree = 0;
    let mut ridge = 0;
    let mut total = 0;
    for point in &path.points {
        for (feature, &coefficient) in point.coefficients.iter().enumerate() {
            let at_zero = point.derivative_at_zero(&problem, feature);
            let predicted = point.regularizer.terms().zero_is_minimum(at_zero);
            agree += usize::from(predicted == (coefficient == 0.0));
            ridge += usize::from(l2(point.lambda).terms().zero_is_minimum(at_zero));
            total += 1;
        }
    }
    println!(
        "   A coefficient is zero exactly where |∂L/∂β| at 0 is at most λ: {agree} of {total}. With L2 of the same\n   \
         factor 0 would be a minimum for {ridge} of {total}: only where the derivative happens to be 0."
    );
    let entries: Vec<String> = path
        .entries()
        .iter()
        .map(|&(feature, lambda)| format!("{} {lambda:.0}", data::FEATURES[feature]))
        .collect();
    println!(
        "   They enter in this order, at these λ: {}.",
        entries.join(", ")
    );
    draw::draw(&path, &arguments.out)?;
    println!(
        "   Every coefficient against λ: {}",
        arguments.out.display()
    );
    Ok(())
}
