//! Regularizers whose class is known at run time, and the strings that name them.

use crate::edition::{Class, Edition, NoneFactor};
use crate::{FactorError, L1, L1L2, L2, Mode, Orthogonal, SHOWN, Terms, visible};
use core::fmt;
use core::str::FromStr;

/// A regularizer of a class that is known at run time, as [`Edition::get`] and a Keras file give one.
///
/// ```
/// use regularize_core::{AnyRegularizer, Edition, l2};
///
/// let regularizer = Edition::LATEST.get("l2")?;
/// assert_eq!(regularizer, AnyRegularizer::L2(l2(0.01)));
/// assert_eq!(regularizer.to_string(), "l2(0.01)");
/// # Ok::<(), regularize_core::IdentifierError>(())
/// ```
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum AnyRegularizer {
    /// An L1.
    L1(L1),
    /// An L2.
    L2(L2),
    /// An L1L2.
    L1L2(L1L2),
    /// An orthogonal regularizer.
    Orthogonal(Orthogonal),
}

impl AnyRegularizer {
    /// The terms of an L1, L2 or L1L2.
    ///
    /// ```
    /// # use regularize_core::Edition;
    /// let terms = Edition::TF_2_10.get("l1_l2")?.terms().unwrap();
    /// assert_eq!(terms.l1(), Some(f64::from(0.01_f32)));
    /// assert!(Edition::LATEST.get("orthogonal_regularizer")?.terms().is_none());
    /// # Ok::<(), regularize_core::IdentifierError>(())
    /// ```
    #[must_use]
    pub const fn terms(&self) -> Option<Terms> {
        Some(match self {
            Self::L1(regularizer) => regularizer.terms(),
            Self::L2(regularizer) => regularizer.terms(),
            Self::L1L2(regularizer) => regularizer.terms(),
            Self::Orthogonal(_) => return None,
        })
    }

    /// The edition of Keras whose regularizer it is.
    ///
    /// ```
    /// # use regularize_core::{AnyRegularizer, Edition, l1};
    /// assert_eq!(AnyRegularizer::L1(l1(0.5)).edition(), Edition::LATEST);
    /// ```
    #[must_use]
    pub const fn edition(&self) -> Edition {
        match self {
            Self::L1(regularizer) => regularizer.edition(),
            Self::L2(regularizer) => regularizer.edition(),
            Self::L1L2(regularizer) => regularizer.edition(),
            Self::Orthogonal(regularizer) => regularizer.edition(),
        }
    }
}

impl AnyRegularizer {
    /// Returns the regularizer of another edition with the same arguments; `None` if the edition rejects them, or has no such class.
    ///
    /// ```
    /// # use regularize_core::{AnyRegularizer, Edition, Mode, l1, orthogonal};
    /// let newest = AnyRegularizer::L1(l1(0.5));
    /// let old = newest.to_edition(Edition::KERAS_2_2).unwrap();
    /// assert_eq!(old, Edition::KERAS_2_2.l1(0.5).into());
    ///
    /// let orthogonal = AnyRegularizer::from(orthogonal(0.01, Mode::Rows));
    /// assert_eq!(orthogonal.to_edition(Edition::KERAS_2_2), None);
    /// ```
    #[must_use]
    pub fn to_edition(&self, edition: Edition) -> Option<Self> {
        let made = match *self {
            Self::L1(regularizer) => L1::in_edition(edition, regularizer.l1()).map(Self::L1),
            Self::L2(regularizer) => L2::in_edition(edition, regularizer.l2()).map(Self::L2),
            Self::L1L2(regularizer) => {
                let (l1, l2) = (regularizer.l1(), regularizer.l2());
                L1L2::in_edition(edition, l1, l2).map(Self::L1L2)
            }
            Self::Orthogonal(regularizer) => {
                edition.rules().norm_floor?;
                let (factor, mode) = (regularizer.factor(), regularizer.mode());
                Orthogonal::in_edition(edition, factor, mode).map(Self::Orthogonal)
            }
        };
        made.ok()
    }
}

macro_rules! from {
    ($($class:ident),+) => {$(
        impl From<$class> for AnyRegularizer {
            fn from(regularizer: $class) -> Self {
                Self::$class(regularizer)
            }
        }
    )+};
}
from!(L1, L2, L1L2, Orthogonal);

