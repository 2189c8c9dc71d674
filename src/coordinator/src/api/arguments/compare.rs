//! Compares the types of a message with the expected ones, for what Candid would leave out.

use super::{
    table::{Compound, TypeRef, TypeTable, code},
    words::type_in_words,
};
use backup_journal::api::ArgumentError;
use candid::{
    types::{Field, Label, Type, TypeInner},
    utils::pp_num_str,
};

/// Why a type does not fit.
enum Misfit {
    /// Candid refuses it, or reads null where it stands in an optional value.
    Mistyped,
    /// Candid would ignore a part of it; the path is relative to this type.
    Ignored(ArgumentError),
}

/// Refuses a message of which Candid would leave out a part. What Candid refuses by itself passes.
///
/// Cost: at most as many steps as the expected types have parts. A record of the message has each field once, and the
/// first unexpected field ends the comparison.
///
/// # Errors
/// Names the first part that would be left out.
pub fn check(sent: &TypeTable, expected: &[Type], names: &[&str]) -> Result<(), ArgumentError> {
    let comparison = Comparison { sent, expected };
    for (position, (argument, expected)) in sent.arguments.iter().zip(expected).enumerate() {
        match comparison.fit(*argument, expected) {
            Ok(()) => {}
            Err(Misfit::Mistyped) => return Ok(()),
            Err(Misfit::Ignored(error)) => {
                return Err(within(names.get(position).unwrap_or(&""), error));
            }
        }
    }
    if sent.arguments.len() > expected.len() {
        let count = |length| u32::try_from(length).unwrap_or(u32::MAX);
        let (sent, expected) = (count(sent.arguments.len()), count(expected.len()));
        return Err(ArgumentError::TooManyArguments { sent, expected });
    }
    Ok(())
}

struct Comparison<'a> {
    sent: &'a TypeTable,
    expected: &'a [Type],
}

impl Comparison<'_> {
    fn fit(&self, sent: TypeRef, expected: &Type) -> Result<(), Misfit> {
        if sent == code::EMPTY {
            // For instance the items of an empty vector without an item type.
            return Ok(());
        }
        match (expected.as_ref(), self.sent.compound(sent)) {
            (TypeInner::Opt(inner), compound) => {
                let value = if let Some(Compound::Opt(value)) = compound { *value } else { sent };
                self.fit_optional(sent, value, expected, inner)
            }
            (TypeInner::Vec(inner), Some(Compound::Vec(item))) => {
                self.fit(*item, inner).map_err(|misfit| misfit.within("[]"))
            }
            (TypeInner::Record(fields), Some(Compound::Record(sent))) => {
                self.fit_record(sent, fields)
            }
            (TypeInner::Variant(tags), Some(Compound::Variant(sent))) => {
                self.fit_variant(sent, tags)
            }
            (TypeInner::Principal, Some(Compound::Other)) => Ok(()),
            (simple, None) if fits_simple(sent, simple) => Ok(()),
            _ => Err(Misfit::Mistyped),
        }
    }

    fn fit_optional(
        &self,
        sent: TypeRef,
        value: TypeRef,
        expected: &Type,
        inner: &Type,
    ) -> Result<(), Misfit> {
        if sent == code::NULL {
            return Ok(());
        }
        match self.fit(value, inner) {
            Err(Misfit::Mistyped) => Err(Misfit::Ignored(ArgumentError::MistypedOption {
                field: String::new(),
                expected: type_in_words(expected),
                sent: self.sent.name(sent),
            })),
            other => other,
        }
    }

    fn fit_record(&self, sent: &[(u32, TypeRef)], fields: &[Field]) -> Result<(), Misfit> {
        for (hash, reference) in sent {
            let Some(field) = find(fields, *hash) else {
                let field = self.name_of(*hash);
                let known = fields.iter().map(|field| field.id.to_string()).collect();
                return Err(Misfit::Ignored(ArgumentError::UnknownField { field, known }));
            };
            self.fit(*reference, &field.ty).map_err(|misfit| misfit.within_field(field))?;
        }
        let is_sent = |field: &Field| sent.iter().any(|(hash, _)| *hash == field.id.get_id());
        let complete = fields.iter().all(|field| may_be_absent(&field.ty) || is_sent(field));
        if complete { Ok(()) } else { Err(Misfit::Mistyped) }
    }

    fn fit_variant(&self, sent: &[(u32, TypeRef)], tags: &[Field]) -> Result<(), Misfit> {
        for (hash, reference) in sent {
            let tag = find(tags, *hash).ok_or(Misfit::Mistyped)?;
            self.fit(*reference, &tag.ty).map_err(|misfit| misfit.within_field(tag))?;
        }
        Ok(())
    }

    /// The name with this hash, if it is one of the arguments', else the hash as Candid writes it.
    fn name_of(&self, hash: u32) -> String {
        let known = self.expected.iter().find_map(|expected| name_within(expected, hash));
        known.unwrap_or_else(|| pp_num_str(&hash.to_string()))
    }
}

