//! Factories in attributes, each as one constant.

use crate::regularizer::Factory;
use proc_macro2::{Ident, Span, TokenStream};
use quote::{format_ident, quote};

/// Factories as constants outside of any function, so that `cargo check` evaluates them.
#[derive(Default)]
pub(crate) struct Factories {
    pub(crate) constants: TokenStream,
    /// The calls that have a constant, by address.
    names: Vec<(*const Factory, Ident)>,
}

impl Factories {
    /// An expression of the factory's value behind a reference.
    pub(crate) fn reference(&mut self, factory: &Factory, krate: &TokenStream) -> TokenStream {
        let call = factory.call(krate);
        if factory.generic {
            return quote!(&const { #call });
        }
        let known = self.names.iter().find(|(at, _)| std::ptr::eq(*at, factory));
        if let Some((_, name)) = known {
            return quote!(&#name);
        }
        let constant = format_ident!("__REGULARIZER_{}", self.names.len());
        let ty = Ident::new(factory.kind.ty(), Span::call_site());
        self.constants.extend(quote!(
            #[allow(trivial_numeric_casts, clippy::all, clippy::pedantic)]
            const #constant: #krate::#ty = #call;
        ));
        self.names.push((factory, constant.clone()));
        quote!(&#constant)
    }
}
