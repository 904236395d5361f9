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

/// An argument in a config.
pub(crate) enum Argument {
    Factor(f64),
    Mode(Mode),
}

impl AnyRegularizer {
    /// Returns the class that the edition writes, and its arguments by name. The factors are those that it keeps.
    pub(crate) fn config(&self) -> (&'static str, [Option<(&'static str, Argument)>; 2]) {
        let edition = self.edition();
        let both = |l1, l2| {
            let [l1, l2] = [("l1", l1), ("l2", l2)];
            (
                "L1L2",
                [l1, l2].map(|(name, factor)| Some((name, Argument::Factor(factor)))),
            )
        };
        let has_l1_and_l2 = edition.rules().has_l1_and_l2;
        match *self {
            Self::L1(regularizer) => match edition.of_l1(regularizer.l1()) {
                l1 if has_l1_and_l2 => ("L1", [Some(("l1", Argument::Factor(l1))), None]),
                l1 => both(l1, 0.0),
            },
            Self::L2(regularizer) => match edition.of_l2(regularizer.l2()) {
                l2 if has_l1_and_l2 => ("L2", [Some(("l2", Argument::Factor(l2))), None]),
                l2 => both(0.0, l2),
            },
            Self::L1L2(regularizer) => {
                let [l1, l2] = [regularizer.l1(), regularizer.l2()];
                both(edition.of_l2(l1), edition.of_l2(l2))
            }
            Self::Orthogonal(regularizer) => {
                let factor = Argument::Factor(regularizer.kept());
                let mode = Argument::Mode(regularizer.mode());
                let arguments = [Some(("factor", factor)), Some(("mode", mode))];
                ("OrthogonalRegularizer", arguments)
            }
        }
    }
}

impl Mode {
    /// Returns the text that Keras has for it.
    pub(crate) const fn name(self) -> &'static str {
        match self {
            Self::Rows => "rows",
            Self::Columns => "columns",
        }
    }
}

impl fmt::Display for Json {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let form = self.0.edition().rules().config;
        let (class, arguments) = self.0.config();
        f.write_str(match form {
            ConfigForm::Module => "{\"module\": \"keras.regularizers\", ",
            ConfigForm::ClassName => "{",
        })?;
        write!(f, "\"class_name\": \"{class}\", \"config\": {{")?;
        for (index, (name, argument)) in arguments.iter().flatten().enumerate() {
            let comma = if index > 0 { ", " } else { "" };
            match argument {
                Argument::Factor(factor) => write!(f, "{comma}\"{name}\": {}", Python(*factor)),
                Argument::Mode(mode) => write!(f, "{comma}\"{name}\": \"{}\"", mode.name()),
            }?;
        }
        f.write_str(match form {
            ConfigForm::Module => "}, \"registered_name\": null}",
            ConfigForm::ClassName => "}}",
        })
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
