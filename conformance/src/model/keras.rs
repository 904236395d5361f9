//! What Keras keeps of a factor, reads of an identifier and writes into a config.

use super::Model;
use crate::mistake::Mistake;
use crate::wire::{Class, Kind, Reg};
use regularize_core::Mode;
use regularize_core::edition::{Accepts, Class as Named, ConfigForm, Keyword, NoneFactor, Rounds};
use serde_json::{Map, Value, json};

/// A regularizer as an edition keeps it.
#[derive(Clone, Copy, Debug)]
pub(super) struct Kept {
    /// The class and the factors, which may be rounded.
    pub(super) reg: Reg,
    /// The same with the factors as they were given.
    given: Reg,
}

impl Model {
    /// What the edition makes of a regularizer, if it can.
    pub(super) fn make(&self, reg: &Reg) -> Result<Kept, Kind> {
        self.check(reg)?;
        let rules = self.edition.rules();
        let reg = match *reg {
            Reg::L1L2(l1, l2) if self.makes(Mistake::SwapsFactors) => Reg::L1L2(l2, l1),
            reg => reg,
        };
        let has_classes = rules.has_l1_and_l2;
        let in_class = |reg: Reg| match reg {
            Reg::L1(l1) if !has_classes => Reg::L1L2(l1, 0.0),
            Reg::L2(l2) if !has_classes => Reg::L1L2(0.0, l2),
            reg => reg,
        };
        Ok(Kept {
            reg: in_class(map(reg, |factor| self.kept(reg.class(), factor))),
            given: in_class(reg),
        })
    }

    fn check(&self, reg: &Reg) -> Result<(), Kind> {
        let (first, second) = match *reg {
            Reg::L1(factor) | Reg::L2(factor) => (factor, None),
            Reg::L1L2(l1, l2) => (l1, Some(l2)),
            Reg::Orthogonal(factor, _) => {
                let has_class = self.edition.rules().norm_floor.is_some();
                if !(has_class || self.makes(Mistake::KnowsOrthogonal))
                    || self.makes(Mistake::LacksOrthogonal)
                {
                    return Err(Kind::UnknownName);
                }
                (factor, None)
            }
        };
        let second = second.filter(|_| !self.makes(Mistake::ChecksFirstOnly));
        let mut factors = [Some(first), second].into_iter().flatten();
        match factors.all(|factor| self.accepts(factor)) {
            true => Ok(()),
            false => Err(Kind::InvalidFactor),
        }
    }

    fn accepts(&self, factor: f64) -> bool {
        let accepts = self.edition.rules().accepts;
        let is_not_negative = accepts == Accepts::FiniteNotNegative;
        match self.mistake {
            Some(Mistake::ChecksNothing) => return true,
            Some(Mistake::RejectsZero) if factor == 0.0 => return false,
            Some(Mistake::RejectsMinusZero) if factor == 0.0 => return factor.is_sign_positive(),
            Some(Mistake::ChecksSignOnly) if is_not_negative => {
                return factor >= 0.0 || factor.is_nan();
            }
            Some(Mistake::AcceptsNan) if factor.is_nan() => return true,
            Some(Mistake::AcceptsInfinite) if factor == f64::INFINITY => return true,
            Some(Mistake::AcceptsNegative) if factor < 0.0 => return factor.is_finite(),
            Some(Mistake::RejectsNegative) if factor < 0.0 => return false,
            Some(Mistake::RejectsNotFinite) if !factor.is_finite() => return false,
            _ => {}
        }
        match accepts {
            Accepts::Everything => true,
            Accepts::Finite => factor.is_finite(),
            Accepts::FiniteNotNegative => factor.is_finite() && factor >= 0.0,
        }
    }

    /// A factor of a class as it is kept: rounded to f32, or not.
    fn kept(&self, class: Class, factor: f64) -> f64 {
        let is_l1 = matches!(class, Class::L1 | Class::Orthogonal);
        let is_rounded = match self.mistake {
            Some(Mistake::KeepsL1) if is_l1 => false,
            Some(Mistake::KeepsL2) if !is_l1 => false,
            Some(Mistake::KeepsFactors) => false,
            Some(Mistake::RoundsL2) => true,
            _ => is_l1 || self.edition.rules().rounds == Rounds::All,
        };
        if is_rounded {
            f64::from(factor as f32)
        } else {
            factor
        }
    }

