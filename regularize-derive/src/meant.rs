//! What was meant by what is none of ours: tables of what is written, and what to write.

use crate::attr::{Errors, find_self, word};
use crate::regularizer::{Kind, peel};
use proc_macro2::{Delimiter, Group, Ident, Spacing, Span, TokenStream, TokenTree};
use quote::{ToTokens, quote};
use strsim::osa_distance;
use syn::{BinOp, Expr, Lit, UnOp};

/// The options, and how each is written.
const OPTIONS: [(&str, &str); 10] = [
    ("activity", "activity = l1(1e-4)"),
    ("crate", "crate = path"),
    ("edition", "edition = KERAS_2_2"),
    ("exhaustive", "exhaustive"),
    ("gradients", "gradients = DenseGradients"),
    ("nested", "nested"),
    ("penalty", "penalty = f32"),
    ("sharded", "sharded"),
    ("trainable", "trainable = false"),
    ("value_only", "value_only"),
];

/// Words for a factor.
const NUMBERS: [&str; 8] = [
    "lambda",
    "lmbda",
    "strength",
    "factor",
    "rate",
    "l",
    "reg",
    "regularization",
];

/// Words of serde, Keras, torch and others, and what is written here; `{}` is the field and a `=` where it is named.
const HABITS: [(&[&str], &str); 8] = [
    (
        &["skip", "ignore", "skip_serializing", "no_regularizer"],
        "what is not named is not regularized: leave it out, or write `{}none`",
    ),
    (
        &[
            "frozen",
            "freeze",
            "requires_grad",
            "no_grad",
            "stop_gradient",
        ],
        "what is not trained is written `trainable = false`",
    ),
    (
        &["weight_decay", "decay"],
        "torch's `weight_decay` of λ is `l2(λ / 2)` here: write `{}l2(0.01 / 2.0)`",
    ),
    (
        &NUMBERS,
        "a factor is written in its regularizer: write `{}l2(0.01)`",
    ),
    (
        &["all", "every", "weights", "fields"],
        "each field is named alone: write `{}l2(0.01)`, and so on",
    ),
    (
        &["lr", "learning_rate", "step"],
        "the learning rate is the argument of `proximal_step`, and is not written here",
    ),
    (
        &["rename", "rename_all", "name", "alias"],
        "a weight has the name of its field: rename the field",
    ),
    (
        &["default", "flatten", "with", "bound", "transparent", "tag"],
        "this is an attribute of serde: write `#[serde(…)]` for it",
    ),
];

/// What is written for a word of another library.
pub(crate) fn habit(name: &str, key: &str) -> Option<String> {
    if let Some((_, hint)) = HABITS.iter().find(|(words, _)| words.contains(&name)) {
        return Some(hint.replace("{}", key));
    }
    let (_, kind) = name.rsplit_once('_')?;
    matches!(kind, "constraint" | "initializer").then(|| {
        format!("`{name}` is not regularization: apply it where the weights are made, or stepped, and leave it out here")
    })
}

/// How an option is written.
pub(crate) fn option(name: &str) -> Option<&'static str> {
    let found = OPTIONS.iter().find(|(option, _)| *option == name)?;
    Some(found.1)
}

/// Whether an option is written without a value.
pub(crate) fn is_flag(name: &str) -> bool {
    option(name) == Some(name)
}

/// Where an option without a value is written.
fn place(name: &str) -> &'static str {
    match name {
        "exhaustive" => "above the type",
        _ => "on the field",
    }
}

/// The names of all options.
pub(crate) fn options<'n>() -> impl Iterator<Item = &'n str> {
    OPTIONS.iter().map(|(name, _)| *name)
}

