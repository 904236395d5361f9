//! The generations of Keras as one table: what each accepts, rounds, leaves out and divides.

use core::fmt;
use core::str::FromStr;

/// A generation of Keras: the releases that regularize alike.
///
/// The factories of this crate are those of [`LATEST`](Self::LATEST); those of another edition are its methods
/// [`l1`](Self::l1), [`l2`](Self::l2), [`l1_l2`](Self::l1_l2) and [`orthogonal`](Self::orthogonal). What differs
/// is data: see [`rules`](Self::rules).
///
/// ```
/// use regularize_core::{Edition, l1};
///
/// let article = Edition::KERAS_2_2;
/// assert!(article.l1(-0.5).terms().penalty(&[2.0_f32]) == -1.0); // Keras 3 rejects a negative factor
/// assert_eq!(Edition::LATEST.l1(0.5), l1(0.5));
/// ```
#[derive(Clone, Copy, PartialEq, Eq, Hash)]
pub struct Edition {
    row: u8,
    floatx: Floatx,
}

/// Keras' default float type, `floatx`: what an edition rounds factors to.
///
/// ```
/// use regularize_core::{Edition, Floatx};
///
/// let exact = Edition::TF_2_10.with_floatx(Floatx::Float64);
/// assert_eq!(Edition::TF_2_10.l2(0.1).terms().l2(), Some(f64::from(0.1_f32)));
/// assert_eq!(exact.l2(0.1).terms().l2(), Some(0.1));
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Floatx {
    /// `float16`.
    Float16,
    /// `float32`, the default.
    Float32,
    /// `float64`.
    Float64,
}

/// What an edition does: a row of the table.
#[derive(Clone, Copy, Debug, PartialEq)]
#[non_exhaustive]
pub struct Rules {
    /// The edition's name, as `--edition` and SPEC.md write it.
    pub name: &'static str,
    /// The releases it stands for.
    pub versions: &'static str,
    /// Which numbers are factors.
    pub accepts: Accepts,
    /// What `None` is as a factor.
    pub none: NoneFactor,
    /// Whether a text such as `"0.1"` is parsed as a factor.
    pub parses_text: bool,
    /// Which classes round their factors to [`Floatx`].
    pub rounds: Rounds,
    /// Whether `L1` and `L2` are classes, which keep a factor of 0 as a term. Where they are not, `l1` and `l2`
    /// make an `L1L2`, which leaves it out.
    pub has_l1_and_l2: bool,
    /// Both factors of `l1_l2()`, and each that a call leaves out.
    pub l1_l2_default: f64,
    /// The strings that `get` knows beside the names of the classes.
    pub identifiers: &'static [Identifier],
    /// The names of the one argument of l1 and l2.
    pub keyword: Keyword,
    /// Whether a JSON without a `config` is one with the defaults.
    pub config_is_optional: bool,
    /// The form of a regularizer's JSON.
    pub config: ConfigForm,
    /// What an activity penalty is divided by.
    pub activity: Activity,
    /// Whether the weights of a frozen layer have a loss.
    pub counts_frozen: bool,
    /// The order of a model's losses.
    pub order: Order,
    /// The least length of a vector that the orthogonal regularizer divides by; `None` without that class.
    pub norm_floor: Option<f64>,
}

/// Which numbers are factors.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Accepts {
    /// Every number, infinities and NaN too.
    Everything,
    /// Finite numbers.
    Finite,
    /// Finite numbers that are not negative; −0 is not.
    FiniteNotNegative,
}

/// What `None` is as a factor.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum NoneFactor {
    /// NaN.
    Nan,
    /// An error.
    Rejected,
    /// The default of the class: 0.01 of L1 and L2, 0 of L1L2.
    Default,
}

/// Which classes round their factors to [`Floatx`].
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Rounds {
    /// All.
    All,
    /// L1 and the orthogonal regularizer; L2 and L1L2 keep the double.
    L1,
}

/// A string that `get` takes, and what it means.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Identifier {
    /// The string.
    pub name: &'static str,
    /// The class or function that it calls without arguments.
    pub means: Class,
}

/// What an [`Identifier`] calls.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Class {
    /// L1 of 0.01.
    L1,
    /// L2 of 0.01.
    L2,
    /// The class L1L2: of 0 and 0, no penalty.
    L1L2,
    /// The function l1_l2, with the edition's defaults.
    L1L2Function,
    /// The orthogonal regularizer of 0.01 and rows.
    Orthogonal,
}