    /// What `get` makes.
    pub(super) fn get(&self, identifier: &Value) -> Result<Option<Reg>, Kind> {
        let answer = self.try_get(identifier).map_err(|kind| match self.mistake {
            Some(Mistake::CallsUnknownInvalid) if kind == Kind::UnknownName => {
                Kind::InvalidIdentifier
            }
            Some(Mistake::CallsInvalidUnknown) if kind == Kind::InvalidIdentifier => {
                Kind::UnknownName
            }
            _ => kind,
        });
        match answer {
            Err(Kind::UnknownName) if self.makes(Mistake::MakesUnknownNone) => Ok(None),
            answer => answer,
        }
    }

    fn try_get(&self, identifier: &Value) -> Result<Option<Reg>, Kind> {
        let rules = self.edition.rules();
        match identifier {
            Value::Null if self.makes(Mistake::MakesNullAnError) => Err(Kind::InvalidIdentifier),
            Value::Null => Ok(None),
            Value::String(name) => {
                let class = self.class(name).ok_or(Kind::UnknownName)?;
                let made = self.call(class, |_| None)?;
                let is_rounded = !self.makes(Mistake::LeavesDefaultUnrounded);
                Ok(Some(if is_rounded { made.reg } else { made.given }))
            }
            Value::Number(factor) if self.makes(Mistake::TakesNumberForFactor) => {
                let factor = factor.as_f64().unwrap_or(f64::NAN);
                Ok(Some(self.make(&Reg::L2(factor))?.reg))
            }
            Value::Object(object) if !self.makes(Mistake::LacksObjects) => {
                let name = object.get("class_name").and_then(Value::as_str);
                let name = name.ok_or(Kind::InvalidIdentifier)?;
                let class = self.class(name).ok_or(Kind::UnknownName)?;
                let module = object.get("module").and_then(Value::as_str);
                if self.makes(Mistake::ChecksModule)
                    && module.is_some_and(|module| module != MODULE)
                {
                    return Err(Kind::UnknownName);
                }
                let is_optional = match self.mistake {
                    Some(Mistake::NeedsConfig) => false,
                    Some(Mistake::MakesConfigOptional) => true,
                    _ => rules.config_is_optional,
                };
                let none = Map::new();
                let config = match object.get("config") {
                    Some(Value::Object(config)) => config,
                    _ if is_optional => &none,
                    _ => return Err(Kind::InvalidIdentifier),
                };
                Ok(Some(self.of_config(class, config)?.reg))
            }
            _ => Err(Kind::InvalidIdentifier),
        }
    }

    fn of_config(&self, class: Named, config: &Map<String, Value>) -> Result<Kept, Kind> {
        let names = self.arguments(class);
        let is_known = |key: &String| names.contains(&key.as_str());
        if !config.keys().all(is_known) && !self.makes(Mistake::IgnoresUnknownArguments) {
            return Err(Kind::InvalidIdentifier);
        }
        if config
            .values()
            .any(|value| value.is_boolean() || value.is_array() || value.is_object())
        {
            return Err(Kind::InvalidIdentifier);
        }
        if self.makes(Mistake::IgnoresConfigFactors) {
            return self.call(class, |_| None);
        }
        let is_short = names.contains(&"l");
        let made = self.call(class, |name| {
            let (short, long) = (config.get("l").filter(|_| is_short), config.get(name));
            match self.makes(Mistake::LetsLongArgumentWin) {
                true => long.or(short),
                false => short.or(long),
            }
        })?;
        match (made.reg, config.get("mode").map(Value::as_str)) {
            (Reg::Orthogonal(factor, _), Some(Some("columns"))) => {
                let reg = Reg::Orthogonal(factor, Mode::Columns);
                Ok(Kept { reg, ..made })
            }
            (Reg::Orthogonal(..), Some(mode)) if mode != Some("rows") => {
                Err(Kind::InvalidIdentifier)
            }
            _ => Ok(made),
        }
    }

