//! Items to a plan: what is regularized, by what, and what is said of the whole; and all mistakes.

use crate::ast::{Body, Field, Input, is_open};
use crate::attr::{Errors, Item, find_self, mentions, word};
use crate::meant::{
    both, edition_of, factory, habit, is_flag, nearest, option, option_of, options, text,
};
use crate::regularizer::{Regularizer, list, peel};
use proc_macro2::{Delimiter, Group, Ident, TokenStream, TokenTree};
use quote::{ToTokens, quote};
use syn::{
    Expr, GenericArgument, Generics, Lit, Member, PathArguments, PathSegment, Type, TypeParam,
    TypeParamBound, WherePredicate,
};

/// Keras' roles, as the module `regularize::role` has them.
const ROLES: [&str; 9] = [
    "kernel",
    "bias",
    "recurrent",
    "depthwise",
    "pointwise",
    "embeddings",
    "gamma",
    "beta",
    "alpha",
];

/// Types of std that hold no float.
const OTHER_TYPES: [&str; 17] = [
    "PhantomData",
    "String",
    "bool",
    "char",
    "i128",
    "i16",
    "i32",
    "i64",
    "i8",
    "isize",
    "str",
    "u128",
    "u16",
    "u32",
    "u64",
    "u8",
    "usize",
];

pub(crate) struct Plan<'a> {
    pub(crate) ident: &'a Ident,
    pub(crate) generics: &'a Generics,
    /// The path of the library.
    pub(crate) krate: TokenStream,
    pub(crate) gradients: Option<&'a Type>,
    /// Whether the gradients are in a box whose type is known at run time.
    pub(crate) gradients_in_a_box: bool,
    pub(crate) penalty: Option<&'a Type>,
    pub(crate) edition: Option<&'a Expr>,
    pub(crate) trainable: Option<&'a Expr>,
    pub(crate) activity: Option<Regularizer>,
    pub(crate) value_only: bool,
    /// Whether every weight within is a part, and other machines have the others.
    pub(crate) sharded: bool,
    pub(crate) shape: Shape<'a>,
}

pub(crate) enum Shape<'a> {
    Struct(Sites<'a>),
    Enum(Vec<Variant<'a>>),
}

/// The fields of a struct or variant.
#[derive(Default)]
pub(crate) struct Sites<'a> {
    pub(crate) regularized: Vec<Site<'a>>,
    /// What a report lists as not regularized, if it is a weight or a layer.
    pub(crate) unnamed: Vec<Unnamed<'a>>,
}

/// A field without a regularizer that is not said to be `none`, or roles of it.
pub(crate) struct Unnamed<'a> {
    pub(crate) member: &'a Member,
    pub(crate) ty: &'a Type,
    /// Whether it may be a weight or a layer that derives `Regularize`.
    pub(crate) is_whole: bool,
    pub(crate) roles: Vec<&'static str>,
    pub(crate) trainable: Option<&'a Expr>,
}

pub(crate) struct Variant<'a> {
    pub(crate) ident: &'a Ident,
    /// All fields, so that expressions can name them.
    pub(crate) members: Vec<&'a Member>,
    pub(crate) sites: Sites<'a>,
}

/// A regularized field, or one role of it.
#[derive(Clone)]
pub(crate) struct Site<'a> {
    pub(crate) member: &'a Member,
    pub(crate) ty: &'a Type,
    /// Which element of a tuple.
    pub(crate) element: Option<usize>,
    pub(crate) trainable: Option<&'a Expr>,
    pub(crate) sharded: bool,
    /// Whether the step and the gradient leave it alone.
    pub(crate) value_only: bool,
    pub(crate) target: Target<'a>,
}

#[derive(Clone)]
pub(crate) enum Target<'a> {
    Weight(Regularizer),
    Role(&'a Ident, Regularizer),
    Nested,
}

impl<'a> Plan<'a> {
    pub(crate) fn sites(&self) -> impl Iterator<Item = &Site<'a>> {
        let (sites, variants): (&[Site<'a>], &[Variant<'a>]) = match &self.shape {
            Shape::Struct(sites) => (&sites.regularized, &[]),
            Shape::Enum(variants) => (&[], variants),
        };
        let of_variants = variants
            .iter()
            .flat_map(|variant| &variant.sites.regularized);
        sites.iter().chain(of_variants)
    }
}

/// What an error says about where an option belongs.
const OF_THE_TYPE: &str = "is said of the whole layer, above the `struct` or `enum`";

