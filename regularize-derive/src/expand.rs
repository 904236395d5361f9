//! A plan to its impls: one traversal in three forms. Nothing here can fail.

use crate::attr::{mentions, word};
use crate::factories::Factories;
use crate::regularizer::{Regularizer, located};
use crate::valid::{Plan, Shape, Site, Target, Variant, name};
use proc_macro2::{Ident, Literal, Span, TokenStream};
use quote::{ToTokens, format_ident, quote, quote_spanned};
use std::collections::BTreeSet;
use syn::spanned::Spanned;
use syn::{Expr, GenericArgument, Member, PathArguments, Type, TypeParam, WherePredicate};

/// What std's lists, pointers, cells and options hold.
fn leaf(ty: &Type) -> &Type {
    const HOLDERS: [&str; 8] = [
        "Vec", "Option", "Box", "Rc", "Arc", "RefCell", "Mutex", "RwLock",
    ];
    match ty {
        Type::Array(array) => leaf(&array.elem),
        Type::Slice(slice) => leaf(&slice.elem),
        Type::Reference(reference) => leaf(&reference.elem),
        Type::Group(group) => leaf(&group.elem),
        Type::Paren(paren) => leaf(&paren.elem),
        Type::Path(path) => {
            let last = path.path.segments.last();
            let held = last.filter(|last| HOLDERS.iter().any(|holder| last.ident == holder));
            match held.map(|held| &held.arguments) {
                Some(PathArguments::AngleBracketed(arguments)) => match arguments.args.first() {
                    Some(GenericArgument::Type(inner)) => leaf(inner),
                    _ => ty,
                },
                _ => ty,
            }
        }
        _ => ty,
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
    let mut impls = vec![regularize(plan, &mut factories)];
    if !plan.is_value_only() {
        impls.push(regularize_mut(plan, &mut factories));
        impls.push(regularize_with(plan, &mut factories));
    }
    if let Some(regularizer) = &plan.activity {
        impls.push(regularize_activity(plan, regularizer, &mut factories));
    }
    let constants = &factories.constants;
    let edition = plan.edition();
    quote! {
        const _: () = {
            #edition
            #constants
            #(#impls)*
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
        let (krate, ty) = (&self.krate, site.ty);
        let penalty = match &site.target {
            Target::Nested => quote!(<#ty as #krate::Regularize>::Penalty),
            _ => {
                let tensor = self.tensor_of(site);
                quote!(<#tensor as #krate::Tensor>::Penalty)
            }
        };
        located(penalty, ty.span())
    }

    /// The type of a site's tensors.
    fn tensor_of(&self, site: &Site<'_>) -> TokenStream {
        let (krate, ty) = (&self.krate, site.ty);
        match &site.target {
            Target::Role(role, _) => {
                quote!(<#ty as #krate::role::Role<#krate::role::#role>>::Tensor)
            }
            _ => quote!(<#ty as #krate::Weight>::Tensor),
        }
    }

    /// The type of a site's gradient, if it is known: where gradients are of another type, it is that type's to
    /// say, and for a generic field the field's own.
    fn gradient_of<'p>(&self, site: &Site<'p>) -> Option<&'p Type> {
        (self.gradients.is_none() || self.is_generic(site.ty)).then_some(site.ty)
    }

    /// The edition of Keras as one constant: an identifier in the attribute is one of `Edition`.
    fn edition(&self) -> TokenStream {
        let krate = &self.krate;
        let edition = match self.edition {
            None => quote!(#krate::Edition::LATEST),
            Some(expr) => match word(expr) {
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
                Target::Weight(_) => bounds.push(quote!(#ty: #krate::Weight)),
                Target::Role(role, _) => {
                    bounds.push(quote!(#ty: #krate::role::Role<#krate::role::#role>));
                }
                Target::Nested if decides => bounds.push(quote!(#ty: #krate::Regularize)),
                Target::Nested => {
                    bounds.push(quote!(#ty: #krate::Regularize<Penalty = #penalty>));
                }
            }
            if !decides && !matches!(site.target, Target::Nested) {
                bounds.push(quote!(#own: #krate::Same<#penalty>));
            }
        }
        bounds
    }

    /// An impl of one of the traits.
    fn implement(&self, of: TokenStream, bounds: &Bounds, body: TokenStream) -> TokenStream {
        let ident = self.ident;
        let (parameters, arguments, _) = self.generics.split_for_impl();
        let given = self.generics.where_clause.iter();
        let given = given.flat_map(|clause| &clause.predicates);
        let bounds = &bounds.all;
        quote! {
            #[automatically_derived]
            #[allow(non_shorthand_field_patterns, unused_variables, unused_braces, clippy::all, clippy::pedantic)]
            impl #parameters #of for #ident #arguments
            where
                #(#given,)*
                #(#bounds,)*
            {
                #body
            }
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
    let body = body(plan, Form::Value, factories);
    let activity = plan.activity.as_ref().map(|regularizer| {
        let regularizer = reference(plan, regularizer, None, factories);
        quote!(__visitor.activity(&__at.field("activity"), #regularizer)?;)
    });
    plan.implement(
        quote!(#krate::Regularize),
        &plan.bounds(),
        quote! {
            type Penalty = #penalty;

            #[inline]
            fn visit_weights<__V>(
                &self,
                __at: &#krate::Path<'_>,
                __visitor: &mut __V,
            ) -> ::core::result::Result<(), #krate::Error>
            where
                __V: #krate::Visitor<Self::Penalty>,
            {
                #body
                #activity
                ::core::result::Result::Ok(())
            }
        },
    )
}

fn regularize_mut(plan: &Plan<'_>, factories: &mut Factories) -> TokenStream {
    let krate = &plan.krate;
    let mut bounds = plan.bounds();
    for site in plan.sites() {
        let ty = site.ty;
        // A layer that holds itself would need this bound to prove it.
        if mentions(ty, &[plan.ident.to_string()]) {
            continue;
        }
        let bound = match &site.target {
            Target::Weight(_) => quote!(#krate::WeightMut),
            Target::Role(role, _) => quote!(#krate::role::RoleMut<#krate::role::#role>),
            Target::Nested => quote!(#krate::RegularizeMut),
        };
        // A bound with a lifetime of its own is asked for where the method is called, not here.
        bounds.push(quote!(for<'__r> #ty: #bound));
    }
    let body = body(plan, Form::Mut, factories);
    plan.implement(
        quote!(#krate::RegularizeMut),
        &bounds,
        quote! {
            fn visit_weights_mut<__V>(
                &mut self,
                __at: &#krate::Path<'_>,
                __visitor: &mut __V,
            ) -> ::core::result::Result<(), #krate::Error>
            where
                __V: #krate::VisitorMut,
            {
                #body
                ::core::result::Result::Ok(())
            }
        },
    )
}

fn regularize_with(plan: &Plan<'_>, factories: &mut Factories) -> TokenStream {
    let krate = &plan.krate;
    let mut bounds = plan.bounds();
    for site in plan.sites() {
        let Some(ty) = plan.gradient_of(site) else {
            continue;
        };
        if mentions(ty, &[plan.ident.to_string()]) {
            continue;
        }
        let bound = match &site.target {
            Target::Weight(_) => quote!(#krate::WeightGrad<#ty>),
            Target::Role(role, _) => {
                quote!(#krate::role::RoleGrad<#krate::role::#role, #ty>)
            }
            Target::Nested => quote!(#krate::RegularizeWith<#ty>),
        };
        bounds.push(quote!(for<'__r> #ty: #bound));
    }
    let gradients = plan
        .gradients
        .map_or_else(|| quote!(Self), ToTokens::to_token_stream);
    let body = body(plan, Form::With, factories);
    plan.implement(
        quote!(#krate::RegularizeWith<#gradients>),
        &bounds,
        quote! {
            fn visit_weights_with<__V>(
                &self,
                __gradients: &mut #gradients,
                __at: &#krate::Path<'_>,
                __visitor: &mut __V,
            ) -> ::core::result::Result<(), #krate::Error>
            where
                __V: #krate::VisitorWith,
            {
                #body
                ::core::result::Result::Ok(())
            }
        },
    )
}

fn regularize_activity(
    plan: &Plan<'_>,
    regularizer: &Regularizer,
    factories: &mut Factories,
) -> TokenStream {
    let krate = &plan.krate;
    let regularizer = reference(plan, regularizer, None, factories);
    plan.implement(
        quote!(#krate::RegularizeActivity),
        &plan.bounds(),
        quote! {
            fn activity(&self) -> #krate::Terms {
                #krate::Factors::terms(#regularizer)
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
            // With both types named, `|w| …` and `sum()` infer.
            let types = site.map_or_else(
                || quote!(_, _),
                |site| {
                    let (tensor, penalty) = (plan.tensor_of(site), plan.penalty_of(site));
                    quote!(#tensor, #penalty)
                },
            );
            quote_spanned!(closure.span()=> &#krate::from_fn::<#types, _>(#closure))
        }
    }
}

/// How a statement reaches a field, and its gradient.
struct Access {
    field: TokenStream,
    gradient: TokenStream,
}

fn body(plan: &Plan<'_>, form: Form, factories: &mut Factories) -> TokenStream {
    let trainable = plan
        .trainable
        .map(|expr| quote_spanned!(expr.span()=> .trainable(#expr)));
    let sharded = plan.sharded.then(|| quote!(.sharded()));
    let at = quote!(let __at = &__at.edition(__EDITION)#trainable #sharded;);
    let body = match &plan.shape {
        Shape::Struct(sites) => {
            let statements = sites.iter().map(|site| {
                // `self` is the macro's, also where the type is from another macro.
                let span = Span::call_site().located_at(site.ty.span());
                let member = site.member;
                let field = match form {
                    Form::Mut => quote_spanned!(span=> &mut self.#member),
                    _ => quote_spanned!(span=> &self.#member),
                };
                let gradient = quote_spanned!(span=> &mut __gradients.#member);
                statement(plan, form, site, &Access { field, gradient }, factories)
            });
            let statements: Vec<_> = statements.collect();
            quote!(#(#statements)*)
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
    quote!(#at #body)
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
        .iter()
        .map(|site| {
            let span = site.ty.span();
            let mut field = binding(site.member);
            let mut gradient = gradient_binding(site.member);
            field.set_span(field.span().located_at(span));
            gradient.set_span(gradient.span().located_at(span));
            let access = Access {
                field: quote!(#field),
                gradient: quote!(#gradient),
            };
            statement(plan, form, site, &access, factories)
        })
        .collect();
    let members = &variant.members;
    let bindings = members.iter().map(|member| binding(member));
    let pattern = quote!(Self::#ident { #(#members: #bindings,)* });
    if form != Form::With {
        return quote!(#pattern => { #(#statements)* });
    }
    let gradients = match plan.gradients {
        Some(ty) => turbofish(ty),
        None => quote!(Self),
    };
    let used: Vec<&Member> = {
        let mut used: Vec<&Member> = variant.sites.iter().map(|site| site.member).collect();
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
    let span = site.ty.span();
    let name = Literal::string(&name(site.member));
    let trainable = site
        .trainable
        .map(|expr: &Expr| quote_spanned!(expr.span()=> .trainable(#expr)));
    let sharded = site.sharded.then(|| quote!(.sharded()));
    let at = quote!(let __at = &__at.field(#name)#trainable #sharded;);
    let Access { field, gradient } = access;
    let at_type = |tokens: TokenStream| located(tokens, span);
    match &site.target {
        Target::Nested => {
            let ty = site.ty;
            let visit = match form {
                Form::Value => quote! {
                    <#ty as #krate::Regularize>::visit_weights(#field, __at, __visitor)?;
                },
                Form::Mut => quote! {
                    <#ty as #krate::RegularizeMut>::visit_weights_mut(#field, __at, __visitor)?;
                },
                Form::With => {
                    let of = plan
                        .gradient_of(site)
                        .map_or_else(|| quote!(_), ToTokens::to_token_stream);
                    quote! {
                        <#ty as #krate::RegularizeWith<#of>>::visit_weights_with(
                            #field,
                            #gradient,
                            __at,
                            __visitor,
                        )?;
                    }
                }
            };
            let visit = at_type(visit);
            quote!({ #at #visit })
        }
        Target::Weight(regularizer) => {
            let regularizer = reference(plan, regularizer, Some(site), factories);
            let gradient = (form == Form::With).then(|| quote!(#gradient,));
            // The types are named, as a reference to a pointer would be taken for one to what it leads to.
            let ty = site.ty;
            let types = match (form, plan.gradient_of(site)) {
                (Form::With, Some(gradient)) => quote!(#ty, #gradient, _),
                (Form::With, None) => quote!(#ty, _, _),
                _ => quote!(#ty, _),
            };
            let visit = at_type(quote! {
                __visitor.weight::<#types>(__at, #field, #gradient __regularizer)?;
            });
            quote!({ let __regularizer = #regularizer; #at #visit })
        }
        Target::Role(role, regularizer) => {
            let regularizer = reference(plan, regularizer, Some(site), factories);
            let of_role = quote!(#krate::role::OfRole::<_, #krate::role::#role>::new);
            let visit = at_type(match form {
                Form::Value => quote! {
                    __visitor.weight(__at, &#of_role(#field), __regularizer)?;
                },
                Form::Mut => quote! {
                    __visitor.weight(__at, &mut #of_role(#field), __regularizer)?;
                },
                Form::With => quote! {
                    __visitor.weight(__at, &#of_role(#field), &mut #of_role(#gradient), __regularizer)?;
                },
            });
            quote!({ let __regularizer = #regularizer; #at #visit })
        }
    }
}
