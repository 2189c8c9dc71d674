//! Decoding of Candid from outside, at a cost that is bounded by the length of the message.
//!
//! A few bytes of Candid can describe a large value: a vector of four thousand million nulls takes six bytes. So each
//! message from outside is decoded here with a quota; a message that exceeds it is an error.

use candid::{CandidType, DecoderConfig, Error, utils::decode_one_with_config};
use serde::Deserialize;

/// What may be spent on any message, in units of [`DecoderConfig::set_decoding_quota`].
const QUOTA: usize = 100_000;

/// What may be spent in addition for each byte of a message. An absent optional field is one byte, and costs as
/// much as its name is long; a field that is not known here costs fifty times what it is worth.
const QUOTA_OF_A_BYTE: usize = 300;

/// What may be spent in addition for each byte on fields that are not known here, at their own price.
const UNKNOWN_OF_A_BYTE: usize = 30;

/// The longest message of an error, in characters.
const MAX_ERROR: usize = 300;

/// The bounds for a message of so many bytes.
pub fn bounds(bytes: usize) -> DecoderConfig {
    let mut config = DecoderConfig::new();
    config
        .set_decoding_quota(QUOTA.saturating_add(bytes.saturating_mul(QUOTA_OF_A_BYTE)))
        .set_skipping_quota(QUOTA.saturating_add(bytes.saturating_mul(UNKNOWN_OF_A_BYTE)))
        .set_full_error_message(false);
    config
}

/// Reads the one value of a message.
///
/// # Errors
/// When it is of another type, no Candid, or costs more than its length allows.
pub fn decode<'a, T: CandidType + Deserialize<'a>>(bytes: &'a [u8]) -> Result<T, Error> {
    decode_one_with_config(bytes, &bounds(bytes.len()))
}

/// An error of Candid in one short line, without the place in the library where it was found, which is a path of the
/// machine on which the program was built.
pub fn problem(error: &Error) -> String {
    // The context around it repeats both types, which may be long.
    let text = match error {
        Error::Custom(error) => error.root_cause().to_string(),
        other => other.to_string(),
    };
    let line = text.lines().next().unwrap_or_default();
    let words: Vec<&str> = line.split_whitespace().filter(|word| !word.contains(".rs:")).collect();
    let words = words.strip_suffix(&["at"]).unwrap_or(&words).join(" ");
    match words.char_indices().nth(MAX_ERROR) {
        Some((end, _)) => format!("{}…", &words[..end]),
        None => words,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use candid::{Encode, Nat, Principal};
    use serde::Serialize;

    /// A record with one field that nobody knows: a vector of 2^32 - 1 nulls.
    const EIGHTEEN_BYTES: &[u8] = b"DIDL\x02\x6d\x7f\x6c\x01\x01\x00\x01\x01\xff\xff\xff\xff\x0f";

    #[derive(CandidType, Debug, Deserialize, PartialEq, Serialize)]
    struct Known {
        name: Option<String>,
        restart_overdue_after_seconds: Option<u64>,
        the_longest_name_of_a_field_that_there_is: Option<Nat>,
    }

    #[test]
    fn few_bytes_do_not_take_long() {
        assert_eq!(EIGHTEEN_BYTES.len(), 18);
        let error = decode::<Known>(EIGHTEEN_BYTES).unwrap_err();
        assert!(problem(&error).contains("exceeds"), "{}", problem(&error));
        // What is skipped because it is of another type than an optional field.
        let of_another_type =
            b"DIDL\x02\x6d\x7f\x6c\x01\xf1\xfe\xe1\x8d\x03\x00\x01\x01\xff\xff\xff\xff\x0f";
        let error = decode::<Known>(of_another_type).unwrap_err();
        assert!(problem(&error).contains("exceeds"), "{}", problem(&error));
    }

    #[test]
    fn many_absent_fields_cost_no_more_than_their_bytes_allow() {
        let absent = || Known {
            name: None,
            restart_overdue_after_seconds: None,
            the_longest_name_of_a_field_that_there_is: None,
        };
        let many: Vec<Known> = (0..100_000).map(|_| absent()).collect();
        let bytes = Encode!(&many).expect("Candid");
        assert_eq!(decode::<Vec<Known>>(&bytes).expect("within the quota"), many);
    }

    #[test]
    fn errors_are_short_and_name_no_file() {
        let long = Encode!(&"x".repeat(50_000)).expect("Candid");
        for bytes in [&b"DIDL"[..], b"nonsense", &long, &Encode!(&7_u8).expect("Candid"), b""] {
            for error in
                [decode::<Known>(bytes).unwrap_err(), decode::<Vec<Principal>>(bytes).unwrap_err()]
            {
                let said = problem(&error);
                assert!(!said.is_empty() && said.chars().count() <= MAX_ERROR + 1, "{said}");
                assert!(!said.contains(".rs") && !said.contains('/'), "{said}");
            }
        }
        let error = Error::msg(format!("Type mismatch at {}:{}\nand more", file!(), line!()));
        assert_eq!(problem(&error), "Type mismatch");
    }
}
