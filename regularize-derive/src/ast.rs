//! The type that derives: what it is made of, and the items on it, its variants and its fields.

use crate::attr::{Errors, Item, items, mentions};
use crate::meant::nearest;
use crate::valid::leaf;
use proc_macro2::Ident;
use syn::{Data, DeriveInput, Fields, Generics, Index, Member, Type, TypeParamBound};

pub(crate) struct Input {
    pub(crate) ident: Ident,
    pub(crate) generics: Generics,
    pub(crate) items: Vec<Item>,
    pub(crate) body: Body,
    /// Whether an attribute is almost `regularize`: the compiler tells of it.
    pub(crate) is_told: bool,
    /// Whether it is `#[repr(packed)]`.
    pub(crate) is_packed: bool,
}

pub(crate) enum Body {
    Struct(Vec<Field>),
    Enum(Vec<Variant>),
}

pub(crate) struct Variant {
    pub(crate) ident: Ident,
    pub(crate) fields: Vec<Field>,
    pub(crate) items: Vec<Item>,
}

pub(crate) struct Field {
    pub(crate) member: Member,
    pub(crate) ty: Type,
    pub(crate) items: Vec<Item>,
}

impl Input {
    pub(crate) fn new(input: &DeriveInput, errors: &mut Errors) -> Self {
        let body = match &input.data {
            Data::Struct(data) => Body::Struct(fields(&data.fields, errors)),
            Data::Enum(data) => Body::Enum(
                data.variants
                    .iter()
                    .map(|variant| Variant {
                        ident: variant.ident.clone(),
                        fields: fields(&variant.fields, errors),
                        items: items(&variant.attrs, errors),
                    })
                    .collect(),
            ),
            Data::Union(data) => {
                errors.at(
                    data.union_token,
                    "a union cannot say which field it holds: derive `Regularize` for a struct or an enum",
                );
                Body::Struct(fields(&Fields::Named(data.fields.clone()), errors))
            }
        };
        Self {
            ident: input.ident.clone(),
            generics: input.generics.clone(),
            items: items(&input.attrs, errors),
            is_told: is_misspelled(input),
            is_packed: input.attrs.iter().any(|attribute| {
                attribute.path().is_ident("repr") && mentions(&attribute.meta, &["packed".into()])
            }),
            body,
        }
    }

    /// The names of the type parameters, and of constant ones.
    pub(crate) fn parameters(&self) -> Vec<String> {
        let types = self.generics.type_params().map(|param| &param.ident);
        let constants = self.generics.const_params().map(|param| &param.ident);
        types.chain(constants).map(Ident::to_string).collect()
    }
}

/// Whether the type is `dyn Regularize`, or a list or pointer of it, without `<Penalty = f32>`.
pub(crate) fn is_open(ty: &Type) -> bool {
    let Type::TraitObject(object) = leaf(ty) else {
        return false;
    };
    object.bounds.iter().any(|bound| match bound {
        TypeParamBound::Trait(bound) => {
            let names = bound.path.segments.iter();
            let names: Vec<String> = names.map(|name| name.ident.to_string()).collect();
            let names: Vec<&str> = names.iter().map(|name| &**name).collect();
            // A trait of the same name in another module may say the penalty itself.
            let is_ours = matches!(names[..], ["Regularize"] | ["regularize", "Regularize"]);
            let last = bound.path.segments.last();
            is_ours && last.is_some_and(|last| last.arguments.is_none())
        }
        _ => false,
    })
}

fn is_misspelled(input: &DeriveInput) -> bool {
    let of_fields = |fields: &Fields| {
        let attributes = fields.iter().flat_map(|field| field.attrs.clone());
        attributes.collect::<Vec<_>>()
    };
    let inner = match &input.data {
        Data::Struct(data) => of_fields(&data.fields),
        Data::Enum(data) => {
            let of_variant =
                |variant: &syn::Variant| [&variant.attrs[..], &of_fields(&variant.fields)].concat();
            data.variants.iter().flat_map(of_variant).collect()
        }
        Data::Union(_) => Vec::new(),
    };
    let mut names = input
        .attrs
        .iter()
        .chain(&inner)
        .filter_map(|attribute| attribute.path().get_ident());
    names.any(|name| name != "regularize" && nearest(&name.to_string(), ["regularize"]).is_some())
}

fn fields(fields: &Fields, errors: &mut Errors) -> Vec<Field> {
    fields
        .iter()
        .enumerate()
        .map(|(index, field)| Field {
            member: match &field.ident {
                Some(ident) => Member::Named(ident.clone()),
                None => Member::Unnamed(Index::from(index)),
            },
            ty: field.ty.clone(),
            items: items(&field.attrs, errors),
        })
        .collect()
}