/// The names of the one argument of l1 and l2.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Keyword {
    /// `l`.
    Short,
    /// `l`, and `l1` of l1 and `l2` of l2.
    Both,
    /// `l1` of l1 and `l2` of l2.
    Long,
}

/// The form of a regularizer's JSON.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ConfigForm {
    /// `{"class_name": …, "config": {…}}`.
    ClassName,
    /// `{"module": "keras.regularizers", "class_name": …, "config": {…}, "registered_name": null}`.
    Module,
}

/// What an activity penalty is divided by.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Activity {
    /// Nothing.
    Sum,
    /// The length of the first axis; an empty batch costs 0.
    Mean,
    /// The length of the first axis; an empty batch costs NaN.
    MeanOrNan,
}

/// The order of a model's losses.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Order {
    /// All weights' losses, then the activities'.
    WeightsFirst,
    /// Layer by layer, a layer's activity before its weights.
    LayerByLayer,
    /// All activities' losses, then the weights'.
    ActivitiesFirst,
}

const fn id(name: &'static str, means: Class) -> Identifier {
    Identifier { name, means }
}

/// Multi-backend Keras and tf.keras 2.0 to 2.2: functions and the one class.
const FUNCTIONS: &[Identifier] = &[
    id("l1", Class::L1),
    id("l2", Class::L2),
    id("l1_l2", Class::L1L2Function),
    id("L1L2", Class::L1L2),
];

const CLASSES: &[Identifier] = &[
    id("l1", Class::L1),
    id("l2", Class::L2),
    id("l1_l2", Class::L1L2Function),
    id("L1", Class::L1),
    id("L2", Class::L2),
    id("L1L2", Class::L1L2),
];

const AND_ORTHOGONAL: &[Identifier] = &[
    id("l1", Class::L1),
    id("l2", Class::L2),
    id("l1_l2", Class::L1L2Function),
    id("L1", Class::L1),
    id("L2", Class::L2),
    id("L1L2", Class::L1L2),
    id("orthogonal_regularizer", Class::Orthogonal),
    id("OrthogonalRegularizer", Class::Orthogonal),
];

/// The names of the classes and their snake case, by which `l1l2` is L1L2 of 0 and 0.
const SNAKE: &[Identifier] = &[
    id("l1", Class::L1),
    id("l2", Class::L2),
    id("l1l2", Class::L1L2),
    id("L1", Class::L1),
    id("L2", Class::L2),
    id("L1L2", Class::L1L2),
    id("orthogonal_regularizer", Class::Orthogonal),
    id("OrthogonalRegularizer", Class::Orthogonal),
];

const KERAS_2_2: Rules = Rules {
    name: "keras-2.2",
    versions: "Keras 2.2 and 2.3 on TensorFlow and Theano",
    accepts: Accepts::Everything,
    none: NoneFactor::Nan,
    parses_text: true,
    rounds: Rounds::All,
    has_l1_and_l2: false,
    l1_l2_default: 0.01,
    identifiers: FUNCTIONS,
    keyword: Keyword::Short,
    config_is_optional: false,
    config: ConfigForm::ClassName,
    activity: Activity::Sum,
    counts_frozen: true,
    order: Order::WeightsFirst,
    norm_floor: None,
};

const TF_2_0: Rules = Rules {
    name: "tf-2.0",
    versions: "tf.keras of TensorFlow 2.0 to 2.2",
    activity: Activity::MeanOrNan,
    order: Order::LayerByLayer,
    ..KERAS_2_2
};

const TF_2_3: Rules = Rules {
    name: "tf-2.3",
    versions: "tf.keras of TensorFlow 2.3",
    accepts: Accepts::Finite,
    none: NoneFactor::Rejected,
    parses_text: false,
    has_l1_and_l2: true,
    identifiers: CLASSES,
    keyword: Keyword::Both,
    ..TF_2_0
};

const TF_2_4: Rules = Rules {
    name: "tf-2.4",
    versions: "tf.keras of TensorFlow 2.4 to 2.9",
    none: NoneFactor::Default,
    identifiers: AND_ORTHOGONAL,
    // `tf.linalg.l2_normalize`, epsilon 1e-12 of a square. The class is in 2.9 alone.
    norm_floor: Some(1e-6),
    ..TF_2_3
};

