//! Serde's traits, in Keras' JSON.

use crate::config::Argument;
use crate::edition::ConfigForm;
use crate::{AnyRegularizer, Edition, Floatx, L1, L1L2, L2, Orthogonal};
use alloc::string::String;
use serde::de::{Deserialize, Deserializer, Error as _};
use serde::ser::{Error as _, Serialize, SerializeMap, Serializer};
use serde_json::Value;

/// In a text, the floatx after the name, unless it is the default.
const WITH: &str = " with ";

/// The name, as `Display` writes it; a floatx that is not the default follows it: `keras-2.2 with float64`.
///
/// ```
/// # use regularize_core::Edition;
/// let json = serde_json::to_string(&Edition::TF_2_10)?;
/// assert_eq!(json, r#""tf-2.10""#);
/// assert_eq!(serde_json::from_str::<Edition>(&json)?, Edition::TF_2_10);
/// # Ok::<(), serde_json::Error>(())
/// ```
impl Serialize for Edition {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let floatx = match self.floatx() {
            Floatx::Float16 => "float16",
            Floatx::Float32 => return serializer.serialize_str(self.name()),
            Floatx::Float64 => "float64",
        };
        serializer.collect_str(&format_args!("{}{WITH}{floatx}", self.name()))
    }
}

impl<'de> Deserialize<'de> for Edition {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = String::deserialize(deserializer)?;
        let (name, floatx) = match text.split_once(WITH) {
            None => (&*text, Floatx::Float32),
            Some((name, "float16")) => (name, Floatx::Float16),
            Some((name, "float64")) => (name, Floatx::Float64),
            Some((_, _)) => {
                return Err(D::Error::custom("no such floatx: write float16 or float64"));
            }
        };
        let edition: Self = name.parse().map_err(D::Error::custom)?;
        Ok(edition.with_floatx(floatx))
    }
}

/// The key of the edition, beside those of Keras.
const EDITION: &str = "edition";

/// Keras' JSON, as [`to_json`](Self::to_json) writes it, with a key `edition` if the edition is not the newest.
///
/// It is read by [`Edition::from_value`], from any format that says what it holds, and so is the notation of an attribute, `"l2(0.01)"`.
/// The factors are written as the edition keeps them, so what is read has the same penalty, and not always the same
/// factor: the newest L1 keeps 0.01 as 0.009999999776482582. JSON has no NaN and no infinity, so a factor that is one, which old
/// editions accept, is an error.
///
/// ```
/// # use regularize_core::{AnyRegularizer, Edition, l2};
/// let regularizer = AnyRegularizer::from(l2(0.5));
/// let json = serde_json::to_string(&regularizer)?;
/// assert_eq!(
///     json,
///     r#"{"module":"keras.regularizers","class_name":"L2","config":{"l2":0.5},"registered_name":null}"#,
/// );
/// assert_eq!(serde_json::from_str::<AnyRegularizer>(&json)?, regularizer);
/// let old: AnyRegularizer = Edition::TF_2_4.l2(0.5).into();
/// let json = serde_json::to_string(&old)?;
/// assert_eq!(json, r#"{"class_name":"L2","config":{"l2":0.5},"edition":"tf-2.4"}"#);
/// assert_eq!(serde_json::from_str::<AnyRegularizer>(&json)?, old);
/// assert_eq!(serde_json::from_str::<AnyRegularizer>(r#""l2(0.5)""#)?, regularizer);
/// # Ok::<(), serde_json::Error>(())
/// ```
impl Serialize for AnyRegularizer {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let edition = self.edition();
        let (class, arguments) = self.config();
        let is_module = matches!(edition.rules().config, ConfigForm::Module);
        let mut map = serializer.serialize_map(None)?;
        if is_module {
            map.serialize_entry("module", "keras.regularizers")?;
        }
        map.serialize_entry("class_name", class)?;
        map.serialize_entry("config", &Config(arguments))?;
        if is_module {
            map.serialize_entry("registered_name", &())?;
        }
        if edition != Edition::LATEST {
            map.serialize_entry(EDITION, &edition)?;
        }
        map.end()
    }
}

