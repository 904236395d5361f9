//! The regularizers of a model that Keras saved.

use crate::{AnyRegularizer, ConfigError, Edition};
use serde_json::{Map, Value};
use std::fmt;
#[cfg(feature = "keras-file")]
use std::io::{Read, Seek};

/// Every regularizer of a model that Keras saved, by layer and role, in the order of the file.
///
/// ```
/// use regularize::{KerasModel, l2};
///
/// let json = r#"{"class_name": "Sequential", "keras_version": "3.13.2", "config": {"name": "mnist", "layers": [
///     {"class_name": "Dense", "config": {
///         "name": "fc1", "units": 10, "bias_regularizer": null, "kernel_regularizer":
///             {"module": "keras.regularizers", "class_name": "L2", "config": {"l2": 0.01}, "registered_name": null}}}
/// ]}}"#;
/// let model = KerasModel::from_json(json)?;
/// assert_eq!(
///     model.to_string(),
///     "\
/// layer  role    regularizer (keras-3.0)
/// fc1    kernel  l2(0.01)",
/// );
/// # Ok::<(), regularize::KerasFileError>(())
/// ```
#[derive(Clone, Debug, PartialEq)]
pub struct KerasModel {
    edition: Edition,
    entries: Vec<KerasEntry>,
}

/// One regularizer of a [`KerasModel`].
#[derive(Clone, Debug, PartialEq)]
pub struct KerasEntry {
    layer: String,
    role: String,
    config: String,
    regularizer: Result<AnyRegularizer, ConfigError>,
}

impl KerasModel {
    /// The regularizers of what `model.to_json()` returns, or of the `config.json` of a `.keras` file.
    ///
    /// # Errors
    ///
    /// A text that is not JSON, and one whose `keras_version` is missing or of a release without an [`Edition`]:
    /// [`from_json_in`](Self::from_json_in) names it. A regularizer that the edition does not know, a class of one's
    /// own among them, is no error but an entry without a regularizer.
    ///
    /// ```
    /// # use regularize::KerasModel;
    /// let error = KerasModel::from_json("{}").unwrap_err();
    /// assert_eq!(error.to_string(), "the file names no keras_version: say which edition it is");
    /// ```
    pub fn from_json(text: &str) -> Result<Self, KerasFileError> {
        let model: Value = parsed(text)?;
        let edition = edition(model.get("keras_version"))?;
        Ok(Self::new(&model, edition))
    }

    /// The regularizers of a model's JSON, written by a Keras of the edition.
    ///
    /// # Errors
    ///
    /// A text that is not JSON.
    ///
    /// ```
    /// # use regularize::{Edition, KerasModel};
    /// let json = r#"{"class_name": "Dense", "config": {"name": "fc", "kernel_regularizer": "l2"}}"#;
    /// let model = KerasModel::from_json_in(Edition::TF_2_10, json)?;
    /// assert_eq!(model.entries()[0].regularizer().as_ref().unwrap().to_string(), "l2(0.01)");
    /// # Ok::<(), regularize::KerasFileError>(())
    /// ```
    pub fn from_json_in(edition: Edition, text: &str) -> Result<Self, KerasFileError> {
        Ok(Self::new(&parsed(text)?, edition))
    }

    /// The regularizers of a `.keras` file.
    ///
    /// # Errors
    ///
    /// What [`from_json`](Self::from_json) rejects, and a file that is no archive with a `config.json` and a
    /// `metadata.json`. [`from_keras_in`](Self::from_keras_in) names the edition.
    ///
    /// ```
    /// # use regularize::KerasModel;
    /// let file = std::fs::File::open("tests/data/keras-3.15.keras")?;
    /// assert!(!KerasModel::from_keras(file)?.entries().is_empty());
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    #[cfg(feature = "keras-file")]
    pub fn from_keras<F: Read + Seek>(mut file: F) -> Result<Self, KerasFileError> {
        let metadata = from_archive(&mut file, "metadata.json")?;
        Self::from_keras_in(edition(metadata.get("keras_version"))?, file)
    }

