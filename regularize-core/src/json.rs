//! Keras' `get` of a JSON: text to a regularizer.

use crate::edition::{Class, Keyword};
use crate::{AnyRegularizer, CallError, Edition, Factor, Mode, SHOWN, visible};
use alloc::borrow::ToOwned;
use alloc::string::{String, ToString};
use core::fmt;
use serde_json::{Map, Value};

impl Edition {
    /// What `keras.regularizers.get(json.loads(text))` makes: `None` of `null`.
    ///
    /// A string is an identifier; an object has a `class_name` and a `config`. Its `module` and
    /// `registered_name` are not looked at, as in Keras up to 3.15.1.
    ///
    /// # Errors
    ///
    /// A text that is not JSON (so `NaN` and `Infinity`, which Python writes), and what Keras rejects.
    ///
    /// ```
    /// use regularize_core::{AnyRegularizer, Edition, l1_l2};
    ///
    /// let json = r#"{"class_name": "L1L2", "config": {"l1": 1e-05, "l2": 0.01}}"#;
    /// let regularizer = Edition::LATEST.from_json(json)?;
    /// assert_eq!(regularizer, Some(AnyRegularizer::L1L2(l1_l2(1e-5, 0.01))));
    /// assert_eq!(Edition::LATEST.from_json("null")?, None);
    ///
    /// let error = Edition::LATEST.from_json(r#"{"class_name": "L2", "config": {"l": 0.01}}"#).unwrap_err();
    /// assert_eq!(error.to_string(), "L2 has no argument \"l\" in keras-3.14.1: write \"l2\"");
    /// # Ok::<(), regularize_core::ConfigError>(())
    /// ```
    pub fn from_json(self, text: &str) -> Result<Option<AnyRegularizer>, ConfigError> {
        let value = serde_json::from_str(text).map_err(|error| ConfigError::Json {
            message: error.to_string(),
        })?;
        self.from_value(&value)
    }

    /// [`from_json`](Self::from_json) of a value that is parsed already.
    ///
    /// The value's numbers are exact if `serde_json` has its feature `float_roundtrip`, which this crate turns on.
    ///
    /// # Errors
    ///
    /// What Keras rejects.
    ///
    /// ```
    /// # use regularize_core::{Edition, l2};
    /// let value = serde_json::json!({"class_name": "L2", "config": {"l2": 0.5}});
    /// assert_eq!(Edition::LATEST.from_value(&value)?, Some(l2(0.5).into()));
    /// # Ok::<(), regularize_core::ConfigError>(())
    /// ```
    pub fn from_value(self, value: &Value) -> Result<Option<AnyRegularizer>, ConfigError> {
        match value {
            Value::Null => Ok(None),
            Value::String(identifier) => match self.get(identifier) {
                Ok(regularizer) => Ok(Some(regularizer)),
                Err(_) => Err(self.no_class(identifier, &Map::new())),
            },
            Value::Object(object) => {
                let Some(name) = object.get("class_name").and_then(Value::as_str) else {
                    return Err(ConfigError::NoClass);
                };
                let Some(class) = self.class(name) else {
                    return Err(self.no_class(name, object));
                };
                let config = match object.get("config") {
                    Some(Value::Object(config)) => Some(config),
                    _ if self.rules().config_is_optional => None,
                    _ => {
                        let class = name.to_owned();
                        return Err(ConfigError::NoConfig {
                            class,
                            edition: self,
                        });
                    }
                };
                self.of_config(name, class, config).map(Some)
            }
            other => Err(ConfigError::Type {
                found: other.to_string(),
            }),
        }
    }

    /// What is wrong with a name that the edition does not know, and the object that has it.
    ///
    /// Keras registers a class or function of one's own as `package>name`. Keras 3 writes a class with that
    /// `registered_name` and its `module`, and a function as one of the module `builtins` with that name as its `config`.
    fn no_class(self, name: &str, object: &Map<String, Value>) -> ConfigError {
        let text = |key: &str| object.get(key).and_then(Value::as_str);
        let registered = text("registered_name");
        let is_keras = |module: &str| {
            let package = module.split('.').next();
            matches!(package, Some("keras" | "tf_keras" | "tensorflow"))
        };
        let is_own = name.contains('>')
            || registered.is_some()
            || text("module").is_some_and(|module| !is_keras(module));
        let edition = self;
        match is_own {
            true => ConfigError::Own {
                name: registered
                    .or_else(|| text("config"))
                    .unwrap_or(name)
                    .to_owned(),
                edition,
            },
            false => ConfigError::Unknown {
                name: name.to_owned(),
                edition,
            },
        }
    }

