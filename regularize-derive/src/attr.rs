//! `#[regularize(…)]`: tokens to items, and on past a mistake to the next comma.

use crate::meant::text;
use crate::regularizer::Kind;
use proc_macro2::{Ident, TokenStream, TokenTree};
use quote::ToTokens;
use syn::ext::IdentExt;
use syn::parse::{Parse, ParseStream};
use syn::spanned::Spanned;
use syn::token::Paren;
use syn::{Attribute, Expr, Index, LitInt, Member, Meta, Path, Token, Type, parenthesized};

/// All mistakes of one type.
#[derive(Default)]
pub(crate) struct Errors(Option<syn::Error>);

impl Errors {
    pub(crate) fn push(&mut self, error: syn::Error) {
        match &mut self.0 {
            Some(errors) => errors.combine(error),
            None => self.0 = Some(error),
        }
    }

    pub(crate) fn is_empty(&self) -> bool {
        self.0.is_none()
    }

    /// A mistake at the tokens.
    pub(crate) fn at(&mut self, tokens: impl ToTokens, message: impl std::fmt::Display) {
        self.push(syn::Error::new_spanned(tokens, message));
    }

    pub(crate) fn into_result(self) -> syn::Result<()> {
        self.0.map_or(Ok(()), Err)
    }
}

/// What is written between two commas.
pub(crate) enum Item {
    /// `crate = path`
    Crate(Token![crate], Path),
    /// `gradients = Type`
    Gradients(Ident, Type),
    /// `penalty = Type`
    Penalty(Ident, Type),
    /// `trainable = expr`
    Trainable(Ident, Expr),
    /// `activity = regularizer`
    Activity(Ident, Expr),
    /// `edition = KERAS_2_2`
    Edition(Ident, Expr),
    /// `value_only`
    ValueOnly(Ident),
    /// `exhaustive`
    Exhaustive(Ident),
    /// `sharded`, or `sharded(role, …)`
    Sharded(Ident, Option<Vec<Ident>>),
    /// `field = regularizer`, `0 = regularizer`, or on a field `role = regularizer`
    Assign(Member, Expr),
    /// `nested`
    Nested(Ident),
    /// A regularizer on a field, or `none`.
    Bare(Expr),
}

impl Item {
    /// What stands before the `=`, or the whole.
    pub(crate) fn key(&self) -> TokenStream {
        match self {
            Self::Crate(key, _) => key.to_token_stream(),
            Self::Gradients(key, _)
            | Self::Penalty(key, _)
            | Self::Trainable(key, _)
            | Self::Activity(key, _)
            | Self::Edition(key, _)
            | Self::ValueOnly(key)
            | Self::Exhaustive(key)
            | Self::Sharded(key, _)
            | Self::Nested(key) => key.to_token_stream(),
            Self::Assign(key, _) => key.to_token_stream(),
            Self::Bare(expr) => expr.to_token_stream(),
        }
    }
}

/// The type after an option, with a word about fields of that name.
fn option_type(key: &Ident, input: ParseStream<'_>) -> syn::Result<Type> {
    let begin = input.fork();
    let ended = |input: ParseStream<'_>| input.is_empty() || input.peek(Token![,]);
    match input.call(Type::without_plus) {
        Ok(ty) if ended(input) => Ok(ty),
        _ => Err(syn::Error::new(
            begin.span(),
            format!(
                "`{key}` is an option and names a type, as in `{key} = {}`; a field named `{key}` is regularized by \
                 an attribute on the field: `#[regularize(l2(0.01))]`",
                if key == "penalty" {
                    "f32"
                } else {
                    "DenseGradients"
                },
            ),
        )),
    }
}

impl Parse for Item {
    fn parse(input: ParseStream<'_>) -> syn::Result<Self> {
        no_other_sign(input)?;
        let assigns = input.peek2(Token![=]) && !input.peek2(Token![==]);
        if assigns && input.peek(Token![crate]) {
            let key = input.parse()?;
            input.parse::<Token![=]>()?;
            let path = input.call(Path::parse_mod_style).map_err(|error| {
                let message =
                    "`crate` is a path without quotes: write `crate = my_crate::regularize`";
                syn::Error::new(error.span(), message)
            });
            return Ok(Self::Crate(key, path?));
        }
        if assigns && input.peek(LitInt) {
            let index: Index = input.parse()?;
            input.parse::<Token![=]>()?;
            return Ok(Self::Assign(Member::Unnamed(index), value(input)?));
        }
        if assigns && input.peek(Ident::peek_any) {
            let key = input.call(Ident::parse_any)?;
            input.parse::<Token![=]>()?;
            return Ok(match key.to_string().as_str() {
                "gradients" => Self::Gradients(key.clone(), option_type(&key, input)?),
                "penalty" => Self::Penalty(key.clone(), option_type(&key, input)?),
                "trainable" => Self::Trainable(key, value(input)?),
                "activity" => Self::Activity(key, value(input)?),
                "edition" => Self::Edition(key, value(input)?),
                _ => Self::Assign(Member::Named(key), value(input)?),
            });
        }
        if input.peek2(Paren)
            && input.peek(Ident::peek_any)
            && input.fork().call(Ident::parse_any)? == "sharded"
        {
            return sharded(input);
        }
        let expr: Expr = expression(input)?;
        Ok(match (word(&expr), &expr) {
            (Some(word), _) if word == "value_only" => Self::ValueOnly(word),
            (Some(word), _) if word == "exhaustive" => Self::Exhaustive(word),
            (Some(word), _) if word == "sharded" => Self::Sharded(word, None),
            (Some(word), _) if word == "nested" => Self::Nested(word),
            _ => Self::Bare(expr),
        })
    }
}

