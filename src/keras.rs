//! The regularizers of a model that Keras saved.

#[cfg(feature = "keras-file")]
mod file;

use regularize_core::{AnyRegularizer, ConfigError, Edition, SHOWN, visible};
use serde_json::{Map, Value};
use std::fmt;
#[cfg(feature = "keras-file")]
use std::io::{Read, Seek};
use std::iter;
use std::sync::Arc;

/// Every regularizer of a model that Keras saved, by layer and role, in the order of the file.
///
/// Its table shortens names of over 120 characters and escapes what would steer a terminal; the methods of
/// [`KerasEntry`] have the names as they are.
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
/// # Ok::<(), regularize::errors::KerasFileError>(())
/// ```
#[derive(Clone, Debug, PartialEq)]
pub struct KerasModel {
    edition: Edition,
    entries: Vec<KerasEntry>,
}

/// One regularizer of a [`KerasModel`].
#[derive(Clone, Debug, PartialEq)]
pub struct KerasEntry {
    layer: Option<Arc<Layer>>,
    role: String,
    config: String,
    regularizer: Result<AnyRegularizer, ConfigError>,
    has_weight: bool,
}

/// A layer's name, and the layer around it.
///
/// Entries and layers share what is around them, so that all of them together are not longer than the file, however
/// long its names and deep its layers are.
#[derive(PartialEq, Eq)]
struct Layer {
    around: Option<Arc<Self>>,
    name: String,
    /// The number of characters of the path.
    length: usize,
}

impl KerasModel {
    /// The regularizers of what `model.to_json()` returns, or of the `config.json` of a `.keras` file.
    ///
    /// # Errors
    ///
    /// A text that is not the JSON of a model, and one whose `keras_version` is missing, as Keras 3's `to_json` leaves
    /// it out, or of a release without an [`Edition`]: [`from_json_in`](Self::from_json_in) names it. A regularizer that
    /// the edition does not know, such as a class of the user's own, is not an error but an entry without a regularizer.
    ///
    /// ```
    /// # use regularize::KerasModel;
    /// let error = KerasModel::from_json(r#"{"class_name": "Sequential", "config": {}}"#).unwrap_err();
    /// assert_eq!(
    ///     error.to_string(),
    ///     "the model names no keras_version: name its edition, with `KerasModel::from_json_in` or `from_keras_in`; by the \
    ///      form of the file it is keras-2.2, tf-2.0, tf-2.3, tf-2.4 or tf-2.10",
    /// );
    /// ```
    pub fn from_json(text: &str) -> Result<Self, KerasFileError> {
        let model = model(text)?;
        let edition = edition(model.get("keras_version"), &model)?;
        Ok(Self::new(&model, edition))
    }

    /// The regularizers of a model's JSON, written by a Keras of the edition.
    ///
    /// # Errors
    ///
    /// A text that is not the JSON of a model.
    ///
    /// ```
    /// # use regularize::{Edition, KerasModel};
    /// let json = r#"{"class_name": "Dense", "config": {"name": "fc", "kernel_regularizer": "l2"}}"#;
    /// let model = KerasModel::from_json_in(Edition::TF_2_10, json)?;
    /// assert_eq!(model.entries()[0].regularizer().as_ref().unwrap().to_string(), "l2(0.01)");
    /// # Ok::<(), regularize::errors::KerasFileError>(())
    /// ```
    pub fn from_json_in(edition: Edition, text: &str) -> Result<Self, KerasFileError> {
        Ok(Self::new(&model(text)?, edition))
    }

