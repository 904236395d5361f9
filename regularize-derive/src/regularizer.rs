//! What stands after `kernel =`: `none`, a factory, a closure, or another expression.

use crate::attr::{Errors, find_self, mentions, span, word};
use crate::meant::{factory, regularizer_of, text, within};
use proc_macro2::{Ident, Span, TokenStream};
use quote::{ToTokens, quote, quote_spanned};
use syn::punctuated::Punctuated;
use syn::{Expr, ExprCall, Lit, Token};

#[derive(Clone)]
pub(crate) enum Regularizer {
    /// `l1(0.01)` and the like: a constant.
    Factory(Factory),
    /// `|weight| …`: value only.
    Closure(Expr),
    /// Anything else, evaluated as `&(expr)`.
    Expr(Expr),
}

/// A call of a factory of ours.
#[derive(Clone)]
pub(crate) struct Factory {
    pub(crate) kind: Kind,
    /// Where it is called, and of what the compiler complains if a factor is wrong.
    pub(crate) name: Span,
    pub(crate) parentheses: Span,
    pub(crate) arguments: Vec<Expr>,
    /// Whether its arguments name `Self` or a parameter of the type, which no item outside can.
    pub(crate) generic: bool,
}

#[derive(Clone, Copy, PartialEq)]
pub(crate) enum Kind {
    L1,
    L2,
    L1L2,
    Orthogonal,
}

impl Kind {
    pub(crate) fn new(name: &Ident) -> Option<Self> {
        Some(match name.to_string().as_str() {
            "l1" => Self::L1,
            "l2" => Self::L2,
            "l1_l2" => Self::L1L2,
            "orthogonal" => Self::Orthogonal,
            _ => return None,
        })
    }

    pub(crate) fn factory(self) -> &'static str {
        match self {
            Self::L1 => "l1",
            Self::L2 => "l2",
            Self::L1L2 => "l1_l2",
            Self::Orthogonal => "orthogonal",
        }
    }

    pub(crate) fn ty(self) -> &'static str {
        match self {
            Self::L1 => "L1",
            Self::L2 => "L2",
            Self::L1L2 => "L1L2",
            Self::Orthogonal => "Orthogonal",
        }
    }

    /// The names of its arguments in Keras.
    fn names(self) -> &'static [&'static str] {
        match self {
            Self::L1 => &["l1"],
            Self::L2 => &["l2"],
            Self::L1L2 => &["l1", "l2"],
            Self::Orthogonal => &["factor", "mode"],
        }
    }

    /// What to write for a factor that is not a constant.
    pub(crate) fn at_run_time(self) -> String {
        let ty = self.ty();
        let arguments = match self {
            Self::L1 | Self::L2 => "rate",
            Self::L1L2 => "l1, l2",
            Self::Orthogonal => "rate, Mode::Rows",
        };
        format!(
            "a factory's factor is a constant: for one that is known at run time keep an `{ty}` in a field, made by \
             `{ty}::new({arguments})?`, and write `kernel = self.field`"
        )
    }

    /// What to write instead of a mistake.
    fn example(self) -> &'static str {
        match self {
            Self::L1 => "l1(0.01)",
            Self::L2 => "l2(0.01)",
            Self::L1L2 => "l1_l2(0.01, 0.01)",
            Self::Orthogonal => "orthogonal(0.01, rows)",
        }
    }
}

impl Regularizer {
    /// Whether it has neither a subgradient nor a proximal operator, which only the library knows otherwise.
    pub(crate) fn is_value_only(&self) -> bool {
        match self {
            Self::Factory(factory) => factory.kind == Kind::Orthogonal,
            Self::Closure(_) => true,
            Self::Expr(_) => false,
        }
    }

    /// Whether its type may be none of a regularizer of the tensor: L1, L2 and L1L2 are of every tensor.
    pub(crate) fn must_be_one(&self) -> bool {
        match self {
            Self::Factory(factory) => factory.kind == Kind::Orthogonal,
            Self::Closure(_) => false,
            Self::Expr(_) => true,
        }
    }