    /// The regularizers of a `.keras` file, written by a Keras of the edition.
    ///
    /// # Errors
    ///
    /// A file that is no archive with a `config.json`.
    ///
    /// ```
    /// # use regularize::{Edition, KerasModel};
    /// let file = std::fs::File::open("tests/data/keras-3.15.keras")?;
    /// let model = KerasModel::from_keras_in(Edition::LATEST, file)?;
    /// assert_eq!(model.edition(), Edition::LATEST);
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    #[cfg(feature = "keras-file")]
    pub fn from_keras_in<F: Read + Seek>(
        edition: Edition,
        file: F,
    ) -> Result<Self, KerasFileError> {
        Ok(Self::new(&from_archive(file, "config.json")?, edition))
    }

    fn new(model: &Value, edition: Edition) -> Self {
        let mut entries = Vec::new();
        if let Some(config) = model.get("config") {
            // The model's own name is in no path, as in the paths of Keras' variables.
            let name = config.get("layers").is_none().then(|| name_of(config));
            let mut walk = Walk {
                edition,
                entries: &mut entries,
            };
            walk.layer(model, config, name.flatten().unwrap_or_default());
        }
        Self { edition, entries }
    }

    /// The edition of the Keras that wrote it.
    ///
    /// ```
    /// # use regularize::{Edition, KerasModel};
    /// let model = KerasModel::from_json(r#"{"keras_version": "2.15.0"}"#)?;
    /// assert_eq!(model.edition(), Edition::TF_2_10);
    /// # Ok::<(), regularize::KerasFileError>(())
    /// ```
    #[must_use]
    pub const fn edition(&self) -> Edition {
        self.edition
    }

    /// The regularizers, in the order of the file.
    #[must_use]
    pub fn entries(&self) -> &[KerasEntry] {
        &self.entries
    }
}

impl KerasEntry {
    /// The names of the layer and of those around it, without the model's: `encoder/fc1`.
    #[must_use]
    pub fn layer(&self) -> &str {
        &self.layer
    }

    /// What is regularized: `kernel`, `bias`, `activity`, and whatever else the layer has.
    #[must_use]
    pub fn role(&self) -> &str {
        &self.role
    }

    /// The JSON of the regularizer.
    #[must_use]
    pub fn config(&self) -> &str {
        &self.config
    }

    /// The regularizer.
    ///
    /// # Errors
    ///
    /// Why it is none of the edition's, as one of the user's own classes is not.
    pub const fn regularizer(&self) -> &Result<AnyRegularizer, ConfigError> {
        &self.regularizer
    }
}

/// Through the layers of a model.
struct Walk<'e> {
    edition: Edition,
    entries: &'e mut Vec<KerasEntry>,
}

impl Walk<'_> {
    /// An object with a class and a configuration: its regularizers, and what is in it.
    fn layer(&mut self, object: &Value, config: &Value, path: String) {
        let Value::Object(config) = config else {
            // The layers of a Sequential before Keras 2.2.3.
            self.inside(config, &path);
            return;
        };
        for (key, value) in config {
            match key.strip_suffix("_regularizer") {
                Some(role) => self.entry(&path, role, value),
                None => self.inside(value, &path),
            }
        }
        let class = object.get("class_name").and_then(Value::as_str);
        if class == Some("ActivityRegularization") && !config.contains_key("activity_regularizer") {
            let factor = |name| (name, config.get(name).cloned().unwrap_or_default());
            let factors = [factor("l1"), factor("l2")].map(|(name, value)| (name.into(), value));
            let l1_l2 = [
                ("class_name".into(), Value::from("L1L2")),
                ("config".into(), Value::Object(Map::from_iter(factors))),
            ];
            self.entry(&path, "activity", &Value::Object(Map::from_iter(l1_l2)));
        }
    }

    /// The layers in a value.
    fn inside(&mut self, value: &Value, path: &str) {
        match value {
            Value::Array(values) => values.iter().for_each(|value| self.inside(value, path)),
            Value::Object(object) => match (object.get("class_name"), object.get("config")) {
                (Some(Value::String(_)), Some(config)) => {
                    let slash = if path.is_empty() { "" } else { "/" };
                    let path = match name_of(config) {
                        Some(name) => format!("{path}{slash}{name}"),
                        None => path.into(),
                    };
                    self.layer(value, config, path);
                }
                _ => object.values().for_each(|value| self.inside(value, path)),
            },
            _ => {}
        }
    }

    fn entry(&mut self, path: &str, role: &str, value: &Value) {
        let regularizer = match self.edition.from_value(value) {
            Ok(None) => return,
            Ok(Some(regularizer)) => Ok(regularizer),
            Err(error) => Err(error),
        };
        self.entries.push(KerasEntry {
            layer: path.into(),
            role: role.into(),
            config: value.to_string(),
            regularizer,
        });
    }
}