    /// The regularizers of a `.keras` file.
    ///
    /// # Errors
    ///
    /// What [`from_json`](Self::from_json) rejects, and a file that is not an archive with a `config.json`: the error says
    /// what the file is instead, if it is known. [`from_keras_in`](Self::from_keras_in) names the edition.
    ///
    /// Of `config.json` and of `metadata.json` at most [`MOST_UNPACKED`](Self::MOST_UNPACKED) bytes are unpacked.
    ///
    /// ```
    /// # use regularize::KerasModel;
    /// let file = std::fs::File::open("tests/data/keras-3.15.keras")?;
    /// assert!(!KerasModel::from_keras(file)?.entries().is_empty());
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    #[cfg(feature = "keras-file")]
    pub fn from_keras<F: Read + Seek>(file: F) -> Result<Self, KerasFileError> {
        let mut archive = file::Archive::open(file)?;
        let model = model(&archive.text(file::CONFIG)?)?;
        // Without it there is no version.
        let metadata = match archive.has(file::METADATA) {
            true => parsed(&archive.text(file::METADATA)?)?,
            false => Value::Null,
        };
        let edition = edition(metadata.get("keras_version"), &model)?;
        Ok(Self::new(&model, edition))
    }

    /// The regularizers of a `.keras` file, written by a Keras of the edition.
    ///
    /// # Errors
    ///
    /// A file that is not an archive with the `config.json` of a model.
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
        let text = file::Archive::open(file)?.text(file::CONFIG)?;
        Ok(Self::new(&model(&text)?, edition))
    }

    /// The number of bytes that are unpacked of a file's `config.json`, and of its `metadata.json`: 8 MB.
    ///
    /// A layer takes 1 to 3 kB of it, so that there is room for thousands of layers. Parsed, the worst text takes 65 times
    /// its length: an archive of a few kilobytes takes half a gigabyte at most.
    #[cfg(feature = "keras-file")]
    pub const MOST_UNPACKED: u64 = 8_000_000;

    fn new(model: &Value, edition: Edition) -> Self {
        let mut entries = Vec::new();
        if let Some(config) = model.get("config") {
            // The model's own name is in no path, as in the paths of Keras' variables.
            let layer = match config.get("layers") {
                Some(_) => None,
                None => Layer::within(&None, config),
            };
            let mut walk = Walk {
                edition,
                entries: &mut entries,
            };
            walk.layer(model, config, &layer);
        }
        Self { edition, entries }
    }

    /// The edition of the Keras that wrote it.
    ///
    /// ```
    /// # use regularize::{Edition, KerasModel};
    /// let json = r#"{"class_name": "Sequential", "config": {}, "keras_version": "2.15.0"}"#;
    /// let model = KerasModel::from_json(json)?;
    /// assert_eq!(model.edition(), Edition::TF_2_10);
    /// # Ok::<(), regularize::errors::KerasFileError>(())
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
    ///
    /// It is put together by each call, as the entries of a model share the names.
    #[must_use]
    pub fn layer(&self) -> String {
        let names: Vec<&str> = names(self.layer.as_deref()).collect();
        names.join("/")
    }

    /// Returns the name of what is regularized: `kernel`, `bias`, `activity`, and whatever else the layer has.
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

    /// Returns whether the layer has the weight that is regularized; an activity is always there.
    ///
    /// A `Dense` of `use_bias=False` keeps its `bias_regularizer`, which then regularizes nothing. The same is true of
    /// `bias_axes=None` of an `EinsumDense`, and of `center=False` and `scale=False` of a normalization. Whether the layer
    /// is frozen is not looked at.
    ///
    /// ```
    /// # use regularize::{Edition, KerasModel};
    /// let json = r#"{"class_name": "Dense", "config": {"name": "fc", "use_bias": false, "bias_regularizer": "l2"}}"#;
    /// let model = KerasModel::from_json_in(Edition::TF_2_10, json)?;
    /// assert!(!model.entries()[0].has_weight());
    /// assert!(model.to_string().ends_with("fc     bias  l2(0.01), does not count: the layer has no bias"));
    /// # Ok::<(), regularize::errors::KerasFileError>(())
    /// ```
    #[must_use]
    pub const fn has_weight(&self) -> bool {
        self.has_weight
    }
}

impl Layer {
    /// The layer of a configuration within others; those alone if it has no name.
    fn within(around: &Option<Arc<Self>>, config: &Value) -> Option<Arc<Self>> {
        let Some(name) = config.get("name").and_then(Value::as_str) else {
            return around.clone();
        };
        let before = around.as_ref().map_or(0, |around| around.length + 1);
        Some(Arc::new(Self {
            around: around.clone(),
            name: name.into(),
            length: before + name.chars().count(),
        }))
    }
}

