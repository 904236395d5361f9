//! Rules for a module of burn, whose parameters are found by burn's own traversal.

use crate::error::Result;
use crate::model::{Regularize, Visit, VisitMut, visit, visit_mut};
use crate::path::Path;
use crate::rules::{Held, Rules, read_model};
use burn::module::{Module, ModuleMapper, ModuleVisitor, Param};
use burn::tensor::Tensor;
use regularize_core::{AnyRegularizer, L1L2};
use std::fmt::Debug;

/// For modules of burn, with the feature `burn`.
impl Rules {
    /// Applies the rules to a module of burn, to compute its penalty, losses or report. It need not derive
    /// [`Regularize`].
    ///
    /// The weights are all float parameters of the module, and those that a rule gives a regularizer have a loss. A report lists
    /// those that no rule is at as well. A
    /// path is burn's, with [Keras' names](crate::guide::burn#one-rule-for-the-whole-model) of the parameters in burn's layers: that which the
    /// report of a model that derives [`Regularize`] has. What burn has frozen is frozen here, copies of a parameter count once,
    /// and running statistics are not weights. A proximal step needs [`module_mut`](Self::module_mut).
    ///
    /// # Errors
    ///
    /// [`ErrorKind::NoWeight`](crate::ErrorKind::NoWeight), [`ErrorKind::Pattern`](crate::ErrorKind::Pattern) and
    /// [`ErrorKind::NoMatrix`](crate::ErrorKind::NoMatrix) as [`of`](Self::of) has.
    ///
    /// ```no_run
    /// use burn::module::Module;
    /// use burn::tensor::Tensor;
    /// use regularize::{Error, Regularize, Rules, l2};
    ///
    /// fn total(net: &impl Module, loss: Tensor<1>) -> Result<Tensor<1>, Error> {
    ///     let decay = Rules::new().with("kernel", l2(1e-4));
    ///     Ok(decay.module(net)?.add_penalty(loss))
    /// }
    /// ```
    pub fn module<'a, M: Module>(
        &'a self,
        module: &'a M,
    ) -> Result<impl Regularize<Penalty = Tensor<1>> + Debug + 'a> {
        Parameters::new(self, Held::Read(module))
    }

    /// Applies the rules to a module of burn that may be changed, for a proximal step.
    ///
    /// # Errors
    ///
    /// As [`module`](Self::module) has.
    ///
    /// ```no_run
    /// use burn::module::Module;
    /// use regularize::{Error, Regularize, Rules, l1};
    ///
    /// fn step(net: &mut impl Module, rate: f64) -> Result<(), Error> {
    ///     Rules::new().with("kernel", l1(1e-4)).module_mut(net)?.proximal_step(rate)
    /// }
    /// ```
    pub fn module_mut<'a, M: Module>(
        &'a self,
        module: &'a mut M,
    ) -> Result<impl Regularize<Penalty = Tensor<1>> + Debug + 'a> {
        Parameters::new(self, Held::Changed(module))
    }
}

/// The parameters of a module under rules.
#[derive(Debug)]
struct Parameters<'a, M> {
    rules: &'a Rules,
    module: Held<'a, M>,
}

impl<'a, M: Module> Parameters<'a, M> {
    fn new(rules: &'a Rules, module: Held<'a, M>) -> Result<Self> {
        let nothing = AnyRegularizer::from(L1L2::default());
        rules.check(|f| read(module.get(), &Path::root(), &|_| Some(Some(nothing)), f))?;
        Ok(Self { rules, module })
    }
}

impl<M: Module> Regularize for Parameters<'_, M> {
    type Penalty = Tensor<1>;

    fn visit_weights(&self, at: &Path<'_>, f: &mut Visit<'_, Tensor<1>>) -> Result<()> {
        read(
            self.module.get(),
            at,
            &|path| self.rules.regularizer(path),
            f,
        )
    }

    fn visit_weights_mut(&mut self, at: &Path<'_>, f: &mut VisitMut<'_>) -> Result<()> {
        let Held::Changed(module) = &mut self.module else {
            return self.visit_weights_shared(at, f).map_err(read_model);
        };
        let choose = |path: &str| self.rules.regularizer(path);
        let mut walk = Walk::new(at, &choose, f);
        **module = module.clone().map(&mut walk);
        walk.result
    }
}