/// `sharded(role, …)`
fn sharded(input: ParseStream<'_>) -> syn::Result<Item> {
    let key: Ident = input.parse()?;
    let content;
    let parentheses = parenthesized!(content in input);
    let roles = content.parse_terminated(Ident::parse_any, Token![,]);
    // What is left of it would be another error.
    content.parse::<TokenStream>()?;
    let roles = roles.map_err(|error| {
        let message =
            "the roles whose weights are parts are named, as in `sharded(kernel, recurrent)`";
        syn::Error::new(error.span(), message)
    })?;
    match roles.is_empty() {
        true => Err(syn::Error::new(
            parentheses.span.join(),
            "no role is sharded here: name some, as in `sharded(kernel)`, or write `sharded` for all",
        )),
        false => Ok(Item::Sharded(key, Some(roles.into_iter().collect()))),
    }
}

/// What follows a `=`.
fn value(input: ParseStream<'_>) -> syn::Result<Expr> {
    if input.is_empty() || input.peek(Token![,]) {
        return Err(
            input.error("a regularizer is missing after the `=`: write `l2(0.01)` or `none`")
        );
    }
    expression(input)
}

/// A key is followed by a `=`, and is not in quotes.
fn no_other_sign(input: ParseStream<'_>) -> syn::Result<()> {
    let rest = input.fork();
    let Ok(key) = rest.parse::<TokenTree>() else {
        return Ok(());
    };
    let sign = rest.span();
    let is_string = matches!(&key, TokenTree::Literal(key) if key.to_string().starts_with('"'));
    let is_key = matches!(key, TokenTree::Ident(_) | TokenTree::Literal(_));
    let is_other = rest.peek(Token![=>])
        || rest.peek(Token![==])
        || rest.peek(Token![:]) && !rest.peek(Token![::]);
    if !is_key || !(is_other || is_string && rest.peek(Token![=])) {
        return Ok(());
    }
    while rest.peek(Token![=])
        || rest.peek(Token![==])
        || rest.peek(Token![>])
        || rest.peek(Token![:])
    {
        rest.parse::<TokenTree>()?;
    }
    let (name, value) = (key.to_string(), text(until_comma(&rest)));
    let name = name.trim_matches('"');
    let is_factory = matches!(&key, TokenTree::Ident(key) if Kind::new(key).is_some());
    let (span, message) = match (is_factory, is_other) {
        (true, _) => (
            sign,
            format!("a factor is in parentheses: write `{name}({value})`"),
        ),
        (_, true) => (
            sign,
            format!("a name is followed by `=`: write `{name} = {value}`"),
        ),
        _ => (
            key.span(),
            format!("a name is not in quotes: write `{name} = {value}`"),
        ),
    };
    Err(syn::Error::new(span, message))
}

/// An expression; what is none is told with what to write.
fn expression(input: ParseStream<'_>) -> syn::Result<Expr> {
    // Ahead, as what is left of a group would be another error.
    if let Err(error) = input.fork().parse::<Expr>() {
        let tokens = input.fork().parse::<TokenStream>().unwrap_or_default();
        let hint = match stray(tokens) {
            Some(':') => "an argument is named with `=`, as in `l2(l2 = 0.01)`",
            Some('%') => "a factor is a number, and not in percent: write `l2(0.01)`",
            Some('.') => "a number begins with a digit: write `0.01`",
            _ => "this is not an expression: write a regularizer as `l2(0.01)`",
        };
        return Err(syn::Error::new(error.span(), hint));
    }
    input.parse()
}

/// The first sign in parentheses that is not one of an expression.
fn stray(tokens: TokenStream) -> Option<char> {
    let mut last = None;
    for token in tokens {
        match token {
            TokenTree::Group(group) => {
                let tokens: Vec<_> = group.stream().into_iter().collect();
                for (index, token) in tokens.iter().enumerate() {
                    let TokenTree::Punct(sign) = token else {
                        continue;
                    };
                    let is_first = index == 0;
                    let is_last = index + 1 == tokens.len();
                    match sign.as_char() {
                        ':' if sign.spacing() == proc_macro2::Spacing::Alone && !is_first => {
                            return Some(':');
                        }
                        '%' if is_last => return Some('%'),
                        '.' if is_first => return Some('.'),
                        _ => {}
                    }
                }
                last = last.or_else(|| stray(group.stream()));
            }
            TokenTree::Punct(sign) if sign.as_char() == ',' => break,
            _ => {}
        }
    }
    last
}