/// The plan; as far as it goes where there are mistakes.
pub(crate) fn plan<'a>(input: &'a Input, errors: &mut Errors) -> Plan<'a> {
    let mut plan = Plan {
        ident: &input.ident,
        generics: &input.generics,
        krate: quote!(::regularize),
        gradients: None,
        gradients_in_a_box: false,
        penalty: None,
        edition: None,
        trainable: None,
        activity: None,
        value_only: false,
        sharded: false,
        shape: Shape::Struct(Sites::default()),
    };
    let parameters = input.parameters();
    let mut assigned = Vec::new();
    let mut seen = Vec::new();
    let mut exhaustive = false;
    for item in &input.items {
        if is_option(item) && !once(item, &mut seen, errors) {
            continue;
        }
        match item {
            // In a group, as a place is given to the tokens of the macro, and what is wrong in this path is told at it.
            Item::Crate(_, path) => {
                let path = Group::new(Delimiter::None, path.to_token_stream());
                plan.krate = TokenTree::Group(path).into();
            }
            Item::Gradients(_, ty) if is_any(ty) => plan.gradients_in_a_box = true,
            Item::Gradients(_, ty) => plan.gradients = Some(ty),
            Item::Penalty(_, ty) => plan.penalty = Some(ty),
            Item::Trainable(key, expr) => {
                plan.trainable = Some(expr);
                trainable(key, expr, errors);
            }
            Item::Activity(_, expr) => {
                plan.activity = activity(expr, &parameters, errors);
            }
            Item::ValueOnly(_) => plan.value_only = true,
            Item::Exhaustive(_) => exhaustive = true,
            Item::Sharded(_, None) => plan.sharded = true,
            Item::Sharded(_, Some(roles)) => errors.at(
                &roles[0],
                "above a type `sharded` is said of all that is within; of one field it is said on the field: \
                 `#[regularize(sharded)]`",
            ),
            Item::Edition(_, expr) => {
                edition(expr, errors);
                plan.edition = Some(expr);
            }
            Item::Assign(member, expr) => {
                match &input.body {
                    Body::Struct(_) => assigned.push((member, expr)),
                    Body::Enum(_) => errors.at(
                        member,
                        "the fields of an enum are its variants': write this above the variant that has the field",
                    ),
                }
            }
            Item::Nested(key) => errors.at(
                key,
                "`nested` is written on the field that holds a layer which derives `Regularize`",
            ),
            Item::Bare(expr) => {
                let fields: &[Field] = match &input.body {
                    Body::Struct(fields) => fields,
                    Body::Enum(_) => &[],
                };
                errors.at(expr, above(expr, fields));
            }
        }
    }

    let mut context = Context {
        owner: format!("`{}`", input.ident),
        parameters: &parameters,
        exhaustive,
        is_packed: input.is_packed,
        generics: &input.generics,
        siblings: Vec::new(),
        is_struct: matches!(input.body, Body::Struct(_)),
        errors,
    };
    plan.shape = match &input.body {
        Body::Struct(fields) => Shape::Struct(context.sites(fields, &assigned)),
        Body::Enum(variants) => {
            let plan_variant = |variant: &'a crate::ast::Variant| {
                let mut assigned = Vec::new();
                for item in &variant.items {
                    match item {
                        Item::Assign(member, expr) => assigned.push((member, expr)),
                        item if is_option(item) => {
                            let key = item.key();
                            context.errors.at(&key, format!("`{key}` {OF_THE_TYPE}"));
                        }
                        Item::Bare(expr) => {
                            context.errors.at(expr, above(expr, &variant.fields));
                        }
                        item => context.errors.at(
                            item.key(),
                            "on a variant, what is regularized is written `field = regularizer`",
                        ),
                    }
                }
                context.owner = format!("`{}::{}`", input.ident, variant.ident);
                Variant {
                    ident: &variant.ident,
                    members: variant.fields.iter().map(|field| &field.member).collect(),
                    sites: context.sites(&variant.fields, &assigned),
                }
            };
            Shape::Enum(variants.iter().map(plan_variant).collect())
        }
    };

    let is_nested = |site: &Site<'_>| matches!(site.target, Target::Nested);
    if let (Some(expr), None, true) = (plan.edition, &plan.activity, plan.sites().all(is_nested))
        && plan.sites().next().is_some()
    {
        errors.at(
            expr,
            "`edition` has no effect here, as each nested layer follows its own: write it above those layers",
        );
    }

    // What was meant may be among the mistakes.
    if plan.sites().next().is_some() || !errors.is_empty() || input.is_told {
        return plan;
    }
    if plan.activity.is_none() {
        errors.at(&input.ident, nothing(input));
    } else if plan.penalty.is_none() {
        errors.at(
            &input.ident,
            "without a regularized weight nothing says of which type the penalty is: write `penalty = f32`",
        );
    }
    plan
}

