//! Rules for the variables of a `VarMap`, by their names.

use crate::error::Result;
use crate::model::{Regularize, Visit, VisitMut, visit, visit_mut};
use crate::path::Path;
use crate::rules::Rules;
use candle_core::{Tensor, Var};
use candle_nn::VarMap;
use regularize_core::{AnyRegularizer, L1L2};
use std::fmt::Debug;
use std::sync::PoisonError;

/// For variables of candle, with the feature `candle`.
impl Rules {
    /// Applies the rules to the variables of a `VarMap`, for penalties and for proximal steps. No layer need derive
    /// [`Regularize`].
    ///
    /// The weights are all variables of floats that the map has at the call, in the order of their names, and those that a rule
    /// gives a regularizer have a loss. A report lists those that no rule is at as well. A path is the name, as a file of the model has it: `fc1.weight`. A map does not know
    /// what is a kernel, and has the running statistics of a `BatchNorm` too: take the regularizers from these by
    /// [`without`](Self::without).
    ///
    /// # Errors
    ///
    /// [`ErrorKind::NoWeight`](crate::ErrorKind::NoWeight), [`ErrorKind::Pattern`](crate::ErrorKind::Pattern) and
    /// [`ErrorKind::NoMatrix`](crate::ErrorKind::NoMatrix) as [`of`](Self::of) has.
    ///
    /// ```
    /// use candle_core::{DType, Device, Result, Tensor};
    /// use candle_nn::{BatchNormConfig, VarBuilder, VarMap, batch_norm, linear};
    /// use regularize::{Regularize, Rules, l2};
    ///
    /// # fn main() -> Result<()> {
    /// let variables = VarMap::new();
    /// let builder = VarBuilder::from_varmap(&variables, DType::F64, &Device::Cpu);
    /// let fc1 = linear(3, 2, builder.pp("fc1"))?;
    /// let bn = batch_norm(2, BatchNormConfig::default(), builder.pp("bn"))?;
    ///
    /// let decay = Rules::new().with("weight", l2(0.5)).without("bn");
    /// let total = decay.variables(&variables)?.add_penalty(Tensor::new(1.0, &Device::Cpu))?;
    /// let expected = (fc1.weight().sqr()?.sum_all()? * 0.5)?;
    /// assert_eq!(total.to_scalar::<f64>()?, 1.0 + expected.to_scalar::<f64>()?);
    ///
    /// decay.variables(&variables)?.proximal_step(0.1)?;
    /// # Ok(())
    /// # }
    /// ```
    pub fn variables(
        &self,
        variables: &VarMap,
    ) -> Result<impl Regularize<Penalty = candle_core::Result<Tensor>> + Debug + use<>> {
        let nothing = AnyRegularizer::from(L1L2::default());
        let map = variables.data().lock();
        let map = map.unwrap_or_else(PoisonError::into_inner);
        let floats = map
            .iter()
            .filter(|(_, variable)| variable.dtype().is_float());
        let mut all: Vec<_> = floats
            .map(|(name, variable)| (name.clone(), variable.clone(), Some(nothing)))
            .collect();
        drop(map);
        all.sort_by(|a, b| a.0.cmp(&b.0));
        let all = Variables(all);
        self.check(|f| all.visit_weights(&Path::root(), f))?;
        let chosen = all.0.into_iter().filter_map(|(name, variable, _)| {
            let regularizer = self.regularizer(&name)?;
            Some((name, variable, regularizer))
        });
        Ok(Variables(chosen.collect()))
    }
}

/// Variables by their names, and their regularizers: `None` of one that no rule is at.
#[derive(Debug)]
struct Variables(Vec<(String, Var, Option<AnyRegularizer>)>);

impl Regularize for Variables {
    type Penalty = candle_core::Result<Tensor>;

    fn visit_weights(&self, at: &Path<'_>, f: &mut Visit<'_, Self::Penalty>) -> Result<()> {
        let mut variables = self.0.iter();
        variables.try_for_each(|(name, variable, regularizer)| {
            visit(variable, regularizer, &at.field(name), f)
        })
    }

    fn visit_weights_mut(&mut self, at: &Path<'_>, f: &mut VisitMut<'_>) -> Result<()> {
        let mut variables = self.0.iter_mut();
        variables.try_for_each(|(name, variable, regularizer)| {
            visit_mut(variable, regularizer, &at.field(name), f)
        })
    }
}