/// The expression as one identifier.
pub(crate) fn word(expr: &Expr) -> Option<Ident> {
    match expr {
        // A path that begins with a type, as `<Presets>::l1` does, is not one identifier.
        Expr::Path(path) => path.path.get_ident().cloned(),
        _ => None,
    }
}

/// The items of all `#[regularize(…)]` among the attributes.
pub(crate) fn items(attributes: &[Attribute], errors: &mut Errors) -> Vec<Item> {
    let mut items = Vec::new();
    for attribute in attributes {
        if !attribute.path().is_ident("regularize") {
            continue;
        }
        let Meta::List(list) = &attribute.meta else {
            errors.at(
                &attribute.meta,
                "what to regularize is written in parentheses: `#[regularize(kernel = l2(0.01))]`",
            );
            continue;
        };
        let parse = |input: ParseStream<'_>| {
            comma_separated(input, &mut items, errors);
            Ok(())
        };
        if let Err(error) = list.parse_args_with(parse) {
            errors.push(error);
        }
    }
    items
}

fn comma_separated(input: ParseStream<'_>, items: &mut Vec<Item>, errors: &mut Errors) {
    while !input.is_empty() {
        match input.parse() {
            Ok(item) => items.push(item),
            Err(error) => {
                errors.push(error);
                skip(input);
            }
        }
        if !input.is_empty() && input.parse::<Token![,]>().is_err() {
            let message = missing(items, input);
            errors.push(input.error(message));
            skip(input);
            // The comma, if there is one.
            let _ = input.parse::<Option<Token![,]>>();
        }
    }
}

/// What is missing between an item and the rest.
fn missing(items: &mut Vec<Item>, rest: ParseStream<'_>) -> String {
    if rest.peek(Ident::peek_any) && rest.peek2(Token![=]) {
        return "a comma is missing before this".into();
    }
    let name = match items.last() {
        Some(Item::Assign(_, expr) | Item::Bare(expr)) => word(expr),
        _ => None,
    };
    let value = text(until_comma(&rest.fork()));
    let value = value.trim_start_matches(':');
    match name {
        Some(name) if Kind::new(&name).is_some() => {
            format!("a factor is in parentheses: write `{name}({value})`")
        }
        Some(name) if matches!(items.last(), Some(Item::Bare(_))) => {
            items.pop(); // what it was meant to be is told here
            format!("a `=` is missing after the name: write `{name} = {value}`")
        }
        _ => {
            "a comma is expected here: for L1 and L2 of one weight write `l1_l2(0.01, 0.01)`".into()
        }
    }
}

/// What is left of an item.
fn until_comma(input: ParseStream<'_>) -> TokenStream {
    let mut tokens = TokenStream::new();
    while !input.is_empty() && !input.peek(Token![,]) {
        tokens.extend(input.parse::<TokenTree>());
    }
    tokens
}

/// To the next comma.
fn skip(input: ParseStream<'_>) {
    while !input.is_empty() && !input.peek(Token![,]) {
        if input.parse::<TokenTree>().is_err() {
            return;
        }
    }
}

/// The identifiers anywhere in the tokens.
pub(crate) fn identifiers(tokens: TokenStream, f: &mut impl FnMut(&Ident)) {
    for token in tokens {
        match token {
            TokenTree::Ident(ident) => f(&ident),
            TokenTree::Group(group) => identifiers(group.stream(), f),
            _ => {}
        }
    }
}

/// Whether one of the names occurs in the tokens.
pub(crate) fn mentions(tokens: impl ToTokens, names: &[String]) -> bool {
    let mut found = false;
    identifiers(tokens.into_token_stream(), &mut |ident| {
        found |= names.iter().any(|name| ident == name);
    });
    found
}

/// The first token `self` that is the layer: `self::RATE` is a path.
pub(crate) fn find_self(tokens: impl ToTokens) -> Option<Ident> {
    let mut tokens = tokens.into_token_stream().into_iter().peekable();
    while let Some(token) = tokens.next() {
        let is_path =
            matches!(tokens.peek(), Some(TokenTree::Punct(next)) if next.as_char() == ':');
        let found = match token {
            TokenTree::Ident(ident) => (ident == "self" && !is_path).then_some(ident),
            TokenTree::Group(group) => find_self(group.stream()),
            _ => None,
        };
        if found.is_some() {
            return found;
        }
    }
    None
}

/// The span of the tokens, resolved where the user wrote them.
pub(crate) fn span(tokens: impl ToTokens) -> proc_macro2::Span {
    tokens.into_token_stream().span()
}