struct Config([Option<(&'static str, Argument)>; 2]);

impl Serialize for Config {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut map = serializer.serialize_map(None)?;
        for (name, argument) in self.0.iter().flatten() {
            match argument {
                Argument::Factor(factor) if factor.is_finite() => {
                    map.serialize_entry(name, factor)?
                }
                Argument::Factor(factor) => {
                    let message =
                        format_args!("the factor {name} is {factor}, which JSON does not have");
                    return Err(S::Error::custom(message));
                }
                Argument::Mode(mode) => map.serialize_entry(name, mode.name())?,
            }
        }
        map.end()
    }
}

impl<'de> Deserialize<'de> for AnyRegularizer {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let value = Value::deserialize(deserializer)?;
        if let Some(notation) = value.as_str().filter(|text| text.contains('(')) {
            return notation.parse().map_err(D::Error::custom);
        }
        let edition = match value.get(EDITION) {
            Some(edition) => Edition::deserialize(edition).map_err(D::Error::custom)?,
            None => Edition::LATEST,
        };
        let regularizer = edition.from_value(&value).map_err(D::Error::custom)?;
        regularizer
            .ok_or_else(|| D::Error::custom("null is not a regularizer: keep an `Option` of one"))
    }
}

macro_rules! class {
    ($($class:ident, |$both:ident| $alone:expr;)+) => {$(
        /// As [`AnyRegularizer`] is; a regularizer of another class is an error.
        impl Serialize for $class {
            fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
                AnyRegularizer::from(*self).serialize(serializer)
            }
        }

        impl<'de> Deserialize<'de> for $class {
            fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
                let found = AnyRegularizer::deserialize(deserializer)?;
                let alone = match found {
                    // An edition without a class of one factor writes it as an L1L2.
                    AnyRegularizer::L1L2($both) if !$both.edition().rules().has_l1_and_l2 => $alone,
                    _ => None,
                };
                match alone {
                    Some(alone) => Ok(alone),
                    None => Self::try_from(found).map_err(D::Error::custom),
                }
            }
        }
    )+};
}
class! {
    L1, |both| match both.l2() {
        0.0 => Self::in_edition(both.edition(), both.l1()).ok(),
        _ => None,
    };
    L2, |both| match both.l1() {
        0.0 => Self::in_edition(both.edition(), both.l2()).ok(),
        _ => None,
    };
    L1L2, |_both| None;
    Orthogonal, |_both| None;
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::Mode;
    use alloc::string::ToString;

    fn again<T: Serialize + for<'de> Deserialize<'de>>(value: &T) -> T {
        let json = serde_json::to_string(value).unwrap();
        serde_json::from_str(&json).unwrap_or_else(|error| panic!("{json}: {error}"))
    }

    #[test]
    fn what_is_written_is_read_as_the_same_terms_in_every_edition() {
        for edition in Edition::ALL {
            let edition = [edition, edition.with_floatx(Floatx::Float64)];
            for edition in edition {
                assert_eq!(again(&edition), edition);
                for factor in [0.0, 0.01, 1e-300] {
                    let (l1, l2) = (edition.l1(factor), edition.l2(factor));
                    let both = edition.l1_l2(factor, 0.25);
                    assert_eq!(again(&l1).terms(), l1.terms(), "{edition:?}");
                    assert_eq!(again(&l2).terms(), l2.terms(), "{edition:?}");
                    assert_eq!(again(&both).terms(), both.terms(), "{edition:?}");
                    for any in [l1.into(), l2.into(), both.into()] {
                        let any: AnyRegularizer = any;
                        assert_eq!(again(&any).terms(), any.terms(), "{edition:?}");
                    }
                }
                if edition.rules().norm_floor.is_some() {
                    let orthogonal = edition.orthogonal(0.5, Mode::Columns);
                    assert_eq!(again(&orthogonal), orthogonal);
                }
            }
        }
    }

    #[test]
    fn what_is_written_is_the_json_of_keras() {
        for edition in Edition::ALL
            .into_iter()
            .filter(|edition| *edition != Edition::LATEST)
        {
            let any = AnyRegularizer::from(edition.l1(0.5));
            let mut value = serde_json::to_value(any).unwrap();
            assert_eq!(
                value.as_object_mut().unwrap().remove(EDITION).unwrap(),
                edition.name()
            );
            let keras: Value = serde_json::from_str(&any.to_json().to_string()).unwrap();
            assert_eq!(value, keras);
        }
        let any = AnyRegularizer::from(Edition::LATEST.l1(0.5));
        let keras: Value = serde_json::from_str(&any.to_json().to_string()).unwrap();
        assert_eq!(serde_json::to_value(any).unwrap(), keras);
    }

    #[test]
    fn what_cannot_be_is_an_error_that_says_why() {
        let error = |json: &str| serde_json::from_str::<L2>(json).unwrap_err().to_string();
        assert_eq!(
            error("null"),
            "null is not a regularizer: keep an `Option` of one"
        );
        assert_eq!(error(r#""l1""#), "l1(0.01) is not an L2");
        let l2 = r#"{"class_name": "L2", "config": {"l2": -1}}"#;
        assert!(
            error(l2).contains("must be finite and not negative"),
            "{}",
            error(l2)
        );
        let edition = r#"{"class_name": "L2", "config": {}, "edition": "keras-9"}"#;
        assert!(
            error(edition).starts_with("no such edition: write "),
            "{}",
            error(edition)
        );
        let floatx = serde_json::from_str::<Edition>(r#""keras-2.2 with int8""#).unwrap_err();
        assert_eq!(
            floatx.to_string(),
            "no such floatx: write float16 or float64"
        );
        let nan = Edition::KERAS_2_2.l2(f64::NAN);
        let error = serde_json::to_string(&nan).unwrap_err();
        assert_eq!(
            error.to_string(),
            "the factor l2 is NaN, which JSON does not have"
        );
    }
}