/// What to write above a type instead of an expression.
fn above(expr: &Expr, fields: &[Field]) -> String {
    let names: Vec<String> = fields.iter().map(|field| name(&field.member)).collect();
    let is_field = |written: &str| names.iter().any(|name| name == written);
    let first = names.first().map_or("kernel", |name| name);
    let says = |field: &str, regularizer: &str| {
        format!("what does this regularize? write `{field} = {regularizer}`")
    };
    let hint = match peel(expr) {
        Expr::Call(call) if is_field(&text(&call.func)) => {
            let regularizer = match call.args.first() {
                Some(Expr::Assign(named)) if factory(&named.left).is_some() => {
                    format!("{}({})", text(&named.left), text(&named.right))
                }
                _ => text(&call.args),
            };
            Some(says(&text(&call.func), &regularizer))
        }
        Expr::MethodCall(call) if is_field(&text(&call.receiver)) => {
            let regularizer = format!("{}({})", call.method, text(&call.args));
            Some(says(&text(&call.receiver), &regularizer))
        }
        Expr::Assign(assign) => match &*assign.left {
            left if factory(left).is_some() => Some(says(&text(&assign.right), &text(left))),
            Expr::Field(path) if text(&path.base) == "self" => Some(format!(
                "a field is named without `self`: write `{} = {}`",
                text(&path.member),
                text(&assign.right)
            )),
            Expr::Field(path) => {
                let (role, value) = (text(&path.member), text(&assign.right));
                Some(format!(
                    "a weight within a layer is regularized where the layer is: write `#[regularize({role} = {value})]` on \
                     the field `{}`, or on the struct of the layer if it is yours, and `#[regularize(nested)]` on the field",
                    text(&path.base)
                ))
            }
            _ => Some(format!(
                "each field is named alone: write `{first} = {value}`, and so on",
                value = text(&assign.right)
            )),
        },
        Expr::Lit(lit) => Some(match &lit.lit {
            Lit::Str(_) => says(first, "l2(0.01)") + ", without quotes",
            number => says(first, &format!("l2({})", text(number))),
        }),
        expr => match (factory(expr), word(expr)) {
            (Some((kind, Some(argument))), _) if is_field(&argument) => {
                Some(says(&argument, &format!("{}(0.01)", kind.factory())))
            }
            (Some(_), _) => Some(says(first, &text(expr))),
            (None, Some(word)) if is_field(&word.to_string()) => {
                Some(says(&word.to_string(), "l2(0.01)"))
            }
            _ => option_of(expr, &format!("{first} = ")),
        },
    };
    hint.unwrap_or_else(|| {
        let options: Vec<&str> = options().collect();
        format!(
            "what does this regularize? write `{first} = l2(0.01)` with the name of the field, or an option: {}",
            list(&options)
        )
    })
}

/// What to write instead of a name that is neither a field, or on a field a role, nor an option.
fn other_name(
    written: &str,
    value: &Expr,
    names: &[String],
    is_on_field: bool,
    has_not: &str,
) -> String {
    let first = names.first().map_or("kernel", |name| name);
    let value = text(value);
    let key = match is_on_field {
        true => String::new(),
        false => format!("{first} = "),
    };
    let base = written
        .strip_suffix("regularizer")
        .map(|base| base.trim_end_matches('_'));
    match (written, base) {
        ("nested", _) if !is_on_field => {
            return "`nested` is written on the field that holds the layer: `#[regularize(nested)]`".into();
        }
        _ if is_flag(written) => {
            return format!("`{written}` is written alone, without a value: write `{written}`");
        }
        ("l1" | "l2" | "l1_l2" | "orthogonal", _) => {
            let field = value.trim_matches('"');
            return match names.iter().any(|name| name == field) && !is_on_field {
                true => format!("`{written}` is a factory: write `{field} = {written}(0.01)`"),
                false => format!("`{written}` is a factory: write `{key}{written}({value})`"),
            };
        }
        (_, Some("activity")) => {
            return "Keras' `activity_regularizer` is an option: write `activity = l1(0.01)` above the struct".into();
        }
        (_, Some("")) => return format!("a regularizer has no key: write `{key}{value}`"),
        (_, Some(base)) => return format!("Keras' `{written}` is written `{base} = {value}`"),
        ("weight" | "weights", _) if is_on_field => {
            return format!(
                "what burn and torch call `{written}` is the role `kernel`: write `kernel = {value}`, or `{value}` alone if the \
                 field is itself a weight"
            );
        }
        _ => {}
    }
    if let Some(hint) = habit(written, &key) {
        return hint;
    }
    let is_name = |near: &str| names.iter().any(|name| name == near);
    let known: Vec<&str> = names.iter().map(|name| &**name).chain(options()).collect();
    match nearest(written, known) {
        Some(near) => {
            let near = option(near).filter(|_| !is_name(near)).unwrap_or(near);
            format!("{has_not}: did you mean `{near}`?")
        }
        None if names.is_empty() => format!("{has_not}, and no other"),
        None => format!("{has_not}, only {}", list(names)),
    }
}

