//! A plan to its impls: one traversal in three forms. Nothing here can fail.

use crate::attr::{mentions, word};
use crate::factories::Factories;
use crate::regularizer::{Regularizer, located};
use crate::valid::{Plan, Shape, Site, Target, Unnamed, Variant, last, leaf, name, peeled};
use proc_macro2::{Group, Ident, Literal, Span, TokenStream, TokenTree};
use quote::{ToTokens, format_ident, quote, quote_spanned};
use std::collections::BTreeSet;
use syn::spanned::Spanned;
use syn::{Expr, GenericArgument, Member, PathArguments, Token, Type, TypeParam, WherePredicate};

/// Where a mistake in a type is shown: at the last name of a path, which says more than the first.
fn place(ty: &Type) -> Span {
    last(peeled(ty)).map_or_else(|| ty.span(), |last| last.ident.span())
}

/// The type as the macro's own, so that the same mistake is the same error wherever the type is met.
fn macros(ty: &Type) -> TokenStream {
    fn each(tokens: TokenStream) -> TokenStream {
        let own = |mut token| {
            match &mut token {
                TokenTree::Group(group) => {
                    let mut own = Group::new(group.delimiter(), each(group.stream()));
                    own.set_span(group.span());
                    *group = own;
                }
                // It is what the span says it is.
                TokenTree::Ident(ident) if ident == "$crate" => {}
                _ => token.set_span(Span::call_site().located_at(token.span())),
            }
            token
        };
        tokens.into_iter().map(own).collect()
    }
    each(ty.to_token_stream())
}

/// The constant in `Edition::KERAS_2_2`, which needs no import.
fn of_edition(expr: &Expr) -> Option<Ident> {
    let Expr::Path(path) = expr else {
        return None;
    };
    let segments: Vec<_> = path.path.segments.iter().collect();
    let is_known = |name: String| {
        name == "LATEST"
            || ["KERAS_", "TF_"]
                .iter()
                .any(|begin| name.starts_with(begin))
    };
    match segments[..] {
        [ty, constant] if ty.ident == "Edition" && is_known(constant.ident.to_string()) => {
            Some(constant.ident.clone())
        }
        _ => None,
    }
}

/// The three forms.
#[derive(Clone, Copy, PartialEq)]
enum Form {
    Value,
    Mut,
    With,
}

