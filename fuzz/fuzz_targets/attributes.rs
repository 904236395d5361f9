//! The derive macro: any text as a type with attributes, and any two lines as the attributes of a struct and of its field.

#![no_main]

#[path = "../../regularize-derive/src/ast.rs"]
mod ast;
#[path = "../../regularize-derive/src/attr.rs"]
mod attr;
#[path = "../../regularize-derive/src/expand.rs"]
mod expand;
#[path = "../../regularize-derive/src/factories.rs"]
mod factories;
#[path = "../../regularize-derive/src/fallback.rs"]
mod fallback;
#[path = "../../regularize-derive/src/meant.rs"]
mod meant;
#[path = "../../regularize-derive/src/regularizer.rs"]
mod regularizer;
#[path = "../../regularize-derive/src/valid.rs"]
mod valid;

use libfuzzer_sys::{Corpus, fuzz_target};
use proc_macro2::TokenStream;

fuzz_target!(|text: &str| -> Corpus {
    // The compiler ends at 128; the parser of tokens does not.
    if depth(text) > 32 {
        return Corpus::Reject;
    }
    if let Ok(input) = syn::parse_str(text) {
        derive(&input);
    }
    let (on_type, on_field) = text.split_once('\n').unwrap_or((text, ""));
    let [on_type, on_field] = [on_type, on_field].map(|items| format!("#[regularize({items})]"));
    for item in [
        format!("{on_type} struct S<T> {{ {on_field} kernel: Vec<T>, bias: T }}"),
        format!("{on_type} enum S {{ A({on_field} [f32; 2]), B {{ b: L }}, C }}"),
    ] {
        if let Ok(input) = syn::parse_str(&item) {
            derive(&input);
        }
    }
    Corpus::Keep
});

/// Expands as `derive` of `regularize-derive` does, and asserts that the output is a file of Rust, after mistakes too.
fn derive(input: &syn::DeriveInput) {
    let mut errors = attr::Errors::default();
    let input = ast::Input::new(input, &mut errors);
    let plan = valid::plan(&input, &mut errors);
    match errors.into_result() {
        Ok(()) => {
            let file = parsed(expand::expand(&plan));
            assert!(!file.items.is_empty());
        }
        Err(error) => {
            for error in error.clone() {
                assert!(!error.to_string().is_empty());
            }
            let file = parsed(fallback::fallback(&input, &plan));
            assert!(!file.items.is_empty());
            parsed(error.into_compile_error());
        }
    }
}

fn parsed(tokens: TokenStream) -> syn::File {
    let text = tokens.to_string();
    match syn::parse2(tokens) {
        Ok(file) => file,
        Err(error) => panic!("{error}: {text}"),
    }
}

/// Returns how deep brackets and operators are nested, at most.
fn depth(text: &str) -> usize {
    let (mut depth, mut most) = (0_usize, 0);
    for letter in text.chars() {
        match letter {
            '(' | '[' | '{' | '<' | '&' | '*' | '-' | '!' | '|' => depth += 1,
            ')' | ']' | '}' | '>' | ',' | ';' => depth = depth.saturating_sub(1),
            _ => {}
        }
        most = most.max(depth);
    }
    most
}
