//! The kernels and biases of a `CrossAttention`, whose layers burn keeps to itself: found by burn's own traversal.

use crate::adapter::implement;
use crate::error::Error;
use crate::path::Path;
use crate::weight::{Each, EachMut, Weight};
use burn::module::{Module, ModuleMapper, ModuleVisitor, Param};
use burn::nn::attention::CrossAttention;
use burn::tensor::Tensor;
use std::any::Any;

/// Calls a function with the parameters of a rank that are fields of one name, in the layers within.
struct Walk<'a, F: ?Sized> {
    at: &'a Path<'a>,
    /// The name in burn, and in Keras.
    names: [&'static str; 2],
    f: &'a mut F,
    /// The fields that lead to where the traversal is.
    fields: Vec<String>,
    result: Result<(), Error>,
}

impl<'a, F: ?Sized> Walk<'a, F> {
    fn new(at: &'a Path<'a>, names: [&'static str; 2], f: &'a mut F) -> Self {
        Self {
            at,
            names,
            f,
            fields: Vec::new(),
            result: Ok(()),
        }
    }

    /// The layer that the traversal is in, if it is at a parameter of the name.
    fn layer(&self) -> Option<String> {
        match &self.fields[..] {
            [layer, field] if field == self.names[0] && self.result.is_ok() => Some(layer.clone()),
            _ => None,
        }
    }
}

impl<const D: usize> ModuleVisitor for Walk<'_, Each<'_, Tensor<D>>> {
    fn enter_module(&mut self, name: &str, _: &str) {
        self.fields.push(name.into());
    }

    fn exit_module(&mut self, _: &str, _: &str) {
        self.fields.pop();
    }

    fn visit_float<const E: usize>(&mut self, param: &Param<Tensor<E>>) {
        if let Some(layer) = self.layer()
            && let Some(param) = (param as &dyn Any).downcast_ref::<Param<Tensor<D>>>()
        {
            let at = self.at.field(&layer);
            self.result = param.each_tensor(&at.field(self.names[1]), self.f);
        }
    }
}

impl<const D: usize> ModuleMapper for Walk<'_, EachMut<'_, Tensor<D>>> {
    fn enter_module(&mut self, name: &str, _: &str) {
        self.fields.push(name.into());
    }

    fn exit_module(&mut self, _: &str, _: &str) {
        self.fields.pop();
    }

    fn map_float<const E: usize>(&mut self, mut param: Param<Tensor<E>>) -> Param<Tensor<E>> {
        if let Some(layer) = self.layer()
            && let Some(param) = (&mut param as &mut dyn Any).downcast_mut::<Param<Tensor<D>>>()
        {
            let at = self.at.field(&layer);
            self.result = param.each_tensor_mut(&at.field(self.names[1]), self.f);
        }
        param
    }
}

macro_rules! roles {
    ($($role:ident of rank $rank:literal = $name:literal),+) => {$(
        implement!(
            CrossAttention,
            $role: Tensor<$rank>,
            |self, at, f| {
                let mut walk = Walk::new(at, [$name, stringify!($role)], f);
                self.visit(&mut walk);
                walk.result
            },
            {
                let mut walk = Walk::new(at, [$name, stringify!($role)], f);
                *self = self.clone().map(&mut walk);
                walk.result
            }
        );
    )+};
}
roles!(kernel of rank 2 = "weight", bias of rank 1 = "bias");