/// A text that is not a regularizer of the newest edition in the notation of an attribute.
///
/// ```
/// use regularize_core::AnyRegularizer;
///
/// let error = "l2 = 0.01".parse::<AnyRegularizer>().unwrap_err();
/// assert_eq!(
///     error.to_string(),
///     "not a regularizer: write l1(0.01), l2(0.01), l1_l2(0.01, 0.01) or orthogonal(0.01, rows)",
/// );
/// let error = "l2(-1)".parse::<AnyRegularizer>().unwrap_err();
/// assert_eq!(
///     error.to_string(),
///     "the factor l2 is -1.0: a regularization factor must be finite and not negative",
/// );
/// ```
#[derive(Clone, Copy, Debug, PartialEq)]
#[non_exhaustive]
pub enum NotationError {
    /// A text of another form.
    Form,
    /// A factor that the edition rejects.
    Factor(FactorError),
}

impl fmt::Display for NotationError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Form => f.write_str(
                "not a regularizer: write l1(0.01), l2(0.01), l1_l2(0.01, 0.01) or orthogonal(0.01, rows)",
            ),
            Self::Factor(error) => error.fmt(f),
        }
    }
}

impl core::error::Error for NotationError {}

impl From<FactorError> for NotationError {
    fn from(error: FactorError) -> Self {
        Self::Factor(error)
    }
}

/// Reads the notation of an attribute, which `Display` writes, as a regularizer of the newest edition.
///
/// `l1`, `l2` and `orthogonal` alone have Keras' default, and arguments may be named.
///
/// ```
/// use regularize_core::{AnyRegularizer, l1_l2, l2};
///
/// let regularizer: AnyRegularizer = "l1_l2(0.001, 0.01)".parse()?;
/// assert_eq!(regularizer, l1_l2(0.001, 0.01).into());
/// assert_eq!("l1_l2(l2 = 0.01, l1 = 0.001)".parse(), Ok(regularizer));
/// assert_eq!("l2".parse(), Ok(AnyRegularizer::from(l2(0.01))));
/// # Ok::<(), regularize_core::NotationError>(())
/// ```
impl FromStr for AnyRegularizer {
    type Err = NotationError;

    fn from_str(notation: &str) -> Result<Self, NotationError> {
        let notation = notation.trim();
        let (name, arguments) = match notation.split_once('(') {
            None => (notation, None),
            Some((name, rest)) => {
                let arguments = rest.strip_suffix(')').ok_or(NotationError::Form)?;
                (name.trim_end(), Some(arguments))
            }
        };
        let names = match name {
            "l1" => ["l1", ""],
            "l2" => ["l2", ""],
            "l1_l2" => ["l1", "l2"],
            "orthogonal" => ["factor", "mode"],
            _ => return Err(NotationError::Form),
        };
        let mut found = [None; 2];
        for (position, argument) in arguments
            .into_iter()
            .flat_map(|all| all.split(','))
            .enumerate()
        {
            let (index, value) = match argument.split_once('=') {
                None => (position, argument),
                Some((name, value)) => {
                    let index = names.iter().position(|known| *known == name.trim());
                    (index.ok_or(NotationError::Form)?, value)
                }
            };
            let is_known = names.get(index).is_some_and(|name| !name.is_empty());
            match found
                .get_mut(index)
                .filter(|slot| is_known && slot.is_none())
            {
                Some(slot) => *slot = Some(value.trim()),
                None => return Err(NotationError::Form),
            }
        }
        let number = |text: &str| text.parse::<f64>().map_err(|_| NotationError::Form);
        let mode = |text: &str| match text {
            "rows" => Ok(Mode::Rows),
            "columns" => Ok(Mode::Columns),
            _ => Err(NotationError::Form),
        };
        Ok(match (name, found) {
            ("l1", [None, _]) => L1::default().into(),
            ("l2", [None, _]) => L2::default().into(),
            ("l1", [Some(l1), _]) => L1::new(number(l1)?)?.into(),
            ("l2", [Some(l2), _]) => L2::new(number(l2)?)?.into(),
            ("l1_l2", [Some(l1), Some(l2)]) => L1L2::new(number(l1)?, number(l2)?)?.into(),
            ("orthogonal", [factor, vectors]) => {
                let factor = factor.map_or(Ok(0.01), number)?;
                Orthogonal::new(factor, vectors.map_or(Ok(Mode::Rows), mode)?)?.into()
            }
            _ => return Err(NotationError::Form),
        })
    }
}

