//! A regularizer to Keras' JSON.

use crate::edition::ConfigForm;
use crate::{AnyRegularizer, Mode};
use core::fmt;

impl AnyRegularizer {
    /// The text that Keras writes: `json.dumps(keras.regularizers.serialize(regularizer))`.
    ///
    /// The factors are those that the edition keeps, in Python's shortest digits. NaN and infinities, which old
    /// editions accept, are `NaN` and `Infinity`, which Python writes and JSON does not have.
    ///
    /// ```
    /// use regularize_core::{AnyRegularizer, Edition, l1, l2};
    ///
    /// let json = |regularizer: AnyRegularizer| regularizer.to_json().to_string();
    /// assert_eq!(
    ///     json(l2(1e-5).into()),
    ///     r#"{"module": "keras.regularizers", "class_name": "L2", "config": {"l2": 1e-05}, "registered_name": null}"#,
    /// );
    /// assert_eq!(
    ///     json(Edition::KERAS_2_2.l2(0.01).into()),
    ///     r#"{"class_name": "L1L2", "config": {"l1": 0.0, "l2": 0.009999999776482582}}"#,
    /// );
    /// ```
    #[must_use]
    pub const fn to_json(&self) -> impl fmt::Display + use<> {
        Json(*self)
    }
}

struct Json(AnyRegularizer);

impl fmt::Display for Json {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let edition = self.0.edition();
        let rules = edition.rules();
        let [l1, l2] = match self.0 {
            AnyRegularizer::L1(regularizer) => [edition.of_l1(regularizer.l1()), 0.0],
            AnyRegularizer::L2(regularizer) => [0.0, edition.of_l2(regularizer.l2())],
            AnyRegularizer::L1L2(regularizer) => {
                [regularizer.l1(), regularizer.l2()].map(|factor| edition.of_l2(factor))
            }
            AnyRegularizer::Orthogonal(regularizer) => [edition.of_l1(regularizer.factor()), 0.0],
        };
        let (l1, l2) = (Python(l1), Python(l2));
        if let ConfigForm::Module = rules.config {
            f.write_str("{\"module\": \"keras.regularizers\", ")?;
        } else {
            f.write_str("{")?;
        }
        match self.0 {
            AnyRegularizer::L1(_) if rules.has_l1_and_l2 => {
                write!(f, "\"class_name\": \"L1\", \"config\": {{\"l1\": {l1}}}")?;
            }
            AnyRegularizer::L2(_) if rules.has_l1_and_l2 => {
                write!(f, "\"class_name\": \"L2\", \"config\": {{\"l2\": {l2}}}")?;
            }
            AnyRegularizer::L1(_) | AnyRegularizer::L2(_) | AnyRegularizer::L1L2(_) => {
                let config = format_args!("{{\"l1\": {l1}, \"l2\": {l2}}}");
                write!(f, "\"class_name\": \"L1L2\", \"config\": {config}")?;
            }
            AnyRegularizer::Orthogonal(regularizer) => {
                let mode = match regularizer.mode() {
                    Mode::Rows => "rows",
                    Mode::Columns => "columns",
                };
                let config = format_args!("{{\"factor\": {l1}, \"mode\": \"{mode}\"}}");
                write!(
                    f,
                    "\"class_name\": \"OrthogonalRegularizer\", \"config\": {config}"
                )?;
            }
        }
        match rules.config {
            ConfigForm::Module => f.write_str(", \"registered_name\": null}"),
            ConfigForm::ClassName => f.write_str("}"),
        }
    }
}

/// A double in the digits of Python's `repr`.
struct Python(f64);

impl fmt::Display for Python {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let x = self.0;
        if x.is_nan() {
            return f.write_str("NaN");
        }
        if x.is_infinite() {
            return f.write_str(if x > 0.0 { "Infinity" } else { "-Infinity" });
        }
        // Rust writes the shortest digits too, and an exponent where Python does: below 10⁻⁴ and from 10¹⁶.
        let digits = &mut Digits {
            x,
            exponent: false,
            f,
        };
        fmt::write(digits, format_args!("{x:?}"))
    }
}

/// Puts the sign and the two digits that Python has into an exponent.
struct Digits<'f, 'g> {
    x: f64,
    exponent: bool,
    f: &'f mut fmt::Formatter<'g>,
}

impl fmt::Write for Digits<'_, '_> {
    fn write_str(&mut self, text: &str) -> fmt::Result {
        for letter in text.chars() {
            self.f.write_char(letter)?;
            match letter {
                'e' if self.x.abs() > 1.0 => self.f.write_char('+')?,
                '-' if self.exponent && self.x.abs() >= 1e-9 => self.f.write_char('0')?,
                _ => {}
            }
            self.exponent |= letter == 'e';
        }
        Ok(())
    }
}