const TF_2_10: Rules = Rules {
    name: "tf-2.10",
    versions: "tf.keras of TensorFlow 2.10 to 2.15, and tf_keras",
    config: ConfigForm::Module,
    activity: Activity::Mean,
    ..TF_2_4
};

const KERAS_3_0: Rules = Rules {
    name: "keras-3.0",
    versions: "Keras 3.0.0 to 3.13.2",
    accepts: Accepts::FiniteNotNegative,
    rounds: Rounds::L1,
    l1_l2_default: 0.0,
    identifiers: SNAKE,
    keyword: Keyword::Long,
    config_is_optional: true,
    activity: Activity::Sum,
    counts_frozen: false,
    order: Order::ActivitiesFirst,
    // `keras/src/backend/config.py`, `epsilon`.
    norm_floor: Some(1e-7),
    ..TF_2_10
};

const KERAS_3_14_0: Rules = Rules {
    name: "keras-3.14.0",
    versions: "Keras 3.14.0",
    rounds: Rounds::All,
    activity: Activity::Mean,
    ..KERAS_3_0
};

const KERAS_3_14_1: Rules = Rules {
    name: "keras-3.14.1",
    versions: "Keras 3.14.1 to 3.15.1",
    rounds: Rounds::L1,
    ..KERAS_3_14_0
};

/// The editions, the oldest first. Each row says what differs from the one before it.
const TABLE: [Rules; 8] = [
    KERAS_2_2,
    TF_2_0,
    TF_2_3,
    TF_2_4,
    TF_2_10,
    KERAS_3_0,
    KERAS_3_14_0,
    KERAS_3_14_1,
];

const fn row(row: u8) -> Edition {
    Edition {
        row,
        floatx: Floatx::Float32,
    }
}

impl Edition {
    /// Keras 2.2 and 2.3 on TensorFlow and Theano.
    pub const KERAS_2_2: Self = row(0);
    /// tf.keras of TensorFlow 2.0 to 2.2.
    pub const TF_2_0: Self = row(1);
    /// tf.keras of TensorFlow 2.3.
    pub const TF_2_3: Self = row(2);
    /// tf.keras of TensorFlow 2.4 to 2.9.
    pub const TF_2_4: Self = row(3);
    /// tf.keras of TensorFlow 2.10 to 2.15, and tf_keras.
    pub const TF_2_10: Self = row(4);
    /// Keras 3.0.0 to 3.13.2.
    pub const KERAS_3_0: Self = row(5);
    /// Keras 3.14.0.
    pub const KERAS_3_14_0: Self = row(6);
    /// Keras 3.14.1 to 3.15.1.
    pub const KERAS_3_14_1: Self = row(7);

    /// The newest edition, whose are the factories [`l1`](crate::l1), [`l2`](crate::l2) and
    /// [`l1_l2`](crate::l1_l2).
    pub const LATEST: Self = Self::KERAS_3_14_1;

    /// The edition of a release of Keras, by the `keras_version` that it writes into its files.
    ///
    /// `None` for a release before 2.2 and for one after 3.15, whose edition nobody has looked at. TensorFlow
    /// 2.3 and 2.4 both write 2.4.0, which is taken for the latter: what 2.3 writes means the same there.
    ///
    /// ```
    /// # use regularize_core::Edition;
    /// assert_eq!(Edition::of_version("3.13.2"), Some(Edition::KERAS_3_0));
    /// assert_eq!(Edition::of_version("2.2.4-tf"), Some(Edition::TF_2_0));
    /// assert_eq!(Edition::of_version("2.2.4"), Some(Edition::KERAS_2_2));
    /// assert_eq!(Edition::of_version("4.0.0"), None);
    /// ```
    #[must_use]
    pub fn of_version(version: &str) -> Option<Self> {
        let mut numbers = version.split(['.', '-']);
        let mut next = || numbers.next().and_then(|number| number.parse::<u32>().ok());
        let version = (
            next()?,
            next()?,
            next().unwrap_or(0),
            version.ends_with("-tf"),
        );
        Some(match version {
            (2, 2 | 3, _, true) => Self::TF_2_0,
            (2, 2 | 3, ..) => Self::KERAS_2_2,
            (2, 4..=9, ..) => Self::TF_2_4,
            (2, 10.., ..) => Self::TF_2_10,
            (3, 0..=13, ..) => Self::KERAS_3_0,
            (3, 14, 0, _) => Self::KERAS_3_14_0,
            (3, 14 | 15, ..) => Self::KERAS_3_14_1,
            _ => return None,
        })
    }

