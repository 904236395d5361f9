//! The derive macro of the crate `regularize`. Use `regularize` instead.
//!
//! | file | does |
//! |---|---|
//! | `attr` | tokens of `#[regularize(…)]` to items |
//! | `ast` | the type and the items on it, its variants and its fields |
//! | `regularizer` | what stands after `kernel =` |
//! | `meant` | what was meant by what is none of ours |
//! | `valid` | items to a plan, or all mistakes |
//! | `expand` | a plan to the impls; it cannot fail |
//! | `factories` | `l2(0.01)` as a constant |
//! | `fallback` | impls for a type with mistakes, so that one mistake is one error |

#![forbid(unsafe_code)]

mod ast;
mod attr;
mod expand;
mod factories;
mod fallback;
mod meant;
mod regularizer;
mod valid;

use proc_macro::TokenStream;

/// Derives `Regularize` and what goes with it. Documented where `regularize` exports it.
#[proc_macro_derive(Regularize, attributes(regularize))]
pub fn derive(input: TokenStream) -> TokenStream {
    let input = syn::parse_macro_input!(input as syn::DeriveInput);
    let mut errors = attr::Errors::default();
    let input = ast::Input::new(&input, &mut errors);
    let plan = valid::plan(&input, &mut errors);
    match errors.into_result() {
        Ok(()) => expand::expand(&plan).into(),
        Err(error) => {
            let mut tokens = error.into_compile_error();
            tokens.extend(fallback::fallback(&input, &plan));
            tokens.into()
        }
    }
}