/// The name that was meant, if one of the names is near enough.
pub(crate) fn nearest<'n>(
    written: &str,
    names: impl IntoIterator<Item = &'n str>,
) -> Option<&'n str> {
    let written = written.replace('-', "_").to_lowercase();
    let distances = names
        .into_iter()
        .map(|name| (osa_distance(&written, name), name));
    let (distance, name) = distances.min_by_key(|(distance, _)| *distance)?;
    (name.len() > 3 && distance * 3 <= name.len()).then_some(name)
}

/// Tokens as they are written, without spaces.
pub(crate) fn text(tokens: impl ToTokens) -> String {
    tokens.to_token_stream().to_string().replace(' ', "")
}

/// What was meant by an expression where an option may stand: `key` is what is before a regularizer, nothing on a field.
///
/// On a field it may be a regularizer of the user's own.
pub(crate) fn option_of(expr: &Expr, key: &str) -> Option<String> {
    let is_on_field = key.is_empty();
    match expr {
        Expr::Unary(not) if matches!(not.op, UnOp::Not(_)) => {
            let is_option = text(&not.expr) == "trainable";
            is_option.then(|| "an option has a value: write `trainable = false`".into())
        }
        Expr::Call(call) => {
            let name = word(&call.func)?.to_string();
            if is_on_field && !["nested", "trainable", "value_only"].contains(&&*name) {
                return None;
            }
            match option(&name) {
                Some(_) if is_flag(&name) => {
                    Some(format!("`{name}` is written alone, {}", place(&name)))
                }
                Some(_) => {
                    let value = text(&call.args);
                    Some(format!("a value follows a `=`: write `{name} = {value}`"))
                }
                None => habit(&name, key),
            }
        }
        Expr::Path(_) | Expr::Binary(_) => {
            let written = text(expr);
            let name = written.replace('-', "_");
            let is_word = name.chars().all(|c| c == '_' || c.is_ascii_lowercase());
            if !is_word || is_on_field && NUMBERS.contains(&&*name) {
                return None;
            }
            match option(&name) {
                Some(_) if written != name => Some(format!("the option is written `{name}`")),
                Some(example) => Some(format!("`{name}` needs a value: write `{example}`")),
                None => habit(&name, key).or_else(|| {
                    let near = nearest(&name, options().chain(["none"]))?;
                    let example = option(near).unwrap_or(near);
                    Some(format!(
                        "there is no option `{written}`: did you mean `{example}`?"
                    ))
                }),
            }
        }
        _ => None,
    }
}

/// A factory that is called, or its name alone, and its first argument.
pub(crate) fn factory(expr: &Expr) -> Option<(Kind, Option<String>)> {
    match peel(expr) {
        Expr::Call(call) => {
            let kind = Kind::new(&word(&call.func)?)?;
            let argument = call.args.first().map(|argument| match argument {
                Expr::Assign(assign) => text(&assign.right),
                argument => text(argument),
            });
            Some((kind, argument))
        }
        expr => Some((Kind::new(&word(expr)?)?, None)),
    }
}

/// One regularizer instead of two.
pub(crate) fn both(a: &Expr, b: &Expr) -> Option<String> {
    let (first, second) = (factory(a)?, factory(b)?);
    let factor = |argument: Option<String>| argument.unwrap_or_else(|| "0.01".into());
    Some(match (first, second) {
        ((Kind::L1, l1), (Kind::L2, l2)) | ((Kind::L2, l2), (Kind::L1, l1)) => format!(
            "L1 and L2 of one weight are one regularizer: write `l1_l2({}, {})`",
            factor(l1),
            factor(l2)
        ),
        _ => "a weight has one regularizer: write `l1_l2(0.01, 0.01)` for L1 and L2, or a closure for another sum".into(),
    })
}

