//! Items to a plan: what is regularized, by what, and what is said of the whole; and all mistakes.

use crate::ast::{Body, Field, Input};
use crate::attr::{Errors, Item, find_self, word};
use crate::regularizer::{Regularizer, list};
use proc_macro2::{Ident, TokenStream};
use quote::{ToTokens, quote};
use syn::{Expr, GenericArgument, Generics, Member, PathArguments, Type, TypeParamBound};

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
            Item::Crate(_, path) => plan.krate = path.to_token_stream(),
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
            Item::Bare(expr) => errors.at(
                expr,
                "what does this regularize? write `kernel = l2(0.01)` with the name of the field, or an option: \
                 `activity`, `trainable`, `edition`, `gradients`, `penalty`, `crate`, \
                 `exhaustive`, `sharded`, `value_only`",
            ),
        }
    }

    let mut context = Context {
        owner: format!("`{}`", input.ident),
        parameters: &parameters,
        exhaustive,
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

    // What was meant may be among the mistakes.
    if plan.sites().next().is_some() || !errors.is_empty() {
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

/// What to write on a type that regularizes nothing.
fn nothing(input: &Input) -> String {
    let first = match &input.body {
        Body::Struct(fields) => fields.first(),
        Body::Enum(variants) => variants.iter().flat_map(|variant| &variant.fields).next(),
    };
    let name = &input.ident;
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
    if let Expr::Call(call) = expr
        && word(&call.func).is_some_and(|name| name == "l1" || name == "l2" || name == "l1_l2")
    {
        errors.at(
            expr,
            format!(
                "`{key}` is an option, true or false; a field named `{key}` is regularized by an attribute on the field: \
                 `#[regularize({})]`",
                expr.to_token_stream().to_string().replace(' ', "")
            ),
        );
    }
}

fn edition(expr: &Expr, errors: &mut Errors) {
    if let Expr::Lit(_) = expr {
        errors.at(
            expr,
            "an edition is a constant of `regularize::Edition`, as in `edition = KERAS_2_2`",
        );
    }
    if let Some(token) = find_self(expr) {
        errors.at(
            token,
            "a layer's edition is a constant: for one that is known at run time keep an `L1`, `L2` or `L1L2` in a field, \
             made by `L2::in_edition(edition, rate)?`, and write `kernel = self.field`",
        );
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
    errors: &'e mut Errors,
}

impl Context<'_> {
    /// The sites of a struct or variant in the order of its fields.
    fn sites<'a>(&mut self, fields: &'a [Field], assigned: &[(&'a Member, &'a Expr)]) -> Sites<'a> {
        for (index, (member, _)) in assigned.iter().enumerate() {
            if !fields.iter().any(|field| field.member == **member) {
                let names: Vec<String> = fields.iter().map(|field| name(&field.member)).collect();
                let fields = match names.is_empty() {
                    true => "and no other".into(),
                    false => format!("only {}", list(&names)),
                };
                let (owner, field) = (&self.owner, name(member));
                self.errors
                    .at(member, format!("{owner} has no field `{field}`, {fields}"));
            } else if assigned[..index].iter().any(|(other, _)| other == member) {
                self.errors
                    .at(member, format!("`{}` is regularized twice", name(member)));
            }
        }
        let mut sites = Sites::default();
        for field in fields {
            let above = assigned.iter().find(|(member, _)| **member == field.member);
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
        if let Some(expr) = above {
            kinds.push("weight");
            sites.extend(self.weight(field, expr));
        }
        for item in &field.items {
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
                let message = match (kind, *other) {
                    (kind, other) if kind == other => format!("`{field}` is regularized twice"),
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
                Item::Bare(expr) => sites.extend(self.weight(field, expr)),
                Item::Nested(_) => sites.push(site(field, Target::Nested)),
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
                        Expr::Call(_) => expr.to_token_stream().to_string().replace(' ', ""),
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
        if sites.len() == begin && kinds.is_empty() {
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
        let mut unnamed = unnamed(field, &kinds, &seen);
        if let Some(unnamed) = &mut unnamed {
            unnamed.trainable = trainable_expr;
        }
        all.unnamed.extend(unnamed);
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
        Some(site(field, Target::Weight(regularizer)))
    }

    fn role<'a>(
        &mut self,
        field: &'a Field,
        member: &'a Member,
        expr: &Expr,
        seen: &mut Vec<String>,
    ) -> Option<Site<'a>> {
        let role = match member {
            Member::Named(role) if ROLES.iter().any(|known| role == known) => role,
            _ => {
                self.errors.at(
                    member,
                    format!("there is no role `{}`, only {}", name(member), list(&ROLES)),
                );
                return None;
            }
        };
        if seen.contains(&role.to_string()) {
            self.errors
                .at(role, format!("the role `{role}` is regularized twice"));
            return None;
        }
        seen.push(role.to_string());
        let regularizer = self.regularizer(expr)?;
        Some(site(field, Target::Role(role, regularizer)))
    }

    fn regularizer(&mut self, expr: &Expr) -> Option<Regularizer> {
        Regularizer::new(expr, self.parameters, self.errors)
    }
}

/// What a report may list of a field that is not named, or of the roles that are not.
fn unnamed<'a>(field: &'a Field, kinds: &[&str], seen: &[String]) -> Option<Unnamed<'a>> {
    // A number alone is rather a setting, and these are no weights.
    const NO_WEIGHTS: [&str; 20] = [
        "u8",
        "u16",
        "u32",
        "u64",
        "u128",
        "usize",
        "i8",
        "i16",
        "i32",
        "i64",
        "i128",
        "isize",
        "bool",
        "char",
        "String",
        "str",
        "PhantomData",
        "PathBuf",
        "Duration",
        "Instant",
    ];
    let last = |ty: &Type| match ty {
        Type::Path(path) => path.path.segments.last().map(|last| last.ident.to_string()),
        _ => None,
    };
    let leaf = last(leaf(&field.ty)).unwrap_or_default();
    let is_float = |name: &str| ["f32", "f64", "f16", "bf16"].contains(&name);
    let is_setting = last(peeled(&field.ty)).is_some_and(|name| is_float(&name));
    if is_setting || NO_WEIGHTS.contains(&&*leaf) {
        return None;
    }
    let roles: Vec<_> = match kinds.first() {
        None if is_float(&leaf) => Vec::new(),
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
        trainable: None,
    })
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