    /// Where it is told that it is none: at the last name of a path.
    pub(crate) fn place(&self) -> Span {
        match self {
            Self::Factory(factory) => factory.name,
            Self::Closure(expr) | Self::Expr(expr) => match peel(expr) {
                Expr::Field(field) => span(&field.member),
                Expr::MethodCall(call) => call.method.span(),
                Expr::Path(path) => path.path.segments.last().map_or_else(|| span(path), span),
                _ => span(expr),
            },
        }
    }

    /// A regularizer, or `None` for `none` and for a mistake.
    pub(crate) fn new(expr: &Expr, parameters: &[String], errors: &mut Errors) -> Option<Self> {
        if let Some(hint) = regularizer_of(expr) {
            errors.at(expr, hint);
            return None;
        }
        Self::read(expr, parameters, errors)
    }

    /// The same of an expression whose names may be variables, so that nothing else is taken to be meant by them.
    pub(crate) fn read(expr: &Expr, parameters: &[String], errors: &mut Errors) -> Option<Self> {
        match peel(expr) {
            Expr::Closure(_) => Some(Self::Closure(expr.clone())),
            Expr::Path(_) if word(expr).is_some_and(|word| word == "none") => None,
            inner @ Expr::Path(_) => match word(inner).and_then(|word| Kind::new(&word)) {
                Some(kind) => bare(kind, inner, errors).map(Self::Factory),
                None => Some(Self::Expr(within(expr, errors))),
            },
            Expr::Call(call) => {
                let name = word(&call.func);
                if let Some((name, hint)) = name.as_ref().and_then(|n| Some((n, capital(n)?))) {
                    errors.at(name, format!("the factory is written `{hint}`"));
                    return None;
                }
                let Some(kind) = name.as_ref().and_then(Kind::new) else {
                    if is_constant(call) {
                        return Some(Self::Expr(syn::parse_quote!(const { #expr })));
                    }
                    return Some(Self::Expr(within(expr, errors)));
                };
                if call.args.is_empty() {
                    return bare(kind, expr, errors).map(Self::Factory);
                }
                Some(Self::Factory(Factory {
                    kind,
                    name: span(&call.func),
                    parentheses: call.paren_token.span.join(),
                    arguments: arguments(kind, &call.args, expr, errors)?,
                    generic: {
                        let own = ["Self".to_string()];
                        mentions(&call.args, parameters) || mentions(&call.args, &own)
                    },
                }))
            }
            Expr::Try(fallible) => {
                errors.at(
                    fallible.question_token,
                    "an attribute has nothing that `?` could return to: keep an `L2` in a field, made by `L2::new(rate)?` where \
                     the factor changes, and write `self.field`",
                );
                None
            }
            Expr::Lit(lit) => {
                let text = match &lit.lit {
                    Lit::Str(string) => string.value(),
                    other => other.to_token_stream().to_string(),
                };
                errors.at(
                    lit,
                    match (&lit.lit, text.as_str()) {
                        (Lit::Str(_), "l1" | "L1") => "a regularizer is an expression: write `l1(0.01)`, without quotes".into(),
                        (Lit::Str(_), "l2" | "L2") => "a regularizer is an expression: write `l2(0.01)`, without quotes".into(),
                        (Lit::Str(_), _) => "a regularizer is an expression, as `l2(0.01)` is, not a string".to_string(),
                        _ => format!("a factor alone does not say of what: write `l1({text})` or `l2({text})`"),
                    },
                );
                None
            }
            _ => Some(Self::Expr(within(expr, errors))),
        }
    }
}

/// The expression without what a `macro_rules!` fragment and parentheses put around it.
pub(crate) fn peel(expr: &Expr) -> &Expr {
    match expr {
        Expr::Group(group) => peel(&group.expr),
        Expr::Paren(paren) => peel(&paren.expr),
        // A reference to a factory is the factory.
        Expr::Reference(reference) if factory(&reference.expr).is_some() => peel(&reference.expr),
        _ => expr,
    }
}

/// Whether it is `regularize::l2` of numbers, whose factor is known.
fn is_constant(call: &ExprCall) -> bool {
    let Expr::Path(path) = &*call.func else {
        return false;
    };
    let segments: Vec<_> = path.path.segments.iter().collect();
    let is_ours = matches!(
        segments[..],
        [krate, factory] if krate.ident == "regularize" && Kind::new(&factory.ident).is_some()
    );
    let is_number = |argument: &Expr| match argument {
        Expr::Lit(_) => true,
        Expr::Unary(unary) => matches!(*unary.expr, Expr::Lit(_)),
        _ => false,
    };
    is_ours && call.args.iter().all(is_number)
}

/// The factory that was meant by the name of a type.
fn capital(name: &Ident) -> Option<&'static str> {
    Some(match name.to_string().as_str() {
        "L1" => "l1(0.01)",
        "L2" => "l2(0.01)",
        "L1L2" | "L1_L2" | "l1l2" => "l1_l2(0.01, 0.01)",
        "Orthogonal" | "OrthogonalRegularizer" | "orthogonal_regularizer" => {
            "orthogonal(0.01, rows)"
        }
        _ => return None,
    })
}

/// A factory without arguments: with Keras' default.
fn bare(kind: Kind, expr: &Expr, errors: &mut Errors) -> Option<Factory> {
    let span = span(expr);
    let arguments = match kind {
        Kind::L1L2 => {
            errors.at(
                expr,
                "`l1_l2` alone was 0.01 and 0.01 in Keras 2 and is silently 0 and 0 in Keras 3: write both factors, \
                 `l1_l2(0.01, 0.01)`",
            );
            return None;
        }
        Kind::L1 | Kind::L2 => vec![syn::parse_quote_spanned!(span=> 0.01)],
        Kind::Orthogonal => vec![
            syn::parse_quote_spanned!(span=> 0.01),
            syn::parse_quote_spanned!(span=> rows),
        ],
    };
    Some(Factory {
        kind,
        name: span,
        parentheses: span,
        arguments,
        generic: false,
    })
}

/// The arguments in the order of the factory, by position or by Keras' names.
fn arguments(
    kind: Kind,
    given: &Punctuated<Expr, Token![,]>,
    call: &Expr,
    errors: &mut Errors,
) -> Option<Vec<Expr>> {
    let names = kind.names();
    let mut found: Vec<Option<Expr>> = names.iter().map(|_| None).collect();
    let is_integer =
        |argument: &Expr| matches!(argument, Expr::Lit(lit) if matches!(lit.lit, Lit::Int(_)));
    if given.len() == 2 * names.len() && kind != Kind::Orthogonal && given.iter().all(is_integer) {
        let given: Vec<String> = given.iter().map(text).collect();
        let given: Vec<String> = given.chunks(2).map(|parts| parts.join(".")).collect();
        let hint = format!(
            "a decimal point is a `.`: write `{}({})`",
            kind.factory(),
            given.join(", ")
        );
        errors.at(call, hint);
        return None;
    }
    let mut wrong = false;
    let mut mistake = |tokens: TokenStream, message: String| {
        errors.at(tokens, message);
        wrong = true;
    };
    let mut has_self = false;
    for (position, argument) in given.iter().enumerate() {
        let (index, value, key) = match argument {
            Expr::Assign(assign) => {
                let key = assign.left.to_token_stream();
                let index = names.iter().position(|name| key.to_string() == *name);
                let Some(index) = index else {
                    let (names, factory, value) =
                        (list(names), kind.factory(), text(&assign.right));
                    let message = match kind {
                        Kind::L1 | Kind::L2 => {
                            format!(
                                "`{factory}` has the argument {names} alone: write `{factory}({value})`"
                            )
                        }
                        _ => format!("`{factory}` has no such argument, only {names}"),
                    };
                    mistake(key, message);
                    continue;
                };
                (index, &*assign.right, key)
            }
            _ => (position, argument, argument.to_token_stream()),
        };
        match found.get_mut(index) {
            None => mistake(
                key,
                format!("too many arguments: write `{}`", kind.example()),
            ),
            Some(Some(_)) => mistake(key, format!("`{}` is given twice", names[index])),
            Some(slot) => *slot = Some(value.clone()),
        }
        if let Expr::Lit(lit) = value
            && let Lit::Str(_) | Lit::Bool(_) = lit.lit
            && (kind, index) != (Kind::Orthogonal, 1)
        {
            mistake(
                value.to_token_stream(),
                format!("a factor is a number: write `{}`", kind.example()),
            );
        }
        if let Some(token) = find_self(value)
            && !has_self
        {
            has_self = true; // one mistake, also in both factors
            mistake(token.into_token_stream(), kind.at_run_time());
        }
    }
    if wrong {
        return None;
    }
    if kind == Kind::Orthogonal && found[1].is_none() {
        let span = span(call);
        found[1] = Some(syn::parse_quote_spanned!(span=> rows));
    }
    if found.iter().any(Option::is_none) {
        errors.at(
            call,
            "`l1_l2` takes both factors, since the one left out was 0.01 in Keras 2 and is silently 0 in Keras 3: write \
             `l1_l2(0.01, 0.0)`, or `l1(0.01)` for one alone",
        );
        return None;
    }
    let mut found: Vec<Expr> = found.into_iter().flatten().collect();
    if kind == Kind::Orthogonal
        && !matches!(word(&found[1]), Some(mode) if mode == "rows" || mode == "columns")
    {
        errors.at(&found[1], "the mode of `orthogonal` is `rows` or `columns`");
        found.truncate(1);
        return None;
    }
    Some(found)
}

/// Names as a list in words.
pub(crate) fn list<T: std::fmt::Display>(names: &[T]) -> String {
    let names: Vec<String> = names.iter().map(|name| format!("`{name}`")).collect();
    names.join(", ")
}

impl Factory {
    /// The call of the edition's method.
    pub(crate) fn call(&self, krate: &TokenStream) -> TokenStream {
        let krate = located(krate.clone(), self.name);
        let factory = Ident::new(self.kind.factory(), self.name);
        let is_path = |argument: &Expr| matches!(peel(argument), Expr::Path(_));
        let factor = |argument: &Expr| match is_path(argument) {
            // A constant of another type is told what to write.
            true => {
                let krate = located(krate.clone(), span(argument));
                quote_spanned!(span(argument)=> { #krate::extend::is_factor(&#argument); #argument as f64 })
            }
            false => argument.to_token_stream(),
        };
        let arguments = &self.arguments;
        let factors: Vec<_> = arguments.iter().map(factor).collect();
        let arguments = match self.kind {
            Kind::Orthogonal => {
                let (factor, mode) = (&factors[0], &arguments[1]);
                let span = span(mode);
                let mode = match word(mode).is_some_and(|mode| mode == "rows") {
                    true => quote_spanned!(span=> Mode::Rows),
                    false => quote_spanned!(span=> Mode::Columns),
                };
                quote_spanned!(self.name=> #factor, #krate::#mode)
            }
            _ => quote_spanned!(self.name=> #(#factors),*),
        };
        let mut group = proc_macro2::Group::new(proc_macro2::Delimiter::Parenthesis, arguments);
        group.set_span(self.parentheses);
        let edition = located(quote!(__EDITION), self.name);
        quote_spanned!(self.name=> #edition.#factory #group)
    }
}

/// Tokens that mean what they meant, at another place in the user's text.
pub(crate) fn located(tokens: TokenStream, at: Span) -> TokenStream {
    tokens
        .into_iter()
        .map(|mut token| {
            token.set_span(token.span().located_at(at));
            token
        })
        .collect()
}