    /// The arguments of a class.
    fn arguments(&self, class: Named) -> &'static [&'static str] {
        let keyword = match (self.mistake, self.edition.rules().keyword) {
            (Some(Mistake::TakesShortArgument), Keyword::Long) => Keyword::Both,
            (Some(Mistake::LacksShortArgument), _) => Keyword::Long,
            (_, keyword) => keyword,
        };
        match (class, keyword) {
            (Named::L1 | Named::L2, Keyword::Short) => &["l"],
            (Named::L1, Keyword::Both) => &["l1", "l"],
            (Named::L2, Keyword::Both) => &["l2", "l"],
            (Named::L1, Keyword::Long) => &["l1"],
            (Named::L2, Keyword::Long) => &["l2"],
            (Named::L1L2 | Named::L1L2Function, _) => &["l1", "l2"],
            (Named::Orthogonal, _) => &["factor", "mode"],
        }
    }

    /// What a class or function makes of arguments.
    fn call<'a>(
        &self,
        class: Named,
        argument: impl Fn(&str) -> Option<&'a Value>,
    ) -> Result<Kept, Kind> {
        let rules = self.edition.rules();
        let factor = |name: &str, default: f64, none: f64| match argument(name) {
            None => Ok(default),
            Some(Value::Number(number)) => Ok(number.as_f64().unwrap_or(f64::INFINITY)),
            Some(Value::String(text)) if rules.parses_text => {
                text.trim().parse().map_err(|_| Kind::InvalidIdentifier)
            }
            Some(Value::Null) => match (self.mistake, rules.none) {
                (Some(Mistake::MakesNullFactorZero), _) => Ok(0.0),
                (Some(Mistake::RejectsNullFactor), _) | (_, NoneFactor::Rejected) => {
                    Err(Kind::InvalidIdentifier)
                }
                (_, NoneFactor::Nan) => Ok(f64::NAN),
                (_, NoneFactor::Default) => Ok(none),
            },
            Some(_) => Err(Kind::InvalidIdentifier),
        };
        let usual = match self.makes(Mistake::DefaultsToThousandth) {
            true => 0.001,
            false => 0.01,
        };
        let both = |default: f64| {
            Ok(Reg::L1L2(
                factor("l1", default, 0.0)?,
                factor("l2", default, 0.0)?,
            ))
        };
        let reg = match class {
            Named::L1 => Reg::L1(factor("l1", usual, usual)?),
            Named::L2 => Reg::L2(factor("l2", usual, usual)?),
            Named::L1L2 if self.makes(Mistake::DefaultsL1L2) => both(0.01)?,
            Named::L1L2 => both(0.0)?,
            Named::L1L2Function if self.makes(Mistake::TakesFunctionDefaultsForZero) => both(0.0)?,
            Named::L1L2Function => both(usual)?,
            Named::Orthogonal => Reg::Orthogonal(factor("factor", usual, usual)?, Mode::Rows),
        };
        let trusting = Self {
            mistake: Some(Mistake::ChecksNothing),
            ..*self
        };
        match self.makes(Mistake::TrustsJson) {
            true => trusting.make(&reg),
            false => self.make(&reg),
        }
    }

    /// What an identifier names.
    fn class(&self, identifier: &str) -> Option<Named> {
        match (self.mistake, identifier) {
            (Some(Mistake::TakesFunctionName), "l1_l2") => return Some(Named::L1L2Function),
            (Some(Mistake::TakesSnakeName), "l1l2") => return Some(Named::L1L2),
            (Some(Mistake::TakesSnakeNameForFunction), "l1l2") => return Some(Named::L1L2Function),
            (Some(Mistake::LacksFunctionName), "l1_l2")
            | (Some(Mistake::LacksSnakeName), "l1l2") => return None,
            (Some(Mistake::LacksClasses), "L1" | "L2" | "L1L2") => return None,
            (Some(Mistake::KnowsClasses), "L1") => return Some(Named::L1),
            (Some(Mistake::KnowsClasses), "L2") => return Some(Named::L2),
            (Some(Mistake::KnowsOrthogonal), ORTHOGONAL | ORTHOGONAL_CLASS) => {
                return Some(Named::Orthogonal);
            }
            (
                Some(Mistake::LacksOrthogonal | Mistake::LacksOrthogonalNames),
                ORTHOGONAL | ORTHOGONAL_CLASS,
            ) => {
                return None;
            }
            _ => {}
        }
        let ignores_case = self.makes(Mistake::IgnoresCase);
        let known = self.edition.rules().identifiers.iter().find(|known| {
            known.name == identifier || ignores_case && known.name.eq_ignore_ascii_case(identifier)
        });
        known.map(|known| known.means)
    }

    /// The JSON of a regularizer.
    pub(super) fn config(&self, kept: &Kept) -> Value {
        let rules = self.edition.rules();
        let written = match self.mistake {
            Some(Mistake::WritesFactorUnrounded) => kept.given,
            Some(Mistake::WritesFactorRounded) => map(kept.reg, |factor| f64::from(factor as f32)),
            _ => kept.reg,
        };
        let (class, config) = match written {
            Reg::L1(l1) if self.makes(Mistake::WritesL1L2) => {
                ("L1L2", json!({ "l1": l1, "l2": 0.0 }))
            }
            Reg::L2(l2) if self.makes(Mistake::WritesL1L2) => {
                ("L1L2", json!({ "l1": 0.0, "l2": l2 }))
            }
            Reg::L1L2(l1, 0.0) if self.makes(Mistake::WritesL1AndL2) => ("L1", json!({ "l1": l1 })),
            Reg::L1L2(0.0, l2) if self.makes(Mistake::WritesL1AndL2) => ("L2", json!({ "l2": l2 })),
            Reg::L1(l1) => ("L1", json!({ "l1": l1 })),
            Reg::L2(l2) => ("L2", json!({ "l2": l2 })),
            Reg::L1L2(l1, l2) => ("L1L2", json!({ "l1": l1, "l2": l2 })),
            Reg::Orthogonal(factor, mode) => {
                let mode = if mode == Mode::Rows {
                    "rows"
                } else {
                    "columns"
                };
                (ORTHOGONAL_CLASS, json!({ "factor": factor, "mode": mode }))
            }
        };
        let class = match (self.makes(Mistake::WritesFunctionNames), class) {
            (true, "L1") => "l1",
            (true, "L2") => "l2",
            (true, "L1L2") => "l1_l2",
            (_, class) => class,
        };
        let mut json = Map::new();
        let is_new = match self.mistake {
            Some(Mistake::WritesOldForm) => false,
            Some(Mistake::WritesNewForm) => true,
            _ => rules.config == ConfigForm::Module,
        };
        if is_new && !self.makes(Mistake::LeavesOutModule) {
            let module = match self.makes(Mistake::WritesSourceModule) {
                true => "keras.src.regularizers.regularizers",
                false => MODULE,
            };
            json.insert("module".into(), module.into());
        }
        json.insert("class_name".into(), class.into());
        json.insert("config".into(), config);
        if is_new && !self.makes(Mistake::LeavesOutRegisteredName) {
            let name = match self.makes(Mistake::WritesRegisteredName) {
                true => class.into(),
                false => Value::Null,
            };
            json.insert("registered_name".into(), name);
        }
        json.into()
    }
}

const MODULE: &str = "keras.regularizers";
const ORTHOGONAL: &str = "orthogonal_regularizer";
const ORTHOGONAL_CLASS: &str = "OrthogonalRegularizer";

/// The same regularizer with other factors.
fn map(reg: Reg, of: impl Fn(f64) -> f64) -> Reg {
    match reg {
        Reg::L1(l1) => Reg::L1(of(l1)),
        Reg::L2(l2) => Reg::L2(of(l2)),
        Reg::L1L2(l1, l2) => Reg::L1L2(of(l1), of(l2)),
        Reg::Orthogonal(factor, mode) => Reg::Orthogonal(of(factor), mode),
    }
}