    fn of_config(
        self,
        name: &str,
        class: Class,
        config: Option<&Map<String, Value>>,
    ) -> Result<AnyRegularizer, ConfigError> {
        let names = self.arguments(class);
        for key in config.into_iter().flat_map(|config| config.keys()) {
            if !names.contains(&&**key) {
                return Err(ConfigError::Argument {
                    class: name.to_owned(),
                    name: key.clone(),
                    names,
                    edition: self,
                });
            }
        }
        let value = |name: &str| config.and_then(|config| config.get(name));
        for name in names.iter().copied().filter(|&name| name != "mode") {
            if let Some(Value::Bool(_) | Value::Array(_) | Value::Object(_)) = value(name) {
                let found = value(name).map(Value::to_string).unwrap_or_default();
                return Err(ConfigError::Factor { name, found });
            }
        }
        let factor = |name: &str| {
            Some(match value(name)? {
                Value::Number(number) => Factor::Number(number.as_f64().unwrap_or(f64::INFINITY)),
                Value::String(text) => Factor::Text(text),
                _ => Factor::None,
            })
        };
        // `l` wins over the longer name. Where the class does not have it, it was rejected above.
        let short = factor("l");
        let called = match (class, value("mode")) {
            (Class::Orthogonal, Some(mode)) => {
                let mode = match mode.as_str() {
                    Some("rows") => Mode::Rows,
                    Some("columns") => Mode::Columns,
                    _ => {
                        let found = mode.to_string();
                        return Err(ConfigError::Mode { found });
                    }
                };
                self.call(class, factor)
                    .and_then(|regularizer| match regularizer {
                        AnyRegularizer::Orthogonal(rows) => {
                            self.call_orthogonal(rows.factor(), mode)
                        }
                        other => Ok(other),
                    })
            }
            _ => self.call(class, |name| short.or_else(|| factor(name))),
        };
        called.map_err(ConfigError::Call)
    }

    /// The arguments of a class.
    fn arguments(self, class: Class) -> &'static [&'static str] {
        match (class, self.rules().keyword) {
            (Class::L1 | Class::L2, Keyword::Short) => &["l"],
            (Class::L1, Keyword::Both) => &["l1", "l"],
            (Class::L2, Keyword::Both) => &["l2", "l"],
            (Class::L1, Keyword::Long) => &["l1"],
            (Class::L2, Keyword::Long) => &["l2"],
            (Class::L1L2 | Class::L1L2Function, _) => &["l1", "l2"],
            (Class::Orthogonal, _) => &["factor", "mode"],
        }
    }
}

/// A JSON that Keras makes no regularizer of.
#[derive(Clone, Debug, PartialEq)]
#[non_exhaustive]
pub enum ConfigError {
    /// A text that is not JSON.
    Json {
        /// What is wrong, and where.
        message: String,
    },
    /// A number, a list or a boolean.
    Type {
        /// The JSON.
        found: String,
    },
    /// An object without a `class_name`.
    NoClass,
    /// An object without the `config` that the edition needs.
    NoConfig {
        /// The class.
        class: String,
        /// The edition.
        edition: Edition,
    },
    /// A name that the edition does not know.
    Unknown {
        /// The name.
        name: String,
        /// The edition.
        edition: Edition,
    },
    /// A class or function of the user's own, which no edition knows.
    Own {
        /// The name that it is registered by: `package>name`.
        name: String,
        /// The edition.
        edition: Edition,
    },
    /// An argument that the class does not have.
    Argument {
        /// The class.
        class: String,
        /// The argument.
        name: String,
        /// Those that it has.
        names: &'static [&'static str],
        /// The edition.
        edition: Edition,
    },
    /// A factor that is a boolean, a list or an object.
    Factor {
        /// The argument.
        name: &'static str,
        /// The JSON.
        found: String,
    },
    /// A mode that is neither rows nor columns.
    Mode {
        /// The JSON.
        found: String,
    },
    /// A factor that the edition rejects.
    Call(CallError),
}

impl fmt::Display for ConfigError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Json { message } => write!(f, "not JSON: {}", visible(message, SHOWN)),
            Self::Type { found } => write!(
                f,
                "{} is no regularizer: write null, an identifier such as \"l2\", or an object with class_name and config",
                visible(found, SHOWN)
            ),
            Self::NoClass => f.write_str(
                "an object without \"class_name\" is not a regularizer: write {\"class_name\": \"L2\", \"config\": {\"l2\": 0.01}}",
            ),
            Self::NoConfig { class, edition } => {
                let class = visible(class, SHOWN);
                write!(f, "{class} has no \"config\", which {edition} needs")
            }
            Self::Unknown { name, edition } => {
                let unknown = edition.unknown(name);
                match unknown.has_hint() {
                    true => unknown.fmt(f),
                    false if name.contains('(') => write!(
                        f,
                        "\"{}\" is not a name of {edition}: `parse` reads that notation, as in `\"l2(0.01)\".parse::<AnyRegularizer>()`",
                        visible(name, SHOWN)
                    ),
                    false => write!(
                        f,
                        "\"{}\" is not a regularizer of {edition}: if it is a class or function of your own, write it as a \
                         type that implements `Regularizer`",
                        visible(name, SHOWN)
                    ),
                }
            }
            Self::Own { name, edition } => write!(
                f,
                "\"{}\" is a class or function of your own, and not one of {edition}: write it as a type that implements \
                 `Regularizer`",
                visible(name, SHOWN)
            ),
            Self::Argument {
                class,
                name,
                names,
                edition,
            } => {
                let [class, name] = [class, name].map(|text| visible(text, SHOWN));
                write!(f, "{class} has no argument \"{name}\" in {edition}: write ")?;
                for (index, name) in names.iter().enumerate() {
                    let or = if index > 0 { " or " } else { "" };
                    write!(f, "{or}\"{name}\"")?;
                }
                Ok(())
            }
            Self::Factor { name, found } => {
                let found = visible(found, SHOWN);
                write!(f, "the factor {name} is {found}: a factor is a number")
            }
            Self::Mode { found } => {
                let found = visible(found, SHOWN);
                write!(f, "the mode is {found}: write \"rows\" or \"columns\"")
            }
            Self::Call(error) => error.fmt(f),
        }
    }
}

impl core::error::Error for ConfigError {}