    /// Every edition, the oldest first.
    ///
    /// ```
    /// # use regularize_core::Edition;
    /// assert_eq!(Edition::ALL.last(), Some(&Edition::LATEST));
    /// ```
    pub const ALL: [Self; 8] = [
        Self::KERAS_2_2,
        Self::TF_2_0,
        Self::TF_2_3,
        Self::TF_2_4,
        Self::TF_2_10,
        Self::KERAS_3_0,
        Self::KERAS_3_14_0,
        Self::KERAS_3_14_1,
    ];

    /// What the edition does.
    ///
    /// ```
    /// # use regularize_core::Edition;
    /// assert!(Edition::KERAS_2_2.rules().counts_frozen && !Edition::LATEST.rules().counts_frozen);
    /// ```
    #[inline]
    #[must_use]
    pub const fn rules(self) -> &'static Rules {
        &TABLE[self.row as usize]
    }

    /// The edition's name: `keras-3.14.1`.
    ///
    /// ```
    /// # use regularize_core::Edition;
    /// assert_eq!(Edition::TF_2_10.name(), "tf-2.10");
    /// ```
    #[must_use]
    pub const fn name(self) -> &'static str {
        self.rules().name
    }

    /// The default float type.
    ///
    /// ```
    /// # use regularize_core::{Edition, Floatx};
    /// assert_eq!(Edition::LATEST.floatx(), Floatx::Float32);
    /// ```
    #[inline]
    #[must_use]
    pub const fn floatx(self) -> Floatx {
        self.floatx
    }

    /// The edition with another default float type, as after `keras.backend.set_floatx`.
    ///
    /// ```
    /// # use regularize_core::{Edition, Floatx};
    /// let half = Edition::TF_2_10.with_floatx(Floatx::Float16);
    /// assert_eq!(half.l1(0.1).terms().l1(), Some(0.0999755859375));
    /// ```
    #[must_use]
    pub const fn with_floatx(self, floatx: Floatx) -> Self {
        Self { floatx, ..self }
    }
}

impl Floatx {
    /// The nearest number of the type, ties to even.
    #[inline]
    pub(crate) const fn round(self, x: f64) -> f64 {
        match self {
            Self::Float16 => float16(x),
            Self::Float32 => x as f32 as f64,
            Self::Float64 => x,
        }
    }
}

/// The nearest number of eleven digits down to 2⁻²⁴, ties to even.
const fn float16(x: f64) -> f64 {
    let magnitude = x.abs();
    // Half a place above the largest number, which is 65504.
    if x.is_nan() || magnitude >= 65520.0 {
        return x * f64::INFINITY;
    }
    let exponent = (x.to_bits() >> 52 & 0x7ff) as i64 - 1023;
    let last = if exponent < -14 { -24 } else { exponent - 10 };
    // Added to 2⁵² places and more, a number is rounded to whole places.
    let shift = f64::from_bits(((1023 + 52 + last) as u64) << 52);
    (magnitude + shift - shift).copysign(x)
}

impl fmt::Debug for Edition {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.floatx {
            Floatx::Float32 => f.write_str(self.name()),
            floatx => write!(f, "{} with {floatx:?}", self.name()),
        }
    }
}

impl fmt::Display for Edition {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

/// A name that no edition has.
///
/// ```
/// use regularize_core::Edition;
///
/// let error = "keras-4".parse::<Edition>().unwrap_err();
/// assert!(error.to_string().starts_with("no such edition: write keras-2.2, tf-2.0,"));
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct EditionError;

impl fmt::Display for EditionError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("no such edition: write ")?;
        let (last, others) = (Edition::LATEST, &Edition::ALL[..TABLE.len() - 1]);
        for edition in others {
            write!(f, "{edition}, ")?;
        }
        write!(f, "or {last}")
    }
}

impl core::error::Error for EditionError {}

impl FromStr for Edition {
    type Err = EditionError;

    fn from_str(name: &str) -> Result<Self, EditionError> {
        let mut all = Self::ALL.into_iter();
        all.find(|edition| edition.name() == name)
            .ok_or(EditionError)
    }
}