/// What to write on a type that regularizes nothing.
fn nothing(input: &Input) -> String {
    let first = match &input.body {
        Body::Struct(fields) => fields.first(),
        Body::Enum(variants) => variants.iter().flat_map(|variant| &variant.fields).next(),
    };
    let name = &input.ident;
    let is_layer = |field: &&Field| {
        last(leaf(&field.ty)).is_some_and(|last| {
            last.arguments.is_empty() && !["f32", "f64"].iter().any(|float| last.ident == float)
        })
    };
    if first.filter(is_layer).is_some() {
        return format!(
            "`{name}` regularizes nothing: write `#[regularize(nested)]` on a field that holds a layer of yours, \
             `#[regularize(kernel = l2(0.01))]` on one that holds a layer of another crate, and `#[regularize(l2(0.01))]` \
             on one that is a weight",
        );
    }
    match (&input.body, first.map(|field| &field.member)) {
        (Body::Struct(_), Some(Member::Named(field))) => format!(
            "`{name}` regularizes nothing: write `#[regularize({field} = l2(0.01))]` on it, or `#[regularize(l2(0.01))]` \
             on a field; a field that holds a layer is marked by `#[regularize(nested)]`",
        ),
        (_, Some(_)) => format!(
            "`{name}` regularizes nothing: write `#[regularize(l2(0.01))]` on a field, or `#[regularize(nested)]` on one \
             that derives `Regularize`"
        ),
        (_, None) => format!(
            "`{name}` has no field to regularize: an activity regularizer is written \
             `#[regularize(penalty = f32, activity = l1(1e-4))]`"
        ),
    }
}

/// Returns whether the type is `dyn Any`.
fn is_any(ty: &Type) -> bool {
    let Type::TraitObject(object) = ty else {
        return false;
    };
    object.bounds.iter().any(|bound| match bound {
        TypeParamBound::Trait(bound) => {
            let last = bound.path.segments.last();
            last.is_some_and(|last| last.ident == "Any")
        }
        _ => false,
    })
}

fn is_option(item: &Item) -> bool {
    !matches!(item, Item::Assign(..) | Item::Bare(_) | Item::Nested(_))
}

/// Whether the option is there for the first time.
fn once(item: &Item, seen: &mut Vec<String>, errors: &mut Errors) -> bool {
    let key = item.key();
    let name = match item {
        // Beside the type that is in the box.
        Item::Gradients(_, ty) if is_any(ty) => "gradients = dyn Any".into(),
        _ => key.to_string(),
    };
    let first = !seen.contains(&name);
    match first {
        true => seen.push(name),
        false => errors.at(&key, format!("`{key}` is said twice")),
    }
    first
}

fn trainable(key: &Ident, expr: &Expr, errors: &mut Errors) {
    let is_bool = matches!(expr, Expr::Lit(lit) if matches!(lit.lit, Lit::Bool(_)));
    if let Expr::Lit(_) = expr
        && !is_bool
    {
        errors.at(
            expr,
            format!("`{key}` is true or false: write `{key} = false`, without quotes"),
        );
    }
    if let Expr::Call(call) = expr
        && word(&call.func).is_some_and(|name| name == "l1" || name == "l2" || name == "l1_l2")
    {
        errors.at(
            expr,
            format!(
                "`{key}` is an option, true or false; a field named `{key}` is regularized by an attribute on the field: \
                 `#[regularize({})]`",
                text(expr)
            ),
        );
    }
}

fn edition(expr: &Expr, errors: &mut Errors) {
    if let Some(token) = find_self(expr) {
        errors.at(
            token,
            "a layer's edition is a constant: for one that is known at run time keep an `L1`, `L2` or `L1L2` in a field, \
             made by `L2::in_edition(edition, rate)?`, and write `kernel = self.field`",
        );
    } else if let Some(edition) = edition_of(expr) {
        let message = format!(
            "an edition is a constant of `regularize::Edition`: write `edition = {edition}`"
        );
        errors.at(expr, message);
    }
}

fn activity(expr: &Expr, parameters: &[String], errors: &mut Errors) -> Option<Regularizer> {
    let regularizer = Regularizer::new(expr, parameters, errors)?;
    if regularizer.is_value_only() {
        errors.at(
            expr,
            "an activity regularizer of the layer is an L1, L2 or L1L2; any other goes into a `Losses` in the forward \
             pass: `activities.add(\"name\", &regularizer, &output)`",
        );
        return None;
    }
    Some(regularizer)
}

