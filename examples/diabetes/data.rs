//! The diabetes data: `examples/data/diabetes.tsv`, whose source its README names.

use ndarray::{Array1, Array2, Axis};

/// The names of the measurements, in order.
pub(crate) const FEATURES: [&str; 10] = [
    "age", "sex", "bmi", "bp", "tc", "ldl", "hdl", "tch", "ltg", "glu",
];

const TABLE: &str = include_str!("../data/diabetes.tsv");

/// A patient, exactly: measurements in units of 10⁻⁴, and the progression, an integer.
pub(crate) struct Patient {
    pub(crate) measurements: [i64; 10],
    pub(crate) progression: i64,
}

/// Every patient.
pub(crate) fn patients() -> Result<Vec<Patient>, String> {
    let mut lines = TABLE.lines();
    let header = lines.next().unwrap_or_default();
    if !header
        .split('\t')
        .eq(FEATURES.into_iter().chain(["progression"]))
    {
        return Err(format!("the table has other columns: {header}"));
    }
    lines
        .enumerate()
        .map(|(row, line)| {
            patient(line)
                .ok_or_else(|| format!("row {} of the table is no patient: {line}", row + 1))
        })
        .collect()
}

fn patient(line: &str) -> Option<Patient> {
    let cells: Vec<&str> = line.split('\t').collect();
    let (progression, measurements) = cells.split_last()?;
    let mut patient = Patient {
        measurements: [0; 10],
        progression: progression.parse::<f64>().ok()? as i64,
    };
    if measurements.len() != FEATURES.len() {
        return None;
    }
    for (to, cell) in patient.measurements.iter_mut().zip(measurements) {
        *to = ten_thousandths(cell)?;
    }
    Some(patient)
}

/// A decimal with at most four digits after the point, times 10⁴.
fn ten_thousandths(cell: &str) -> Option<i64> {
    let (whole, digits) = cell.split_once('.').unwrap_or((cell, ""));
    let padded = format!("{whole}{digits:0<4}");
    (digits.len() <= 4).then(|| padded.parse().ok())?
}

/// Patients for a network: in standard units, in f32.
pub(crate) struct Patients {
    pub(crate) measurements: Array2<f32>,
    pub(crate) progression: Array2<f32>,
}

impl Patients {
    pub(crate) fn patients(&self) -> usize {
        self.measurements.nrows()
    }
}

/// Three quarters of the patients to train on, in a random order, and the others held out.
pub(crate) struct Split {
    pub(crate) train: Patients,
    pub(crate) held_out: Patients,
    /// The standard deviation of the progression, by which errors are told in its units.
    pub(crate) unit: f32,
}

impl Split {
    pub(crate) fn new(seed: u64) -> Result<Self, String> {
        let mut patients = patients()?;
        fastrand::Rng::with_seed(seed).shuffle(&mut patients);
        let rows = |patients: &[Patient]| {
            let cells = patients.iter().flat_map(|patient| patient.measurements);
            let cells: Vec<f64> = cells.map(|x| x as f64 / 1e4).collect();
            let progression: Array1<f64> = patients
                .iter()
                .map(|patient| patient.progression as f64)
                .collect();
            Array2::from_shape_vec((patients.len(), FEATURES.len()), cells)
                .map(|measurements| (measurements, progression.insert_axis(Axis(1))))
        };
        let (train, held_out) = patients.split_at(patients.len() * 3 / 4);
        let (train, held_out) = match (rows(train), rows(held_out)) {
            (Ok(train), Ok(held_out)) => (train, held_out),
            (Err(error), _) | (_, Err(error)) => return Err(error.to_string()),
        };
        // Only what is trained on says what the standard units are.
        let standard = |array: &Array2<f64>| {
            let mean = array.mean_axis(Axis(0)).unwrap_or_default();
            (mean, array.std_axis(Axis(0), 0.0))
        };
        let (measurements, progression) = (standard(&train.0), standard(&train.1));
        let unit = progression.1[0] as f32;
        let patients = |(x, y): (Array2<f64>, Array2<f64>)| Patients {
            measurements: ((x - &measurements.0) / &measurements.1).mapv(|x| x as f32),
            progression: ((y - &progression.0) / &progression.1).mapv(|y| y as f32),
        };
        Ok(Self {
            train: patients(train),
            held_out: patients(held_out),
            unit,
        })
    }
}