/// What was meant by an expression that can be no regularizer.
pub(crate) fn regularizer_of(expr: &Expr) -> Option<String> {
    let none = || Some("what is not regularized is written `none`".to_string());
    let without = |kind: Kind, argument: Option<String>| {
        let argument = argument.unwrap_or_else(|| "0.01".into());
        Some(format!(
            "the factory is written `{}({argument})`",
            kind.factory()
        ))
    };
    match peel(expr) {
        Expr::Infer(_) => none(),
        Expr::Tuple(tuple) if tuple.elems.is_empty() => none(),
        Expr::Lit(lit) if matches!(lit.lit, Lit::Bool(_)) => none(),
        path @ Expr::Path(_) => {
            let name = word(path)?.to_string();
            match name.as_str() {
                "None" | "null" | "nil" | "False" | "skip" | "ignore" => none(),
                "nested" => {
                    Some("`nested` is written on the field: `#[regularize(nested)]`".into())
                }
                _ if is_flag(&name) => Some(format!(
                    "`{name}` is an option beside the regularizer: on the field write `#[regularize({name}, l2(0.01))]`"
                )),
                _ => None,
            }
        }
        Expr::Binary(binary) => match (factory(&binary.left), factory(&binary.right)) {
            (Some(_), Some(_)) => both(&binary.left, &binary.right),
            (None, None) => None,
            (left, right) => {
                let by = if left.is_some() {
                    &binary.right
                } else {
                    &binary.left
                };
                let (kind, argument) = left.or(right)?;
                let sign = match binary.op {
                    BinOp::Mul(_) => "*",
                    BinOp::Div(_) => "/",
                    _ => return None,
                };
                let factor = match argument {
                    Some(argument) => format!("{argument} {sign} {}", text(by)),
                    None => text(by),
                };
                let factory = kind.factory();
                Some(format!(
                    "what multiplies is written in the factor: write `{factory}({factor})`"
                ))
            }
        },
        Expr::Array(array) if array.elems.len() == 2 => both(&array.elems[0], &array.elems[1]),
        Expr::Tuple(tuple) if tuple.elems.len() == 2 => both(&tuple.elems[0], &tuple.elems[1]),
        Expr::Unary(unary) => match (factory(&unary.expr), &*unary.expr) {
            (Some((kind, argument)), _) => without(kind, argument),
            (None, Expr::Lit(lit)) => {
                let text = text(lit);
                Some(format!(
                    "a factor is not negative, and alone it does not say of what: write `l1({text})` or `l2({text})`"
                ))
            }
            _ => None,
        },
        Expr::Try(question) => {
            let (kind, argument) = factory(&question.expr)?;
            without(kind, argument)
        }
        Expr::MethodCall(call) => {
            let of_keras = ["keras", "tf", "regularizers"];
            let receiver = text(&call.receiver);
            let root = receiver.split('.').next().unwrap_or_default();
            if of_keras.contains(&root) {
                let kind = Kind::new(&call.method)?;
                return without(kind, call.args.first().map(text));
            }
            let (kind, argument) = factory(&call.receiver)?;
            match call.method.to_string().as_str() {
                "unwrap" | "expect" | "into" | "ok" => without(kind, argument),
                _ => None,
            }
        }
        Expr::Call(call) => {
            let Expr::Path(path) = &*call.func else {
                return None;
            };
            // `l2::<f32>(0.01)`
            let [only] = path.path.segments.iter().collect::<Vec<_>>()[..] else {
                return None;
            };
            let kind = Kind::new(&only.ident).filter(|_| !only.arguments.is_empty())?;
            without(kind, call.args.first().map(text))
        }
        Expr::Index(index) => {
            let kind = Kind::new(&word(&index.expr)?)?;
            without(kind, Some(text(&index.index)))
        }
        Expr::Struct(value) => {
            let name = value.path.get_ident()?;
            let kind = Kind::new(name).or_else(|| {
                let kinds = [Kind::L1, Kind::L2, Kind::L1L2];
                kinds.into_iter().find(|kind| name == kind.ty())
            })?;
            without(kind, value.fields.first().map(|field| text(&field.expr)))
        }
        _ => None,
    }
}