struct Context<'e> {
    /// The struct or variant, for a message.
    owner: String,
    parameters: &'e [String],
    /// Whether every field must be named.
    exhaustive: bool,
    is_packed: bool,
    generics: &'e Generics,
    /// The fields of the struct or variant.
    siblings: Vec<String>,
    is_struct: bool,
    errors: &'e mut Errors,
}

impl Context<'_> {
    /// The sites of a struct or variant in the order of its fields.
    fn sites<'a>(&mut self, fields: &'a [Field], assigned: &[(&'a Member, &'a Expr)]) -> Sites<'a> {
        self.siblings = fields.iter().map(|field| name(&field.member)).collect();
        for (index, (member, expr)) in assigned.iter().enumerate() {
            if !self.siblings.contains(&name(member)) {
                let (owner, field) = (&self.owner, name(member));
                let has_not = format!("{owner} has no field `{field}`");
                let message = other_name(&field, expr, &self.siblings, false, &has_not);
                self.errors.at(member, message);
            } else if let Some((_, other)) =
                assigned[..index].iter().find(|(other, _)| other == member)
            {
                let message = twice(&name(member), other, expr);
                self.errors.at(member, message);
            }
        }
        let mut sites = Sites::default();
        for field in fields {
            let written = name(&field.member);
            let above = assigned.iter().find(|(member, _)| name(member) == written);
            self.field(field, above.map(|(_, expr)| *expr), &mut sites);
        }
        sites
    }

    /// The sites of one field, which may be assigned a regularizer above the struct.
    fn field<'a>(&mut self, field: &'a Field, above: Option<&'a Expr>, all: &mut Sites<'a>) {
        let sites = &mut all.regularized;
        let begin = sites.len();
        let mut trainable_expr = None;
        let (mut sharded, mut value_only) = (None, None);
        let mut seen: Vec<String> = Vec::new();
        let mut kinds: Vec<&str> = Vec::new();
        let (mut weight, mut is_meant) = (above, false);
        if let Some(expr) = above {
            kinds.push("weight");
            sites.extend(self.weight(field, expr));
        }
        for item in &field.items {
            if let Some(hint) = self.on_field(item) {
                self.errors.at(item.key(), hint);
                is_meant = true;
                continue;
            }
            let kind = match item {
                Item::Bare(_) => "weight",
                Item::Nested(_) => "nested",
                Item::Assign(..) => "role",
                _ => "option",
            };
            if let ("weight" | "nested" | "role", Some(other)) = (kind, kinds.first())
                && (kind != "role" || *other != "role")
            {
                let field = name(&field.member);
                let message = match (kind, *other, item, weight) {
                    ("weight", "weight", Item::Bare(expr), Some(other)) => {
                        twice(&field, other, expr)
                    }
                    (kind, other, ..) if kind == other => format!("`{field}` is regularized twice"),
                    _ => format!(
                        "`{field}` is one of: a weight (`l2(0.01)`), a layer with roles (`kernel = l2(0.01)`), or \
                         `nested`"
                    ),
                };
                self.errors.at(item.key(), message);
                continue;
            }
            if kind != "option" {
                kinds.push(kind);
            }
            match item {
                Item::Bare(expr) => {
                    weight = Some(expr);
                    sites.extend(self.weight(field, expr));
                }
                Item::Nested(key) => {
                    if is_weight(&field.ty) {
                        let message =
                            "`nested` marks a layer, and this is a weight: write `l2(0.01)`";
                        self.errors.at(key, message);
                    }
                    match is_open(&field.ty) {
                        true => self.errors.at(
                            &field.ty,
                            "layers of any type say what their penalty is: write `dyn Regularize<Penalty = f32>`",
                        ),
                        false => sites.push(site(field, Target::Nested)),
                    }
                }
                Item::Assign(member, expr) => {
                    sites.extend(self.role(field, member, expr, &mut seen))
                }
                Item::Trainable(key, expr) => {
                    if once(item, &mut seen, self.errors) {
                        trainable(key, expr, self.errors);
                        trainable_expr = Some(expr);
                    }
                }
                Item::Sharded(key, roles) => {
                    if once(item, &mut seen, self.errors) {
                        sharded = Some((key, roles.as_deref()));
                    }
                }
                Item::ValueOnly(key) => {
                    if once(item, &mut seen, self.errors) {
                        value_only = Some(key);
                    }
                }
                Item::Activity(key, expr) => {
                    let name = name(&field.member);
                    let regularizer = match expr {
                        Expr::Call(_) => text(expr),
                        _ => "l1(1e-4)".into(),
                    };
                    self.errors.at(
                        key,
                        format!(
                            "the output of a foreign layer is seen by the forward pass alone: write there \
                             `activities.add(\"{name}\", &{regularizer}, &output)` with `activities` a `Losses`"
                        ),
                    );
                }
                item => {
                    let key = item.key();
                    self.errors.at(&key, format!("`{key}` {OF_THE_TYPE}"));
                }
            }
        }
        if sites.len() == begin && kinds.is_empty() && !is_meant {
            if let Some(expr) = trainable_expr {
                self.errors.at(
                    expr,
                    "`trainable` on a field goes with a regularizer: `#[regularize(l2(0.01), trainable = false)]`",
                );
            }
            if let Some((key, _)) = sharded {
                self.errors.at(
                    key,
                    "`sharded` on a field goes with a regularizer: `#[regularize(l2(0.01), sharded)]`",
                );
            }
            if let Some(key) = value_only {
                self.errors.at(
                    key,
                    "`value_only` on a field goes with a regularizer: `#[regularize(value_only, l2(0.01))]`",
                );
            }
        } else if let Some((_, Some(roles))) = sharded {
            self.sharded_roles(field, roles, &kinds, &seen);
        }
        for site in &mut sites[begin..] {
            site.trainable = trainable_expr;
            site.value_only = value_only.is_some();
            site.sharded = match (sharded, &site.target) {
                (None, _) => false,
                (Some((_, Some(roles))), Target::Role(role, _)) => roles.contains(role),
                (Some(_), _) => true,
            };
        }
        let elements = sites.split_off(begin).into_iter().flat_map(elements);
        sites.extend(elements);
        // No reference leads into a packed type.
        if !self.is_packed {
            all.unnamed
                .extend(unnamed(field, &kinds, &seen, trainable_expr));
        }
        if self.exhaustive && kinds.is_empty() {
            let name = name(&field.member);
            let place = match &field.member {
                Member::Named(ident) => ident.to_token_stream(),
                Member::Unnamed(_) => field.ty.to_token_stream(),
            };
            self.errors.at(
                place,
                format!(
                    "`exhaustive` asks for every field, and `{name}` is not named: write `{name} = none`, or what regularizes it; \
                     a field that holds a layer is marked by `#[regularize(nested)]`"
                ),
            );
        }
    }

    /// Whether each of the roles that are sharded is regularized.
    fn sharded_roles(&mut self, field: &Field, roles: &[Ident], kinds: &[&str], seen: &[String]) {
        if !kinds.contains(&"role") {
            let field = name(&field.member);
            self.errors.at(
                &roles[0],
                format!("`{field}` is regularized without roles: write `sharded` for all of it"),
            );
            return;
        }
        let known: Vec<_> = seen
            .iter()
            .filter(|name| ROLES.contains(&name.as_str()))
            .collect();
        if known.is_empty() {
            return; // what was meant is among the mistakes
        }
        for role in roles
            .iter()
            .filter(|role| !known.iter().any(|name| role == name))
        {
            self.errors.at(
                role,
                format!(
                    "the role `{role}` is not regularized here, only {}",
                    list(&known)
                ),
            );
        }
    }

    fn weight<'a>(&mut self, field: &'a Field, expr: &Expr) -> Option<Site<'a>> {
        let regularizer = self.regularizer(expr)?;
        let is_one = !self.is_no_weight(field);
        is_one.then(|| site(field, Target::Weight(regularizer)))
    }

    /// What is meant by an item on a field that is no option, or by a field without `self`.
    fn on_field(&self, item: &Item) -> Option<String> {
        let expr = match item {
            Item::Bare(expr) => expr,
            Item::Assign(member, expr) => {
                let (role, roles) = (name(member), ROLES.map(String::from));
                let has_not = format!("there is no role `{role}`");
                let is_role = roles.contains(&role);
                return (!is_role).then(|| other_name(&role, expr, &roles, true, &has_not));
            }
            _ => return None,
        };
        let is_sibling = word(expr).is_some_and(|word| self.is_sibling(&word));
        match is_sibling || factory(expr).is_some() || word(expr).is_some_and(|word| word == "none")
        {
            true => None,
            false => option_of(expr, ""),
        }
    }

    fn is_sibling(&self, word: &Ident) -> bool {
        self.siblings.iter().any(|sibling| word == sibling)
    }

    /// Whether the type can hold no weight, of which it then says what to write.
    fn is_no_weight(&mut self, field: &Field) -> bool {
        let Some(last) = last(leaf(&field.ty)) else {
            return false;
        };
        let ty = &last.ident;
        if OTHER_TYPES.iter().any(|other| ty == other) {
            let field = name(&field.member);
            let message = format!(
                "`{ty}` is not a weight, which is of floats: leave `{field}` out, or write `none`"
            );
            self.errors.at(ty, message);
            return true;
        }
        // An array of ndarray or nalgebra proves nothing of its numbers in a where clause.
        let number = match &last.arguments {
            PathArguments::AngleBracketed(arguments) if is_array(&ty.to_string()) => {
                arguments.args.iter().find_map(|argument| match argument {
                    GenericArgument::Type(Type::Path(number)) => number.path.get_ident(),
                    _ => None,
                })
            }
            _ => None,
        };
        let mut params = self.generics.type_params();
        let unbounded = params.find(|param| {
            number.is_some_and(|number| param.ident == *number)
                && !may_be_float(self.generics, param)
        });
        let Some(param) = unbounded else {
            return false;
        };
        let message = format!(
            "the weights are of floats: write `{}: regularize::extend::Float + regularize::extend::Penalty`",
            param.ident
        );
        self.errors.at(&param.ident, message);
        true
    }

    fn role<'a>(
        &mut self,
        field: &'a Field,
        member: &'a Member,
        expr: &Expr,
        seen: &mut Vec<String>,
    ) -> Option<Site<'a>> {
        let Member::Named(role) = member else {
            return None; // told with the names that are none of a role
        };
        if is_weight(&field.ty) {
            let alone = factory(expr).map_or_else(|| "l2(0.01)".into(), |_| text(expr));
            let message = format!(
                "a role is one of a layer, and this is itself a weight: write `{alone}` alone"
            );
            self.errors.at(role, message);
            return None;
        }
        if seen.contains(&role.to_string()) {
            let other = field.items.iter().find_map(|item| match item {
                Item::Assign(other, expr) if other == member => Some(expr),
                _ => None,
            });
            let message = twice(&role.to_string(), other.unwrap_or(expr), expr);
            self.errors.at(role, message);
            return None;
        }
        seen.push(role.to_string());
        let regularizer = self.regularizer(expr)?;
        if self.is_no_weight(field) {
            return None;
        }
        Some(site(field, Target::Role(role, regularizer)))
    }

    fn regularizer(&mut self, expr: &Expr) -> Option<Regularizer> {
        let is_binding = !self.is_struct
            && word(expr).is_some_and(|word| self.is_sibling(&word) && word != "none");
        if is_binding && factory(expr).is_none() {
            return Some(Regularizer::Expr(expr.clone()));
        }
        let without_self =
            word(expr).filter(|word| self.is_struct && self.is_sibling(word) && word != "none");
        if let Some(field) = without_self.filter(|_| factory(expr).is_none()) {
            let message = format!("a field is reached by `self`: write `self.{field}`");
            self.errors.at(expr, message);
            return None;
        }
        if let (Expr::Call(call), Some((kind, _))) = (peel(expr), factory(expr)) {
            let is_field = |argument: &Expr| {
                word(argument)
                    .filter(|word| self.is_sibling(word) && word != "rows" && word != "columns")
            };
            let field = call.args.iter().find_map(|argument| match argument {
                Expr::Assign(assign) => is_field(&assign.right),
                argument => is_field(argument),
            });
            if let Some(field) = field {
                self.errors.at(field, kind.at_run_time());
                return None;
            }
        }
        // In an enum the fields of the variant have their names, whatever these are.
        match !self.is_struct && word(expr).is_none() && mentions(expr, &self.siblings) {
            true => Regularizer::read(expr, self.parameters, self.errors),
            false => Regularizer::new(expr, self.parameters, self.errors),
        }
    }
}

