//! Impls for a type with mistakes, so that its uses are no further errors.

use crate::ast::Input;
use crate::valid::Plan;
use proc_macro2::TokenStream;
use quote::{ToTokens, quote};

pub(crate) fn fallback(input: &Input, plan: &Plan<'_>) -> TokenStream {
    let (krate, ident) = (&plan.krate, &input.ident);
    let (parameters, arguments, clause) = input.generics.split_for_impl();
    let penalty = plan
        .penalty
        .map_or_else(|| quote!(f32), ToTokens::to_token_stream);
    let gradients = plan
        .gradients
        .map_or_else(|| quote!(Self), ToTokens::to_token_stream);
    quote! {
        const _: () = {
            #[automatically_derived]
            impl #parameters #krate::Regularize for #ident #arguments #clause {
                type Penalty = #penalty;

                fn visit_weights(
                    &self,
                    _: &#krate::extend::Path<'_>,
                    _: &mut #krate::extend::Visit<'_, Self::Penalty>,
                ) -> ::core::result::Result<(), #krate::Error> {
                    ::core::result::Result::Ok(())
                }
            }

            #[automatically_derived]
            impl #parameters #krate::extend::RegularizeWith<#gradients> for #ident #arguments #clause {
                fn visit_weights_with(
                    &self,
                    _: &mut #gradients,
                    _: &#krate::extend::Path<'_>,
                    _: &mut #krate::extend::VisitWith<'_>,
                ) -> ::core::result::Result<(), #krate::Error> {
                    ::core::result::Result::Ok(())
                }
            }
        };
    }
}