/// A regularizer of another class than the one that it is converted to.
///
/// ```
/// use regularize_core::{Edition, L2};
///
/// let error = L2::try_from(Edition::LATEST.get("l1")?).unwrap_err();
/// assert_eq!(error.to_string(), "l1(0.01) is not an L2");
/// # Ok::<(), regularize_core::IdentifierError>(())
/// ```
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct ClassError {
    found: AnyRegularizer,
    class: &'static str,
}

impl ClassError {
    /// Returns the regularizer that was not converted.
    ///
    /// ```
    /// # use regularize_core::{AnyRegularizer, L2, l1};
    /// let any = AnyRegularizer::from(l1(0.5));
    /// assert_eq!(L2::try_from(any).unwrap_err().found(), any);
    /// ```
    #[must_use]
    pub const fn found(&self) -> AnyRegularizer {
        self.found
    }
}

impl fmt::Display for ClassError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} is not an {}", self.found, self.class)
    }
}

impl core::error::Error for ClassError {}

macro_rules! try_from {
    ($($class:ident: $name:literal),+) => {$(
        impl TryFrom<AnyRegularizer> for $class {
            type Error = ClassError;

            fn try_from(found: AnyRegularizer) -> Result<Self, ClassError> {
                match found {
                    AnyRegularizer::$class(regularizer) => Ok(regularizer),
                    _ => Err(ClassError { found, class: $name }),
                }
            }
        }
    )+};
}
try_from!(L1: "L1", L2: "L2", Orthogonal: "orthogonal regularizer");

/// An L1 or an L2 is an L1L2 without the other term.
impl TryFrom<AnyRegularizer> for L1L2 {
    type Error = ClassError;

    fn try_from(found: AnyRegularizer) -> Result<Self, ClassError> {
        match found {
            AnyRegularizer::L1(regularizer) => Ok(regularizer.into()),
            AnyRegularizer::L2(regularizer) => Ok(regularizer.into()),
            AnyRegularizer::L1L2(regularizer) => Ok(regularizer),
            AnyRegularizer::Orthogonal(_) => Err(ClassError {
                found,
                class: "L1, L2 or L1L2",
            }),
        }
    }
}

impl fmt::Display for AnyRegularizer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::L1(regularizer) => regularizer.fmt(f),
            Self::L2(regularizer) => regularizer.fmt(f),
            Self::L1L2(regularizer) => regularizer.fmt(f),
            Self::Orthogonal(regularizer) => regularizer.fmt(f),
        }
    }
}

/// What Python passes as a factor.
///
/// ```
/// use regularize_core::edition::Class;
/// use regularize_core::{Edition, Factor};
///
/// let none = |_: &str| Some(Factor::None);
/// assert_eq!(Edition::LATEST.call(Class::L2, none).unwrap().to_string(), "l2(0.01)");
/// assert!(Edition::TF_2_3.call(Class::L2, none).is_err());
/// ```
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Factor<'a> {
    /// A number.
    Number(f64),
    /// `None`.
    None,
    /// A text.
    Text(&'a str),
}

/// A call that Keras answers with an exception.
#[derive(Clone, Copy, Debug, PartialEq)]
#[non_exhaustive]
pub enum CallError {
    /// A number that the edition rejects.
    Factor(FactorError),
    /// `None`, where it is no factor.
    None {
        /// The argument.
        name: &'static str,
        /// The edition.
        edition: Edition,
    },
    /// A text, where it is no factor or none of a number.
    Text {
        /// The argument.
        name: &'static str,
        /// The edition.
        edition: Edition,
    },
}

impl fmt::Display for CallError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Factor(error) => error.fmt(f),
            Self::None { name, edition } => {
                write!(f, "the factor {name} is None: {edition} takes a number")
            }
            Self::Text { name, edition } => {
                write!(f, "the factor {name} is a text: {edition} takes ")?;
                f.write_str(match edition.rules().parses_text {
                    true => "a number, or the text of one",
                    false => "a number",
                })
            }
        }
    }
}