/// What a report may list of a field that is not named, or of the roles that are not.
fn unnamed<'a>(
    field: &'a Field,
    kinds: &[&str],
    seen: &[String],
    trainable: Option<&'a Expr>,
) -> Option<Unnamed<'a>> {
    let is_one_of = |ty: &Type, names: &[&str]| {
        last(ty).is_some_and(|last| names.iter().any(|name| last.ident == name))
    };
    let is_float = |ty: &Type| is_one_of(ty, &["f32", "f64", "f16", "bf16"]);
    let leaf = leaf(&field.ty);
    // A number alone is rather a setting.
    if is_float(peeled(&field.ty)) || is_one_of(leaf, &OTHER_TYPES) {
        return None;
    }
    let roles: Vec<_> = match kinds.first() {
        None if is_float(leaf) => Vec::new(),
        None | Some(&"role") => {
            let roles = ROLES.into_iter();
            roles
                .filter(|role| !seen.iter().any(|name| name == role))
                .collect()
        }
        Some(_) => return None,
    };
    Some(Unnamed {
        member: &field.member,
        ty: &field.ty,
        is_whole: kinds.is_empty(),
        roles,
        trainable,
    })
}

/// The last name of a type, and what it is of.
pub(crate) fn last(ty: &Type) -> Option<&PathSegment> {
    match ty {
        Type::Path(path) => path.path.segments.last(),
        _ => None,
    }
}