pub(crate) fn expand(plan: &Plan<'_>) -> TokenStream {
    let mut factories = Factories::default();
    let mut impls = vec![
        regularize(plan, &mut factories),
        regularize_with(plan, &mut factories),
    ];
    if plan.gradients_in_a_box {
        impls.push(regularize_with_any(plan));
    }
    let constants = &factories.constants;
    let edition = plan.edition();
    let items = quote!(#edition #constants #(#impls)*);
    quote! {
        const _: () = {
            #items
        };
    }
}

impl Plan<'_> {
    /// Whether the tokens name a parameter of the type.
    fn is_generic(&self, tokens: impl ToTokens) -> bool {
        let types = self.generics.type_params().map(|param| &param.ident);
        let names: Vec<String> = types.map(Ident::to_string).collect();
        mentions(tokens, &names)
    }

    /// Whether the user's own bounds say what a generic field is, as they do of an `Array2<A>` with `A: Float + Penalty`.
    ///
    /// A bound of ours would then hide the tensor and the penalty that follow from them.
    fn is_bounded(&self, ty: &Type) -> bool {
        let leaf = leaf(ty);
        let is_parameter = |param: &TypeParam| matches!(leaf, Type::Path(path) if path.path.is_ident(&param.ident));
        let clauses = self.generics.where_clause.iter();
        let bounded: Vec<&Type> = clauses
            .flat_map(|clause| &clause.predicates)
            .filter_map(|predicate| match predicate {
                WherePredicate::Type(of) => Some(&of.bounded_ty),
                _ => None,
            })
            .collect();
        let has_bound = |param: &TypeParam| {
            let name = [param.ident.to_string()];
            !param.bounds.is_empty() || bounded.iter().any(|ty| mentions(ty, &name))
        };
        let mut used = self
            .generics
            .type_params()
            .filter(|param| mentions(leaf, &[param.ident.to_string()]));
        !self.generics.type_params().any(is_parameter) && used.all(has_bound)
    }

    /// The type of a site's penalty.
    fn penalty_of(&self, site: &Site<'_>) -> TokenStream {
        let (krate, ty) = (&self.krate, macros(site.ty));
        let penalty = match &site.target {
            Target::Nested => quote!(<#ty as #krate::Regularize>::Penalty),
            _ => {
                let tensor = self.tensor_of(site);
                quote!(<#tensor as #krate::extend::Tensor>::Penalty)
            }
        };
        located(penalty, place(site.ty))
    }

    /// The visitor for a site: the layer's, if the site's penalty is of the same type.
    fn visitor_of(&self, site: &Site<'_>) -> TokenStream {
        let (krate, own) = (&self.krate, self.penalty_of(site));
        // The field that decides the type would be told twice that it has none.
        if own.to_string() == self.penalty().to_string() {
            return quote!(__f);
        }
        let layers = quote!(<Self as #krate::Regularize>::Penalty);
        quote!(<#own as #krate::extend::SamePenalty<#layers>>::visitor(__f))
    }

    /// The type of a site's tensors.
    fn tensor_of(&self, site: &Site<'_>) -> TokenStream {
        let (krate, ty, role) = (&self.krate, macros(site.ty), self.role_of(site));
        let tensor = quote!(<#ty as #krate::extend::Weight<#role>>::Tensor);
        located(tensor, place(site.ty))
    }

    /// The role in which a site is a weight.
    fn role_of(&self, site: &Site<'_>) -> TokenStream {
        let krate = &self.krate;
        match &site.target {
            Target::Role(role, _) => quote!(#krate::role::#role),
            _ => quote!(#krate::role::weight),
        }
    }

    /// The type of a site's gradient, if it is known: where gradients are of another type, it is that type's to
    /// say, and for a generic field the field's own.
    fn gradient_of<'p>(&self, site: &Site<'p>) -> Option<&'p Type> {
        (self.gradients.is_none() || self.is_generic(site.ty)).then_some(site.ty)
    }

    /// The type of the layer's gradients.
    fn gradients(&self) -> TokenStream {
        self.gradients
            .map_or_else(|| quote!(Self), ToTokens::to_token_stream)
    }

    /// Whether a site is left out of the step and the gradient.
    fn is_value_only(&self, site: &Site<'_>) -> bool {
        self.value_only || site.value_only
    }

    /// Whether a site has a gradient, as far as the macro can tell.
    fn has_gradient(&self, site: &Site<'_>) -> bool {
        let is_known_without = match &site.target {
            Target::Weight(regularizer) | Target::Role(_, regularizer) => {
                regularizer.is_value_only()
            }
            Target::Nested => false,
        };
        !self.is_value_only(site) && !is_known_without
    }

    /// The edition of Keras as one constant: an identifier in the attribute is one of `Edition`.
    fn edition(&self) -> TokenStream {
        let krate = &self.krate;
        let edition = match self.edition {
            None => quote!(#krate::Edition::LATEST),
            Some(expr) => match word(expr).or_else(|| of_edition(expr)) {
                Some(name) => {
                    let ty = located(quote!(#krate::Edition), name.span());
                    quote_spanned!(name.span()=> #ty::#name)
                }
                None => expr.to_token_stream(),
            },
        };
        quote!(const __EDITION: #krate::Edition = #edition;)
    }

    /// The type of the layer's penalty.
    fn penalty(&self) -> TokenStream {
        match (self.penalty, self.sites().next()) {
            (Some(ty), _) => ty.to_token_stream(),
            (None, Some(site)) => self.penalty_of(site),
            (None, None) => quote!(f32),
        }
    }

    /// The bounds of all impls: what a generic field must be.
    fn bounds(&self) -> Bounds {
        let krate = &self.krate;
        let mut bounds = Bounds::default();
        let penalty = self.penalty();
        for site in self.sites() {
            let ty = site.ty;
            if !self.is_generic(ty) || self.is_bounded(ty) {
                continue;
            }
            let own = self.penalty_of(site);
            let decides = own.to_string() == penalty.to_string();
            match &site.target {
                Target::Nested if decides => bounds.push(quote!(#ty: #krate::Regularize)),
                Target::Nested => {
                    bounds.push(quote!(#ty: #krate::Regularize<Penalty = #penalty>));
                }
                _ => {
                    let (role, tensor) = (self.role_of(site), self.tensor_of(site));
                    bounds.push(quote!(#ty: #krate::extend::Weight<#role>));
                    if !decides {
                        bounds.push(quote!(#tensor: #krate::extend::Tensor<Penalty = #penalty>));
                    }
                }
            }
        }
        bounds
    }

    /// An impl of one of the traits, whose head and signatures are at the place: what is wrong in the types they name is told there.
    fn implement(
        &self,
        at: Span,
        of: TokenStream,
        bounds: &Bounds,
        ty: TokenStream,
        methods: TokenStream,
    ) -> TokenStream {
        let ident = self.ident;
        let (parameters, arguments, _) = self.generics.split_for_impl();
        let given = self.generics.where_clause.iter();
        let given = given.flat_map(|clause| &clause.predicates);
        let bounds = &bounds.all;
        let [start, clause] = [quote!(impl), quote!(where)].map(|tokens| located(tokens, at));
        let methods = located(methods, at);
        let body = located(quote!({ #ty #methods }), at);
        quote! {
            #[automatically_derived]
            #[allow(non_shorthand_field_patterns, trivial_numeric_casts, unused_variables, unused_braces, clippy::all, clippy::pedantic)]
            #start #parameters #of for #ident #arguments
            #clause
                #(#given,)*
                #(#bounds,)*
            #body
        }
    }

    /// The place of the first regularized field, whose penalty is that of the layer.
    fn place_of_penalty(&self) -> Span {
        let first = self.sites().next();
        first.map_or_else(Span::call_site, |site| place(site.ty))
    }

    /// The place of the one field of which a name alone does not say that it is a weight; `#[derive]` if there are more.
    fn place_of_doubt(&self) -> Span {
        let is_in_doubt = |site: &&Site<'_>| {
            last(leaf(site.ty)).is_none_or(|last| {
                last.arguments.is_empty() && last.ident != "f32" && last.ident != "f64"
            })
        };
        let mut doubtful = self.sites().filter(is_in_doubt);
        match (doubtful.next(), doubtful.next()) {
            (Some(site), None) => place(site.ty),
            _ => Span::call_site(),
        }
    }
}

/// Bounds of a where clause, each once.
#[derive(Clone, Default)]
struct Bounds {
    all: Vec<TokenStream>,
    known: BTreeSet<String>,
}

impl Bounds {
    fn push(&mut self, bound: TokenStream) {
        if self.known.insert(bound.to_string()) {
            self.all.push(bound);
        }
    }
}

fn regularize(plan: &Plan<'_>, factories: &mut Factories) -> TokenStream {
    let krate = &plan.krate;
    let penalty = plan.penalty();
    let at = plan.place_of_penalty();
    let visitor = quote!(&mut #krate::extend::Visit<'_, <Self as #krate::Regularize>::Penalty>);
    let visitor = located(visitor, at);
    let [ty, end] = [quote!(type Penalty =), quote!(;)].map(|tokens| located(tokens, at));
    let visit = body(plan, Form::Value, factories);
    let visit_mut = body(plan, Form::Mut, factories);
    let activity = plan
        .activity
        .as_ref()
        .map(|regularizer| reference(plan, regularizer, None, factories));
    let edition = match (&plan.activity, plan.edition) {
        (Some(Regularizer::Expr(_)), Some(_)) => quote!(::core::option::Option::Some(__EDITION)),
        _ => quote!(::core::option::Option::None),
    };
    let activity =
        activity.map(|regularizer| quote!(#krate::extend::activity(#regularizer, #edition)));
    let presented = activity.as_ref().map(|activity| {
        quote! {
            if let ::core::option::Option::Some(__activity) = #activity {
                __f(&__at.field("activity"), #krate::extend::Entry::Activity(&__activity))?;
            }
        }
    });
    let activity = activity.map(|activity| {
        quote! {
            fn activity(&self) -> ::core::option::Option<#krate::extend::Terms> {
                #activity?.terms()
            }
        }
    });
    plan.implement(
        at,
        located(quote!(#krate::Regularize), at),
        &plan.bounds(),
        quote!(#ty #penalty #end),
        quote! {
            #[inline]
            fn visit_weights(
                &self,
                __at: &#krate::extend::Path<'_>,
                __f: #visitor,
            ) -> ::core::result::Result<(), #krate::Error> {
                #visit
                #presented
                ::core::result::Result::Ok(())
            }

            fn visit_weights_mut(
                &mut self,
                __at: &#krate::extend::Path<'_>,
                __f: &mut #krate::extend::VisitMut<'_>,
            ) -> ::core::result::Result<(), #krate::Error> {
                #visit_mut
                ::core::result::Result::Ok(())
            }

            #activity
        },
    )
}

fn regularize_with(plan: &Plan<'_>, factories: &mut Factories) -> TokenStream {
    let krate = &plan.krate;
    let mut bounds = plan.bounds();
    for site in plan.sites().filter(|site| plan.has_gradient(site)) {
        let Some(ty) = plan.gradient_of(site) else {
            continue;
        };
        // A layer that holds itself would need this bound to prove it.
        if mentions(ty, &[plan.ident.to_string(), "Self".into()]) {
            continue;
        }
        let bound = match &site.target {
            Target::Nested => quote!(#krate::extend::RegularizeWith<#ty>),
            _ => {
                let role = plan.role_of(site);
                let tensor = plan.tensor_of(site);
                quote!(#krate::extend::WeightGrad<#ty, #role, Tensor = #tensor>)
            }
        };
        // A bound with a lifetime of its own is asked for where the method is called, not here.
        bounds.push(located(quote!(for<'__r> #ty: #bound), place(site.ty)));
    }
    let gradients = plan.gradients();
    let body = body(plan, Form::With, factories);
    let at = plan.place_of_doubt();
    let [start, end] = [quote!(#krate::extend::RegularizeWith<), quote!(>)];
    let [start, end] = [start, end].map(|tokens| located(tokens, at));
    plan.implement(
        at,
        quote!(#start #gradients #end),
        &bounds,
        TokenStream::new(),
        quote! {
            fn visit_weights_with(
                &self,
                __gradients: &mut #gradients,
                __at: &#krate::extend::Path<'_>,
                __f: &mut #krate::extend::VisitWith<'_>,
            ) -> ::core::result::Result<(), #krate::Error> {
                #body
                ::core::result::Result::Ok(())
            }
        },
    )
}

/// The gradients of a layer behind `dyn`, whose type is known at run time.
fn regularize_with_any(plan: &Plan<'_>) -> TokenStream {
    let krate = &plan.krate;
    let mut bounds = plan.bounds();
    let gradients = plan.gradients();
    bounds.push(quote!(for<'__r> Self: #krate::extend::RegularizeWith<#gradients>));
    bounds.push(quote!(#gradients: 'static));
    plan.implement(
        Span::call_site(),
        quote!(#krate::extend::RegularizeWith<dyn ::core::any::Any>),
        &bounds,
        TokenStream::new(),
        quote! {
            fn visit_weights_with(
                &self,
                __gradients: &mut (dyn ::core::any::Any + 'static),
                __at: &#krate::extend::Path<'_>,
                __f: &mut #krate::extend::VisitWith<'_>,
            ) -> ::core::result::Result<(), #krate::Error> {
                #krate::extend::visit_with_any::<#gradients, Self>(self, __gradients, __at, __f)
            }
        },
    )
}

/// The regularizer behind a reference.
fn reference(
    plan: &Plan<'_>,
    regularizer: &Regularizer,
    site: Option<&Site<'_>>,
    factories: &mut Factories,
) -> TokenStream {
    let krate = &plan.krate;
    match regularizer {
        Regularizer::Factory(factory) => factories.reference(factory, krate),
        Regularizer::Expr(expr) => quote_spanned!(expr.span()=> &(#expr)),
        Regularizer::Closure(closure) => {
            // With the type named, `|w| …` and `sum()` infer.
            let types = site.map_or_else(
                || quote!(_, _),
                |site| {
                    let tensor = plan.tensor_of(site);
                    quote!(#tensor, _)
                },
            );
            let from_fn = located(quote!(&#krate::extend::from_fn::<#types>), closure.span());
            quote_spanned!(closure.span()=> #from_fn(#closure))
        }
    }
}

/// How a statement reaches a field, and its gradient: without the `&` or `&mut`.
struct Access {
    field: TokenStream,
    gradient: TokenStream,
}

fn body(plan: &Plan<'_>, form: Form, factories: &mut Factories) -> TokenStream {
    // Evaluated once, whatever is regularized.
    let trainable = plan
        .trainable
        .map(|expr| quote_spanned!(expr.span()=> let __trainable: bool = #expr;));
    let body = match &plan.shape {
        Shape::Struct(sites) => {
            let statements = sites.regularized.iter().map(|site| {
                // `self` is the macro's, also where the type is from another macro.
                let span = Span::call_site().located_at(site.ty.span());
                let member = site.member;
                let field = quote_spanned!(span=> self.#member);
                let gradient = quote_spanned!(span=> __gradients.#member);
                statement(plan, form, site, &Access { field, gradient }, factories)
            });
            let statements: Vec<_> = statements.collect();
            let listed = listed(plan, form, &sites.unnamed, |unnamed| {
                let span = Span::call_site().located_at(unnamed.ty.span());
                let member = unnamed.member;
                quote_spanned!(span=> self.#member)
            });
            quote!(#(#statements)* #listed)
        }
        Shape::Enum(variants) if variants.is_empty() => TokenStream::new(),
        Shape::Enum(variants) => {
            let arms: Vec<_> = variants
                .iter()
                .map(|variant| arm(plan, form, variant, factories))
                .collect();
            let krate = &plan.krate;
            match form {
                Form::With => {
                    let other = (variants.len() > 1).then(|| {
                        quote! {
                            _ => return ::core::result::Result::Err(
                                #krate::Error::new(__at, #krate::ErrorKind::Variant),
                            ),
                        }
                    });
                    quote!(match (self, __gradients) { #(#arms)* #other })
                }
                _ => quote!(match self { #(#arms)* }),
            }
        }
    };
    quote!(#trainable #body)
}

/// The arm of one variant. Every field is bound to its own name, so that expressions can name it.
fn arm(
    plan: &Plan<'_>,
    form: Form,
    variant: &Variant<'_>,
    factories: &mut Factories,
) -> TokenStream {
    let ident = variant.ident;
    let binding = |member: &Member| match member {
        Member::Named(ident) => ident.clone(),
        Member::Unnamed(index) => format_ident!("__{}", index.index),
    };
    let gradient_binding = |member: &Member| format_ident!("__gradient_{}", name(member));
    let statements: Vec<_> = variant
        .sites
        .regularized
        .iter()
        .map(|site| {
            let span = site.ty.span();
            let mut field = binding(site.member);
            let mut gradient = gradient_binding(site.member);
            field.set_span(field.span().located_at(span));
            gradient.set_span(gradient.span().located_at(span));
            let access = Access {
                field: quote!((*#field)),
                gradient: quote!((*#gradient)),
            };
            statement(plan, form, site, &access, factories)
        })
        .collect();
    let members = &variant.members;
    let bindings = members.iter().map(|member| binding(member));
    let pattern = quote!(Self::#ident { #(#members: #bindings,)* });
    if form != Form::With {
        let listed = listed(plan, form, &variant.sites.unnamed, |unnamed| {
            let field = binding(unnamed.member);
            quote!((*#field))
        });
        return quote!(#pattern => { #(#statements)* #listed });
    }
    let gradients = match plan.gradients {
        Some(ty) => turbofish(ty),
        None => quote!(Self),
    };
    let used: Vec<&Member> = {
        let sites = variant.sites.regularized.iter();
        let sites = sites.filter(|site| plan.has_gradient(site));
        let mut used: Vec<&Member> = sites.map(|site| site.member).collect();
        used.dedup();
        used
    };
    let bindings = used.iter().map(|member| gradient_binding(member));
    quote! {
        (#pattern, #gradients::#ident { #(#used: #bindings,)* .. }) => { #(#statements)* }
    }
}

/// The path of a type as a pattern writes it: `Gradients::<T>`.
fn turbofish(ty: &Type) -> TokenStream {
    let Type::Path(path) = ty else {
        return ty.to_token_stream();
    };
    let mut path = path.clone();
    for segment in &mut path.path.segments {
        if let PathArguments::AngleBracketed(arguments) = &mut segment.arguments
            && arguments
                .args
                .iter()
                .all(|argument| !matches!(argument, GenericArgument::AssocType(_)))
        {
            arguments.colon2_token = Some(Default::default());
        }
    }
    path.to_token_stream()
}

/// Lists what is not named, where it is asked for.
fn listed(
    plan: &Plan<'_>,
    form: Form,
    unnamed: &[Unnamed<'_>],
    field: impl Fn(&Unnamed<'_>) -> TokenStream,
) -> Option<TokenStream> {
    if form != Form::Value || unnamed.is_empty() {
        return None;
    }
    let krate = &plan.krate;
    let of_type = plan.trainable.map(|_| quote!(.trainable(__trainable)));
    let fields = unnamed.iter().map(|unnamed| {
        let name = Literal::string(&name(unnamed.member));
        let field = field(unnamed);
        let roles = unnamed
            .roles
            .iter()
            .map(|role| Ident::new(role, Span::call_site()));
        // What is a weight or a layer has no roles beside.
        let whole = match unnamed.is_whole {
            true => {
                quote!((&&&Unnamed::<#krate::role::weight, _>::new(&#field)).__list(__at, __f)?)
            }
            false => quote!(false),
        };
        let trainable = unnamed
            .trainable
            .map(|expr| quote_spanned!(expr.span()=> .trainable(#expr)));
        quote! {
            let __at = &__at.field(#name)#of_type #trainable;
            if !#whole {
                #((&&Unnamed::<#krate::role::#roles, _>::new(&#field)).__list_role(__at, __f)?;)*
            }
        }
    });
    Some(quote! {
        if __at.lists_unregularized() {
            use #krate::extend::listing::*;
            let __f: &mut List<'_> = &mut |__at, __count, __identity| {
                __f(__at, #krate::extend::Entry::Unregularized { count: __count, identity: __identity })
            };
            #({ #fields })*
        }
    })
}

/// What is done with one site.
fn statement(
    plan: &Plan<'_>,
    form: Form,
    site: &Site<'_>,
    access: &Access,
    factories: &mut Factories,
) -> TokenStream {
    let krate = &plan.krate;
    // Mistakes in types are shown at the type of the field.
    let span = place(site.ty);
    let name = Literal::string(&name(site.member));
    let of_type = plan.trainable.map(|_| quote!(.trainable(__trainable)));
    let trainable = site
        .trainable
        .map(|expr: &Expr| quote_spanned!(expr.span()=> .trainable(#expr)));
    let sharded = (plan.sharded || site.sharded).then(|| quote!(.sharded()));
    let value_only = plan.is_value_only(site).then(|| quote!(.value_only()));
    let element = site
        .element
        .map(|index| quote!(let __at = &__at.index(#index);));
    // All in one expression, which is written to memory once.
    let at = quote! {
        let __at = &__at.field(#name).edition(__EDITION)#of_type #trainable #sharded #value_only;
        #element
    };
    let [field, gradient] = [&access.field, &access.gradient].map(|place| match site.element {
        Some(index) => {
            let index = Literal::usize_unsuffixed(index);
            quote_spanned!(span=> #place.#index)
        }
        None => place.clone(),
    });
    let at_type = |tokens: TokenStream| located(tokens, span);
    let ty = macros(site.ty);
    let (regularizer, role) = match &site.target {
        _ if plan.is_value_only(site) && form != Form::Value => return TokenStream::new(),
        Target::Nested => {
            let visit = at_type(match form {
                Form::Value => {
                    let f = at_type(plan.visitor_of(site));
                    quote!(<#ty as #krate::Regularize>::visit_weights(&#field, __at, #f)?;)
                }
                Form::Mut => {
                    quote!(<#ty as #krate::Regularize>::visit_weights_mut(&mut #field, __at, __f)?;)
                }
                Form::With => {
                    let of = plan
                        .gradient_of(site)
                        .map_or_else(|| quote!(_), ToTokens::to_token_stream);
                    quote! {
                        <#ty as #krate::extend::RegularizeWith<#of>>::visit_weights_with(
                            &#field,
                            &mut #gradient,
                            __at,
                            __f,
                        )?;
                    }
                }
            });
            return quote!({ #at #visit });
        }
        Target::Weight(regularizer) | Target::Role(_, regularizer) => {
            (regularizer, plan.role_of(site))
        }
    };
    let has_gradient = plan.has_gradient(site);
    let is_closure = matches!(regularizer, Regularizer::Closure(_));
    let follows = matches!(regularizer, Regularizer::Expr(_)) && plan.edition.is_some();
    let place = regularizer.place();
    let must_be_one = regularizer.must_be_one();
    let regularizer = reference(plan, regularizer, Some(site), factories);
    let own = Ident::new("__regularizer", Span::call_site().located_at(place));
    // What is none of this tensor is told here, in each form in the same words.
    let check = must_be_one.then(|| {
        let tensor = plan.tensor_of(site);
        let is_one = located(
            quote!(#krate::extend::Regularizer::<#tensor>::is_present),
            place,
        );
        quote!(if false { let _ = #is_one(#own); })
    });
    // One that the layer holds is of the layer's edition, if it says one.
    let following = follows.then(|| {
        let tensor = plan.tensor_of(site);
        quote!(let #own = &#krate::extend::in_edition::<#tensor, _>(#own, __EDITION);)
    });
    // The types are named, as a reference to a pointer would be taken for one to what it leads to.
    let any = Token![_](own.span());
    let visit = match (form, plan.gradient_of(site)) {
        (Form::Value, _) => {
            let f = plan.visitor_of(site);
            let visit = at_type(quote!(#krate::extend::visit::<#role, #ty,));
            let rest = at_type(quote!(, _>(&#field, #own, __at, #f)?;));
            quote!(#visit #any #rest)
        }
        (Form::Mut | Form::With, _) if !has_gradient => {
            let kind = match form {
                Form::Mut => quote!(NoStep),
                _ => quote!(NoGradient),
            };
            // A closure may name `self`, which is borrowed for a step.
            let notation = match is_closure {
                true => quote!(::std::string::String::from("closure")),
                false => {
                    let tensor = plan.tensor_of(site);
                    let notation = quote!(#krate::extend::Regularizer::<#tensor>::notation);
                    let notation = located(notation, place);
                    quote!({ let #own = #regularizer; #notation(#own) })
                }
            };
            return quote!({
                #at
                #krate::extend::refused::<#role, #ty>(&#field, __at, &|| #krate::ErrorKind::#kind {
                    regularizer: #notation,
                })?;
            });
        }
        (Form::Mut, _) => {
            let visit = at_type(quote!(#krate::extend::visit_mut::<#role, #ty,));
            let rest = at_type(quote!(>(&mut #field, #own, __at, __f)?;));
            quote!(#visit #any #rest)
        }
        (Form::With, of) => {
            let of = of.map_or_else(|| quote!(_), ToTokens::to_token_stream);
            let visit = at_type(quote!(#krate::extend::visit_with::<#role, #ty, #of,));
            let gradient = at_type(quote!(&mut #gradient));
            let rest = at_type(quote!(>(&#field, #gradient, #own, __at, __f)?;));
            quote!(#visit #any #rest)
        }
    };
    quote!({ let #own = #regularizer; #check #following #at #visit })
}
