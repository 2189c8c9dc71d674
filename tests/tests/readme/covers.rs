//! Whether a value says all that an excerpt of it says.

use candid_parser::{
    IDLValue,
    candid::types::value::{IDLField, VariantValue},
};

/// Whether `whole` says what `part` says. A record of `part` may leave fields out, numbers need no type.
pub fn covers(whole: &IDLValue, part: &IDLValue) -> bool {
    match (part, whole) {
        (IDLValue::Record(part), IDLValue::Record(whole)) => {
            part.iter().all(|field| whole.iter().any(|other| field_covers(other, field)))
        }
        (IDLValue::Variant(VariantValue(part, _)), IDLValue::Variant(VariantValue(whole, _))) => {
            field_covers(whole, part)
        }
        (IDLValue::Vec(part), IDLValue::Vec(whole)) => {
            part.len() == whole.len()
                && whole.iter().zip(part).all(|(whole, part)| covers(whole, part))
        }
        (IDLValue::Opt(part), IDLValue::Opt(whole)) => covers(whole, part),
        (IDLValue::Null, IDLValue::None) => true,
        (IDLValue::Number(part), whole) => {
            number(whole).is_some_and(|whole| whole == part.replace('_', ""))
        }
        (part, whole) => part == whole,
    }
}

fn field_covers(whole: &IDLField, part: &IDLField) -> bool {
    whole.id.get_id() == part.id.get_id() && covers(&whole.val, &part.val)
}

fn number(value: &IDLValue) -> Option<String> {
    match value {
        IDLValue::Nat8(number) => Some(number.to_string()),
        IDLValue::Nat16(number) => Some(number.to_string()),
        IDLValue::Nat32(number) => Some(number.to_string()),
        IDLValue::Nat64(number) => Some(number.to_string()),
        _ => None,
    }
}