/// What was meant by an edition that is not a constant of `Edition`.
pub(crate) fn edition_of(expr: &Expr) -> Option<String> {
    let written = &*text(expr);
    let is_version = |written: &str| {
        written.starts_with(|c: char| c.is_ascii_digit())
            || written.starts_with("KERAS_")
            || written.starts_with("TF_")
    };
    let is_meant = match expr {
        Expr::Lit(_) => true,
        Expr::Path(_) => word(expr).is_some() && written.contains(char::is_lowercase),
        Expr::Field(_) => is_version(written),
        _ => false, // a constant of the user's own
    };
    if !is_meant {
        return None;
    }
    let upper = written.trim_matches('"').replace('-', "_").to_uppercase();
    if ["LATEST", "NEWEST"].contains(&upper.as_str()) {
        return Some("LATEST".into());
    }
    let is_plain = |c: char| c.is_ascii_digit() || c == '.' || c == '_';
    let version = upper.trim_start_matches("KERAS").trim_start_matches('_');
    if version.is_empty() || !version.chars().all(is_plain) {
        let is_name = upper.starts_with(char::is_alphabetic)
            && upper.chars().all(|c| c.is_alphanumeric() || c == '_');
        return match is_name {
            true => Some(upper),
            false => Some("KERAS_2_2".into()),
        };
    }
    let mut numbers = version
        .split(['.', '_'])
        .map(|number| number.parse::<u32>().unwrap_or(0));
    let numbers = [(); 3].map(|()| numbers.next().unwrap_or(0));
    Some(
        match numbers {
            [..=2, ..] => "KERAS_2_2",
            [3, ..14, _] => "KERAS_3_0",
            [3, 14, 0] => "KERAS_3_14_0",
            _ => "LATEST",
        }
        .into(),
    )
}

/// The expression with the factories within it as constants of the layer's edition.
pub(crate) fn within(expr: &Expr, errors: &mut Errors) -> Expr {
    let mut has_one = false;
    let tokens = factories(expr.to_token_stream(), &mut has_one, errors);
    match has_one {
        true => Expr::Verbatim(tokens),
        false => expr.clone(),
    }
}

fn factories(tokens: TokenStream, has_one: &mut bool, errors: &mut Errors) -> TokenStream {
    let mut found = TokenStream::new();
    let mut tokens = tokens.into_iter().peekable();
    let mut is_path = false; // after a `.` or `::`
    let mut is_colon = false;
    while let Some(token) = tokens.next() {
        let sign = match &token {
            TokenTree::Punct(sign) => Some(sign.as_char()),
            _ => None,
        };
        let is_next_path = sign == Some('.') || is_colon && sign == Some(':');
        is_colon = matches!(&token, TokenTree::Punct(sign) if sign.as_char() == ':' && sign.spacing() == Spacing::Joint);
        match token {
            TokenTree::Ident(name)
                if !is_path && Kind::new(&name).is_some_and(|kind| kind != Kind::Orthogonal) =>
            {
                let edition = Ident::new("__EDITION", Span::call_site().located_at(name.span()));
                let is_call = |next: &TokenTree| matches!(next, TokenTree::Group(group) if group.delimiter() == Delimiter::Parenthesis);
                match tokens.next_if(is_call) {
                    Some(TokenTree::Group(arguments)) => {
                        *has_one = true;
                        if let (Some(token), Some(kind)) =
                            (find_self(arguments.stream()), Kind::new(&name))
                        {
                            errors.at(token, kind.at_run_time());
                        }
                        found.extend(quote!(const { #edition.#name #arguments }));
                    }
                    _ => found.extend([TokenTree::Ident(name)]),
                }
            }
            TokenTree::Group(group) => {
                let mut inner = Group::new(
                    group.delimiter(),
                    factories(group.stream(), has_one, errors),
                );
                inner.set_span(group.span());
                found.extend([TokenTree::Group(inner)]);
            }
            token => found.extend([token]),
        }
        is_path = is_next_path;
    }
    found
}