fn name_of(config: &Value) -> Option<String> {
    config.get("name")?.as_str().map(Into::into)
}

fn parsed(text: &str) -> Result<Value, KerasFileError> {
    serde_json::from_str(text).map_err(|error| KerasFileError::Json(error.to_string()))
}

fn edition(version: Option<&Value>) -> Result<Edition, KerasFileError> {
    let version = version.and_then(Value::as_str);
    version
        .and_then(Edition::of_version)
        .ok_or_else(|| KerasFileError::Version(version.map(Into::into)))
}

/// A JSON in an archive.
#[cfg(feature = "keras-file")]
fn from_archive<F: Read + Seek>(file: F, name: &str) -> Result<Value, KerasFileError> {
    let mut archive = zip::ZipArchive::new(file).map_err(archive_error)?;
    let mut text = String::new();
    let mut file = archive.by_name(name).map_err(archive_error)?;
    file.read_to_string(&mut text)
        .map_err(|error| KerasFileError::Archive(error.to_string()))?;
    parsed(&text)
}

#[cfg(feature = "keras-file")]
fn archive_error(error: zip::result::ZipError) -> KerasFileError {
    KerasFileError::Archive(error.to_string())
}

/// One regularizer a line.
impl fmt::Display for KerasModel {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let width = |title: &str, cell: fn(&KerasEntry) -> &str| {
            let cells = self.entries.iter().map(|entry| cell(entry).chars().count());
            cells.chain([title.len()]).max().unwrap_or(0)
        };
        let (a, b) = (
            width("layer", KerasEntry::layer),
            width("role", KerasEntry::role),
        );
        write!(
            f,
            "{:a$}  {:b$}  regularizer ({})",
            "layer", "role", self.edition
        )?;
        for entry in &self.entries {
            write!(f, "\n{:a$}  {:b$}  ", entry.layer, entry.role)?;
            match &entry.regularizer {
                Ok(regularizer) => write!(f, "{regularizer}")?,
                Err(error) => write!(f, "unknown: {error}")?,
            }
        }
        Ok(())
    }
}

/// A file of which no regularizers can be listed.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum KerasFileError {
    /// A text that is not JSON.
    Json(String),
    /// No archive, or one without a file that Keras writes.
    Archive(String),
    /// No `keras_version`, or one that no edition stands for.
    Version(Option<String>),
}

impl fmt::Display for KerasFileError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Json(message) => write!(f, "the model is not JSON: {message}"),
            Self::Archive(message) => write!(f, "not a .keras file: {message}"),
            Self::Version(Some(version)) => write!(
                f,
                "Keras {version} has no edition here: say which one it is, as the newest, {}",
                Edition::LATEST
            ),
            Self::Version(None) => {
                f.write_str("the file names no keras_version: say which edition it is")
            }
        }
    }
}

impl std::error::Error for KerasFileError {}
