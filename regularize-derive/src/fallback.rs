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

                fn visit_weights<__V>(
                    &self,
                    _: &#krate::Path<'_>,
                    _: &mut __V,
                ) -> ::core::result::Result<(), #krate::Error>
                where
                    __V: #krate::Visitor<Self::Penalty>,
                {
                    ::core::result::Result::Ok(())
                }
            }

            #[automatically_derived]
            impl #parameters #krate::RegularizeMut for #ident #arguments #clause {
                fn visit_weights_mut<__V>(
                    &mut self,
                    _: &#krate::Path<'_>,
                    _: &mut __V,
                ) -> ::core::result::Result<(), #krate::Error>
                where
                    __V: #krate::VisitorMut,
                {
                    ::core::result::Result::Ok(())
                }
            }

            #[automatically_derived]
            impl #parameters #krate::RegularizeWith<#gradients> for #ident #arguments #clause {
                fn visit_weights_with<__V>(
                    &self,
                    _: &mut #gradients,
                    _: &#krate::Path<'_>,
                    _: &mut __V,
                ) -> ::core::result::Result<(), #krate::Error>
                where
                    __V: #krate::VisitorWith,
                {
                    ::core::result::Result::Ok(())
                }
            }

            #[automatically_derived]
            impl #parameters #krate::RegularizeActivity for #ident #arguments #clause {
                fn activity(&self) -> #krate::Terms {
                    #krate::L1L2::terms(&#krate::l1_l2(0.0, 0.0))
                }
            }
        };
    }
}