/// Presents the parameters that `choose` returns a regularizer of, and where the path asks for it those without.
fn read<M: Module>(
    module: &M,
    at: &Path<'_>,
    choose: &Choose<'_>,
    f: &mut Visit<'_, Tensor<1>>,
) -> Result<()> {
    let mut walk = Walk::new(at, choose, f);
    module.visit(&mut walk);
    walk.result
}

/// Returns the regularizer of the weight at a path, if it has one.
type Choose<'a> = dyn Fn(&str) -> Option<Option<AnyRegularizer>> + 'a;

/// Calls a function with the parameters that have a regularizer.
struct Walk<'a, F: ?Sized> {
    at: &'a Path<'a>,
    choose: &'a Choose<'a>,
    f: &'a mut F,
    /// The fields that lead to where the traversal is, each after what has it.
    fields: Vec<[String; 2]>,
    result: Result<()>,
}

impl<'a, F: ?Sized> Walk<'a, F> {
    fn new(at: &'a Path<'a>, choose: &'a Choose<'a>, f: &'a mut F) -> Self {
        Self {
            at,
            choose,
            f,
            fields: Vec::new(),
            result: Ok(()),
        }
    }

    fn enter(&mut self, field: &str, container: &str) {
        self.fields.push([container.into(), field.into()]);
    }

    /// Calls `present` with the function and the path and the regularizer of the parameter here, if it has one.
    fn meet(
        &mut self,
        present: impl FnOnce(&mut F, &Path<'_>, &Option<AnyRegularizer>) -> Result<()>,
    ) {
        if self.result.is_ok()
            && let Some(path) = path(&self.fields)
            && let Some(regularizer) = (self.choose)(&path)
        {
            let at = self.at.field(&path);
            let at = regularizer.map_or(at, |regularizer| at.edition(regularizer.edition()));
            self.result = present(self.f, &at, &regularizer);
        }
    }
}

/// Returns the path of a parameter as a layer by roles says it; `None` of a running statistic.
fn path(fields: &[[String; 2]]) -> Option<String> {
    let mut path = Vec::new();
    let mut gate = "";
    for [container, field] in fields {
        let name = match (container.as_str(), field.as_str()) {
            ("Struct:BatchNorm", "running_mean" | "running_var") => return None,
            ("Enum:Activation" | "Enum:Normalization", _) => continue,
            ("Struct:GateController", field) => {
                gate = field;
                continue;
            }
            ("Struct:Linear", "weight") if gate == "hidden_transform" => "recurrent",
            ("Struct:Linear", "bias") if gate == "hidden_transform" => "recurrent_bias",
            (
                "Struct:Linear"
                | "Struct:Conv1d"
                | "Struct:Conv2d"
                | "Struct:Conv3d"
                | "Struct:ConvTranspose1d"
                | "Struct:ConvTranspose2d"
                | "Struct:ConvTranspose3d"
                | "Struct:DeformConv2d",
                "weight",
            ) => "kernel",
            ("Struct:Embedding", "weight") => "embeddings",
            (_, field) => field,
        };
        path.push(name);
    }
    Some(path.join("."))
}

impl ModuleVisitor for Walk<'_, Visit<'_, Tensor<1>>> {
    fn enter_module(&mut self, name: &str, container: &str) {
        self.enter(name, container);
    }

    fn exit_module(&mut self, _: &str, _: &str) {
        self.fields.pop();
    }

    fn visit_float<const D: usize>(&mut self, param: &Param<Tensor<D>>) {
        self.meet(|f, at, regularizer| visit(param, regularizer, at, f));
    }
}

impl ModuleMapper for Walk<'_, VisitMut<'_>> {
    fn enter_module(&mut self, name: &str, container: &str) {
        self.enter(name, container);
    }

    fn exit_module(&mut self, _: &str, _: &str) {
        self.fields.pop();
    }

    fn map_float<const D: usize>(&mut self, mut param: Param<Tensor<D>>) -> Param<Tensor<D>> {
        self.meet(|f, at, regularizer| visit_mut(&mut param, regularizer, at, f));
        param
    }
}