/// What to write for two regularizers of one weight.
fn twice(name: &str, first: &Expr, second: &Expr) -> String {
    let hint = both(first, second).map_or_else(String::new, |hint| format!(": {hint}"));
    format!("`{name}` is regularized twice{hint}")
}

/// Whether the type is a weight by its name.
fn is_weight(ty: &Type) -> bool {
    last(leaf(ty)).is_some_and(|last| {
        let name = last.ident.to_string();
        name == "f32" || name == "f64" || (is_array(&name) && !last.arguments.is_none())
    })
}

/// Whether the bounds of a parameter may say that it is a float and a penalty: those of std alone do not.
fn may_be_float(generics: &Generics, param: &TypeParam) -> bool {
    const OTHERS: [&str; 16] = [
        "Add",
        "AddAssign",
        "Any",
        "Clone",
        "Copy",
        "Debug",
        "Default",
        "Display",
        "Div",
        "Mul",
        "Neg",
        "PartialEq",
        "PartialOrd",
        "Send",
        "Sub",
        "Sync",
    ];
    let clauses = generics
        .where_clause
        .iter()
        .flat_map(|clause| &clause.predicates);
    let of_clauses = clauses.filter_map(|predicate| match predicate {
        WherePredicate::Type(of) if mentions(&of.bounded_ty, &[param.ident.to_string()]) => {
            Some(&of.bounds)
        }
        _ => None,
    });
    let mut bounds = of_clauses.chain([&param.bounds]).flatten();
    bounds.any(|bound| match bound {
        TypeParamBound::Trait(bound) => bound
            .path
            .segments
            .last()
            .is_some_and(|last| !OTHERS.iter().any(|other| last.ident == other)),
        _ => false,
    })
}