/// The names of a layer and of those around it, from the outermost on.
fn names(layer: Option<&Layer>) -> impl Iterator<Item = &str> {
    let layers = iter::successors(layer, |layer| layer.around.as_deref());
    let names: Vec<&str> = layers.map(|layer| &*layer.name).collect();
    names.into_iter().rev()
}

/// The path of a layer as it is shown, of which no more is put together.
fn shown(layer: Option<&Layer>) -> String {
    let mut path = String::new();
    let mut length = 0;
    for (index, name) in names(layer).enumerate() {
        let slash = if index > 0 { "/" } else { "" };
        let most = SHOWN.saturating_sub(length);
        let before = path.len();
        path.extend(slash.chars().chain(name.chars()).take(most));
        length += path[before..].chars().count();
    }
    let whole = layer.map_or(0, |layer| layer.length);
    visible(&path, SHOWN)
        .followed_by(whole - length)
        .to_string()
}

impl fmt::Debug for Layer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&shown(Some(self)))
    }
}

/// Through the layers of a model.
struct Walk<'e> {
    edition: Edition,
    entries: &'e mut Vec<KerasEntry>,
}

impl Walk<'_> {
    /// An object with a class and a configuration: its regularizers, and what is in it.
    fn layer(&mut self, object: &Value, config: &Value, layer: &Option<Arc<Layer>>) {
        let Value::Object(config) = config else {
            // The layers of a Sequential before Keras 2.2.3.
            self.inside(config, layer);
            return;
        };
        for (key, value) in config {
            match key.strip_suffix("_regularizer") {
                Some(role) => self.entry(layer, role, value, has_weight(config, role)),
                None => self.inside(value, layer),
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
            let l1_l2 = Value::Object(Map::from_iter(l1_l2));
            self.entry(layer, "activity", &l1_l2, true);
        }
    }

    /// The layers in a value.
    fn inside(&mut self, value: &Value, layer: &Option<Arc<Layer>>) {
        match value {
            Value::Array(values) => values.iter().for_each(|value| self.inside(value, layer)),
            Value::Object(object) => match (object.get("class_name"), object.get("config")) {
                (Some(Value::String(_)), Some(config)) => {
                    self.layer(value, config, &Layer::within(layer, config));
                }
                _ => object.values().for_each(|value| self.inside(value, layer)),
            },
            _ => {}
        }
    }

    fn entry(&mut self, layer: &Option<Arc<Layer>>, role: &str, value: &Value, has_weight: bool) {
        let regularizer = match self.edition.from_value(value) {
            Ok(None) => return,
            Ok(Some(regularizer)) => Ok(regularizer),
            Err(error) => Err(error),
        };
        self.entries.push(KerasEntry {
            layer: layer.clone(),
            role: role.into(),
            config: value.to_string(),
            regularizer,
            has_weight,
        });
    }
}

/// Returns whether a layer of a configuration has the weight of a role, which an argument may leave out.
fn has_weight(config: &Map<String, Value>, role: &str) -> bool {
    let is = |key: &str, value: bool| config.get(key) == Some(&Value::Bool(value));
    match role {
        "bias" => !is("use_bias", false) && config.get("bias_axes") != Some(&Value::Null),
        "beta" => !is("center", false) && !is("rms_scaling", true),
        "gamma" => !is("scale", false) || is("rms_scaling", true),
        _ => true,
    }
}

fn parsed(text: &str) -> Result<Value, KerasFileError> {
    serde_json::from_str(text).map_err(|error| KerasFileError::Json(error.to_string()))
}

/// A JSON that has what every model and layer has.
fn model(text: &str) -> Result<Value, KerasFileError> {
    let model = parsed(text)?;
    let is_model = matches!(
        (model.get("class_name"), model.get("config")),
        (
            Some(Value::String(_)),
            Some(Value::Object(_) | Value::Array(_))
        )
    );
    match is_model {
        true => Ok(model),
        false => Err(KerasFileError::Model),
    }
}