impl Misfit {
    fn within(self, outer: &str) -> Self {
        match self {
            Self::Mistyped => Self::Mistyped,
            Self::Ignored(error) => Self::Ignored(within(outer, error)),
        }
    }

    fn within_field(self, field: &Field) -> Self {
        match self {
            Self::Mistyped => Self::Mistyped,
            Self::Ignored(error) => Self::Ignored(within(&field.id.to_string(), error)),
        }
    }
}

/// The error, told from one step further out.
fn within(outer: &str, mut error: ArgumentError) -> ArgumentError {
    if let ArgumentError::UnknownField { field, .. } | ArgumentError::MistypedOption { field, .. } =
        &mut error
    {
        let dot = !(outer.is_empty() || field.is_empty() || field.starts_with('['));
        *field = [outer, if dot { "." } else { "" }, field].concat();
    }
    error
}

fn find(fields: &[Field], hash: u32) -> Option<&Field> {
    fields.iter().find(|field| field.id.get_id() == hash)
}

fn may_be_absent(expected: &Type) -> bool {
    matches!(expected.as_ref(), TypeInner::Opt(_) | TypeInner::Null | TypeInner::Reserved)
}

/// Whether a simple type is the expected one, or one that Candid reads as it.
fn fits_simple(sent: TypeRef, expected: &TypeInner) -> bool {
    let code = match expected {
        TypeInner::Reserved => return true,
        TypeInner::Principal => code::PRINCIPAL,
        TypeInner::Int if sent == code::NAT => return true,
        TypeInner::Null => -1,
        TypeInner::Bool => -2,
        TypeInner::Nat => code::NAT,
        TypeInner::Int => -4,
        TypeInner::Nat8 => -5,
        TypeInner::Nat16 => -6,
        TypeInner::Nat32 => -7,
        TypeInner::Nat64 => -8,
        TypeInner::Int8 => -9,
        TypeInner::Int16 => -10,
        TypeInner::Int32 => -11,
        TypeInner::Int64 => -12,
        TypeInner::Float32 => -13,
        TypeInner::Float64 => -14,
        TypeInner::Text => -15,
        _ => return false,
    };
    sent == code
}

/// The name with this hash among the fields of a type and of its parts.
fn name_within(expected: &Type, hash: u32) -> Option<String> {
    match expected.as_ref() {
        TypeInner::Opt(inner) | TypeInner::Vec(inner) => name_within(inner, hash),
        TypeInner::Record(fields) | TypeInner::Variant(fields) => {
            fields.iter().find_map(|field| match field.id.as_ref() {
                Label::Named(name) if field.id.get_id() == hash => Some(name.clone()),
                _ => name_within(&field.ty, hash),
            })
        }
        _ => None,
    }
}