impl core::error::Error for CallError {}

impl Edition {
    /// What a class or function of the edition makes of arguments: those that are not given have its defaults.
    ///
    /// The arguments are named l1 and l2, and factor of the orthogonal regularizer, whose mode is rows.
    ///
    /// # Errors
    ///
    /// The first argument that the edition rejects.
    ///
    /// ```
    /// use regularize_core::edition::Class;
    /// use regularize_core::{Edition, Factor};
    ///
    /// let l1 = |name: &str| (name == "l1").then_some(Factor::Number(0.5));
    /// let call = |edition: Edition| edition.call(Class::L1L2Function, l1);
    /// // The l2 that is left out is 0.01 in Keras 2 and 0 in Keras 3.
    /// assert_eq!(call(Edition::TF_2_10)?.to_string(), "l1_l2(0.5, 0.01)");
    /// assert_eq!(call(Edition::LATEST)?.to_string(), "l1_l2(0.5, 0.0)");
    /// # Ok::<(), regularize_core::CallError>(())
    /// ```
    pub fn call<'a>(
        self,
        class: Class,
        argument: impl Fn(&str) -> Option<Factor<'a>>,
    ) -> Result<AnyRegularizer, CallError> {
        let factor = |name: &'static str, default: f64, none: f64| {
            let Some(factor) = argument(name) else {
                return Ok(default);
            };
            match factor {
                Factor::Number(number) => Ok(number),
                Factor::None => match self.rules().none {
                    NoneFactor::Nan => Ok(f64::NAN),
                    NoneFactor::Default => Ok(none),
                    NoneFactor::Rejected => Err(CallError::None {
                        name,
                        edition: self,
                    }),
                },
                Factor::Text(text) => {
                    let number = text.trim().parse().ok();
                    number
                        .filter(|_| self.rules().parses_text)
                        .ok_or(CallError::Text {
                            name,
                            edition: self,
                        })
                }
            }
        };
        Ok(match class {
            Class::L1 => L1::in_edition(self, factor("l1", 0.01, 0.01)?)?.into(),
            Class::L2 => L2::in_edition(self, factor("l2", 0.01, 0.01)?)?.into(),
            Class::L1L2 => {
                let (l1, l2) = (factor("l1", 0.0, 0.0)?, factor("l2", 0.0, 0.0)?);
                L1L2::in_edition(self, l1, l2)?.into()
            }
            Class::L1L2Function => {
                // The function passes None on to the class, whose default is 0.
                let default = self.rules().l1_l2_default;
                let (l1, l2) = (factor("l1", default, 0.0)?, factor("l2", default, 0.0)?);
                L1L2::in_edition(self, l1, l2)?.into()
            }
            Class::Orthogonal => self.call_orthogonal(factor("factor", 0.01, 0.01)?, Mode::Rows)?,
        })
    }

    pub(crate) fn call_orthogonal(
        self,
        factor: f64,
        mode: Mode,
    ) -> Result<AnyRegularizer, CallError> {
        Ok(Orthogonal::in_edition(self, factor, mode)?.into())
    }

    /// What an identifier names: the class or function that it calls without arguments.
    pub(crate) fn class(self, identifier: &str) -> Option<Class> {
        let mut known = self.rules().identifiers.iter();
        known
            .find(|known| known.name == identifier)
            .map(|known| known.means)
    }

    /// What `keras.regularizers.get` makes of a string.
    ///
    /// # Errors
    ///
    /// A string that names no regularizer of the edition, and the one that it is nearest to.
    ///
    /// ```
    /// use regularize_core::Edition;
    ///
    /// assert_eq!(Edition::TF_2_10.get("l1_l2")?.to_string(), "l1_l2(0.01, 0.01)");
    /// // Keras 3 has no such function, and takes "l1l2" for the class of 0 and 0: no penalty.
    /// assert!(Edition::LATEST.get("l1_l2").is_err());
    /// assert_eq!(Edition::LATEST.get("l1l2")?.to_string(), "l1_l2(0.0, 0.0)");
    ///
    /// let error = Edition::LATEST.get("L_2").unwrap_err();
    /// assert_eq!(error.to_string(), "\"L_2\" is no regularizer of keras-3.14.1: write \"l2\"");
    /// # Ok::<(), regularize_core::IdentifierError>(())
    /// ```
    pub fn get(self, identifier: &str) -> Result<AnyRegularizer, IdentifierError<'_>> {
        let class = self.class(identifier);
        // Without arguments there is nothing to reject.
        class
            .and_then(|class| self.call(class, |_| None).ok())
            .ok_or_else(|| self.unknown(identifier))
    }

    /// What is said of a name that the edition does not know.
    pub(crate) fn unknown(self, identifier: &str) -> IdentifierError<'_> {
        IdentifierError {
            identifier,
            edition: self,
            nearest: self.nearest(identifier),
            is_function: identifier == FUNCTION,
        }
    }

    /// The identifier that is fewest letters away, at most half of them; `None` of `l1_l2`, which is not meant by
    /// what is near it.
    fn nearest(self, identifier: &str) -> Option<&'static str> {
        let known = self.rules().identifiers.iter().map(|known| known.name);
        let nearest = known.min_by_key(|known| distance(known, identifier));
        nearest.filter(|nearest| {
            identifier != FUNCTION && 2 * distance(nearest, identifier) <= identifier.len()
        })
    }
}