fn edition(version: Option<&Value>, model: &Value) -> Result<Edition, KerasFileError> {
    let found = version.and_then(Value::as_str);
    found.and_then(Edition::of_version).ok_or_else(|| {
        // With the modules of the classes tf.keras 2.12 and later write `.keras` files, and Keras 3 all.
        let (without, with) = (&Edition::ALL[..5], &Edition::ALL[4..]);
        KerasFileError::Version {
            found: found.map(Into::into),
            possible: if model.get("module").is_some() {
                with
            } else {
                without
            },
        }
    })
}

/// One regularizer a line.
impl fmt::Display for KerasModel {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let cells = |entry: &KerasEntry| {
            let role = visible(&entry.role, SHOWN).to_string();
            [shown(entry.layer.as_deref()), role]
        };
        let rows: Vec<[String; 2]> = self.entries.iter().map(cells).collect();
        let width = |column: usize, title: &str| {
            let cells = rows.iter().map(|row| row[column].chars().count());
            cells.chain([title.len()]).max().unwrap_or(0)
        };
        let (a, b) = (width(0, "layer"), width(1, "role"));
        write!(
            f,
            "{:a$}  {:b$}  regularizer ({})",
            "layer", "role", self.edition
        )?;
        for ([layer, role], entry) in rows.iter().zip(&self.entries) {
            write!(f, "\n{layer:a$}  {role:b$}  ")?;
            match &entry.regularizer {
                Ok(regularizer) => write!(f, "{regularizer}")?,
                Err(error) => write!(f, "unknown: {error}")?,
            }
            if !entry.has_weight {
                write!(f, ", does not count: the layer has no {role}")?;
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
    /// A JSON without the `class_name` and the `config` of a model.
    Model,
    /// Not an archive, or one without a file that Keras writes. The text says what it is, and what to do.
    Archive(String),
    /// An HDF5 file, as `model.save("model.h5")` and `save_weights` write it.
    Hdf5,
    /// A file of the archive that unpacks to more than is read.
    TooLong {
        /// Its name.
        name: &'static str,
        /// The number of bytes that are read.
        most: u64,
    },
    /// No `keras_version`, or one that no edition stands for.
    Version {
        /// The version.
        found: Option<String>,
        /// The editions that write a file of this form.
        possible: &'static [Edition],
    },
}

impl fmt::Display for KerasFileError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Json(message) => {
                write!(f, "the model is not JSON: {}", visible(message, SHOWN))
            }
            Self::Model => f.write_str(
                "the JSON is not a model: it has no \"class_name\" with a \"config\", as what `model.to_json()` returns has",
            ),
            Self::Archive(message) => write!(f, "not a .keras file: {message}"),
            Self::Hdf5 => f.write_str(
                "not a .keras file: it is an HDF5 file, which is not read here: load it in Python with the Keras that wrote it, \
                 and call `model.save(\"model.keras\")`, or write what `model.to_json()` returns to a file; weights alone, as \
                 `save_weights` writes them, have no regularizers",
            ),
            Self::TooLong { name, most } => write!(
                f,
                "{name} unpacks to more than {} MB, more than is read of an archive: if it is a model, unpack it, and read it \
                 with `KerasModel::from_json_in`",
                most / 1_000_000
            ),
            Self::Version { found, possible } => {
                match found {
                    Some(version) => {
                        let version = visible(version, SHOWN);
                        write!(f, "Keras {version} has no edition here: name one that regularizes as it does")?;
                    }
                    None => f.write_str("the model names no keras_version: name its edition")?,
                }
                f.write_str(", with `KerasModel::from_json_in` or `from_keras_in`; by the form of the file it is ")?;
                for (index, edition) in possible.iter().enumerate() {
                    let before = match index {
                        0 => "",
                        _ if index + 1 < possible.len() => ", ",
                        _ => " or ",
                    };
                    write!(f, "{before}{edition}")?;
                }
                Ok(())
            }
        }
    }
}

impl std::error::Error for KerasFileError {}