/// Whether it is the name of an array of ndarray or of a matrix of nalgebra.
fn is_array(name: &str) -> bool {
    let rank = name.strip_prefix("Array");
    rank.is_some_and(|rank| rank.len() <= 1)
        || [
            "ArcArray", "CowArray", "DMatrix", "DVector", "SMatrix", "SVector",
        ]
        .contains(&name)
}

fn site<'a>(field: &'a Field, target: Target<'a>) -> Site<'a> {
    Site {
        member: &field.member,
        ty: &field.ty,
        element: None,
        trainable: None,
        sharded: false,
        value_only: false,
        target,
    }
}

/// Returns the type without what a `macro_rules!` fragment and parentheses put around it.
pub(crate) fn peeled(ty: &Type) -> &Type {
    match ty {
        Type::Group(group) => peeled(&group.elem),
        Type::Paren(paren) => peeled(&paren.elem),
        _ => ty,
    }
}

/// What std's lists, pointers, cells and options hold.
pub(crate) fn leaf(ty: &Type) -> &Type {
    // Beside the place of the type among the parameters.
    const HOLDERS: [(&str, usize); 10] = [
        ("Vec", 0),
        ("Option", 0),
        ("Box", 0),
        ("Rc", 0),
        ("Arc", 0),
        ("RefCell", 0),
        ("Mutex", 0),
        ("RwLock", 0),
        ("HashMap", 1),
        ("BTreeMap", 1),
    ];
    let ty = peeled(ty);
    match ty {
        Type::Array(array) => leaf(&array.elem),
        Type::Slice(slice) => leaf(&slice.elem),
        Type::Reference(reference) => leaf(&reference.elem),
        Type::Path(path) => {
            let last = path.path.segments.last();
            let held = last.and_then(|last| {
                let holder = HOLDERS.iter().find(|(name, _)| last.ident == name)?;
                Some((&last.arguments, holder.1))
            });
            match held {
                Some((PathArguments::AngleBracketed(arguments), at)) => {
                    match arguments.args.iter().nth(at) {
                        Some(GenericArgument::Type(inner)) => leaf(inner),
                        _ => ty,
                    }
                }
                _ => ty,
            }
        }
        _ => ty,
    }
}

/// The elements of a tuple of weights or of foreign layers, each a site of its own; the site itself if it is of another type.
fn elements(site: Site<'_>) -> Vec<Site<'_>> {
    match (peeled(site.ty), &site.target) {
        (Type::Tuple(tuple), Target::Weight(_) | Target::Role(..)) => {
            let element = |(index, ty)| Site {
                ty,
                element: Some(index),
                ..site.clone()
            };
            tuple.elems.iter().enumerate().map(element).collect()
        }
        _ => vec![site],
    }
}

/// A field's name as a path has it.
pub(crate) fn name(member: &Member) -> String {
    match member {
        Member::Named(ident) => {
            let ident = ident.to_string();
            ident.strip_prefix("r#").map_or(ident.clone(), Into::into)
        }
        Member::Unnamed(index) => index.index.to_string(),
    }
}