impl From<FactorError> for CallError {
    fn from(error: FactorError) -> Self {
        Self::Factor(error)
    }
}

/// What Keras 3 has no more.
const FUNCTION: &str = "l1_l2";

/// A string that names no regularizer of an edition.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct IdentifierError<'a> {
    identifier: &'a str,
    edition: Edition,
    nearest: Option<&'static str>,
    is_function: bool,
}

impl IdentifierError<'_> {
    /// The string.
    ///
    /// ```
    /// # use regularize_core::Edition;
    /// assert_eq!(Edition::LATEST.get("l3").unwrap_err().identifier(), "l3");
    /// ```
    #[must_use]
    pub const fn identifier(&self) -> &str {
        self.identifier
    }

    /// The identifier of the edition that the string is nearest to, if it is near one.
    ///
    /// ```
    /// # use regularize_core::Edition;
    /// assert_eq!(Edition::KERAS_2_2.get("l1-l2").unwrap_err().nearest(), Some("l1_l2"));
    /// assert_eq!(Edition::LATEST.get("l1_l2").unwrap_err().nearest(), None);
    /// ```
    #[must_use]
    pub const fn nearest(&self) -> Option<&'static str> {
        self.nearest
    }

    /// Whether there is more to say than which strings the edition has.
    #[cfg(feature = "serde")]
    pub(crate) const fn has_hint(&self) -> bool {
        self.nearest.is_some() || self.is_function
    }
}

impl fmt::Display for IdentifierError<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(
            f,
            "\"{}\" is no regularizer of {}: write ",
            visible(self.identifier, SHOWN),
            self.edition
        )?;
        match self.nearest {
            Some(nearest) => write!(f, "\"{nearest}\""),
            None if self.is_function => {
                f.write_str("the factors, l1_l2(0.01, 0.01), which the name meant in Keras 2")
            }
            None => {
                let known = self.edition.rules().identifiers.iter();
                for (index, known) in known.enumerate() {
                    let or = if index > 0 { " or " } else { "" };
                    write!(f, "{or}\"{}\"", known.name)?;
                }
                Ok(())
            }
        }
    }
}

impl core::error::Error for IdentifierError<'_> {}

/// How many letters must be changed, added or left out to make one of the other (Levenshtein 1966).
fn distance(known: &str, given: &str) -> usize {
    // No identifier has more than 22 bytes.
    let mut row = [0; 32];
    let known = &known.as_bytes()[..known.len().min(31)];
    for (j, slot) in row.iter_mut().enumerate() {
        *slot = j;
    }
    for (i, given) in given.bytes().enumerate() {
        let mut diagonal = row[0];
        row[0] = i + 1;
        for (j, known) in known.iter().enumerate() {
            let replaced = diagonal + usize::from(!known.eq_ignore_ascii_case(&given));
            diagonal = row[j + 1];
            row[j + 1] = replaced.min(diagonal + 1).min(row[j] + 1);
        }
    }
    row[known.len()]
}
