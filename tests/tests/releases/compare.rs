//! Whether an answer says all that an earlier one said.

use candid::types::value::{IDLArgs, IDLField, IDLValue};

/// Where `now` does not say what was `recorded`; nothing when it says all of it.
///
/// Added fields of records do not matter: the earlier release knew nothing of them. If the answer is `growing`, it
/// is one list, and added elements do not matter either.
pub fn difference(recorded: &IDLArgs, now: &IDLArgs, growing: bool) -> Option<String> {
    let compared = match (recorded.args.as_slice(), now.args.as_slice()) {
        ([recorded], [now]) if growing => contains(recorded, now),
        ([recorded], [now]) => compare("", recorded, now),
        _ => Err("an answer is one value".to_string()),
    };
    compared.err()
}

fn contains(recorded: &IDLValue, now: &IDLValue) -> Result<(), String> {
    let (IDLValue::Vec(recorded), IDLValue::Vec(now)) = (recorded, now) else {
        return Err("this is no list".to_string());
    };
    let known = |value| now.iter().any(|other| compare("", value, other).is_ok());
    recorded
        .iter()
        .find(|value| !known(value))
        .map_or(Ok(()), |gone| Err(format!("{gone} is gone")))
}

fn compare(path: &str, recorded: &IDLValue, now: &IDLValue) -> Result<(), String> {
    match (recorded, now) {
        (IDLValue::Record(recorded), IDLValue::Record(now)) => {
            recorded.iter().try_for_each(|field| compare_field(path, field, now))
        }
        (IDLValue::Variant(recorded), IDLValue::Variant(now)) => {
            let (recorded, now) = (&recorded.0, &now.0);
            let chosen = recorded.id.get_id() == now.id.get_id();
            same(path, chosen, || recorded.id.to_string(), || now.id.to_string())?;
            compare(&format!("{path}.{}", recorded.id), &recorded.val, &now.val)
        }
        (IDLValue::Vec(recorded), IDLValue::Vec(now)) => {
            for (position, (recorded, now)) in recorded.iter().zip(now).enumerate() {
                compare(&format!("{path}[{position}]"), recorded, now)?;
            }
            let (recorded, now) = (recorded.len(), now.len());
            same(path, recorded == now, || format!("{recorded} elements"), || now.to_string())
        }
        (IDLValue::Opt(recorded), IDLValue::Opt(now)) => compare(path, recorded, now),
        // A text does not tell a null from an option that is empty.
        (IDLValue::Null | IDLValue::None, IDLValue::Null | IDLValue::None) => Ok(()),
        (recorded, now) => same(path, recorded == now, || recorded.to_string(), || now.to_string()),
    }
}

/// Fields that tell by another rule now, or in another form: who must be started, and how many records were checked.
const BY_ANOTHER_RULE: [&str; 3] = ["starts_owed", "stopped_since", "checked"];

fn compare_field(path: &str, recorded: &IDLField, now: &[IDLField]) -> Result<(), String> {
    if BY_ANOTHER_RULE.contains(&recorded.id.to_string().as_str()) {
        return Ok(());
    }
    let path = format!("{path}.{}", recorded.id);
    let found = now.iter().find(|field| field.id.get_id() == recorded.id.get_id());
    match found {
        Some(now) => compare(&path, &recorded.val, &now.val),
        None => Err(format!("{path} is gone")),
    }
}

fn same(
    path: &str,
    same: bool,
    recorded: impl FnOnce() -> String,
    now: impl FnOnce() -> String,
) -> Result<(), String> {
    if same { Ok(()) } else { Err(format!("{path} was {} and is {}", recorded(), now())) }
}

#[cfg(test)]
mod tests {
    use super::difference;
    use candid_parser::parse_idl_args;

    fn differs(recorded: &str, now: &str) -> Option<String> {
        let parse = |text| parse_idl_args(text).expect("values");
        difference(&parse(recorded), &parse(now), false)
    }

    #[test]
    fn added_fields_do_not_matter() {
        let recorded = "(variant { Ok = record { a = 1 : nat32; b = null } })";
        let now = "(variant { Ok = record { a = 1 : nat32; b = null; c = opt \"new\" } })";
        assert_eq!(differs(recorded, now), None);
        assert_eq!(differs(now, recorded), Some(".Ok.c is gone".to_string()));
    }

    #[test]
    fn what_differs_is_named() {
        for (recorded, now, difference) in [
            (
                "(variant { Ok = vec { record { a = 1 } } })",
                "(variant { Ok = vec { record { a = 2 } } })",
                ".Ok[0].a was 1 and is 2",
            ),
            (
                "(record { a = variant { Ok } })",
                "(record { a = variant { Err } })",
                ".a was Ok and is Err",
            ),
            (
                "(record { a = vec { 1 } })",
                "(record { a = vec { 1; 2 } })",
                ".a was 1 elements and is 2",
            ),
            (
                "(record { a = vec { 1; 2 } })",
                "(record { a = vec { 1 } })",
                ".a was 2 elements and is 1",
            ),
            ("(record { a = null })", "(record { a = opt 1 })", ".a was null : null and is opt 1"),
            ("(record { a = opt 1 })", "(record { a = null })", ".a was opt 1 and is null : null"),
            (
                "(record { a = 1 : nat32 })",
                "(record { a = 1 : nat64 })",
                ".a was 1 : nat32 and is 1 : nat64",
            ),
        ] {
            assert_eq!(differs(recorded, now).as_deref(), Some(difference));
        }
    }

    #[test]
    fn a_list_of_what_is_known_may_grow() {
        let parse = |text| parse_idl_args(text).expect("values");
        let (one, two) = (parse("(vec { \"a\" })"), parse("(vec { \"b\"; \"a\" })"));
        assert_eq!(difference(&one, &two, true), None);
        assert_eq!(difference(&two, &one, true), Some("\"b\" is gone".to_string()));
    }
}
