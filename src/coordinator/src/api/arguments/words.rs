//! Types as text.

use candid::types::Type;

/// A type as it is written in Candid, in one line.
pub fn type_in_words(of: &Type) -> String {
    of.to_string().split_whitespace().collect::<Vec<_>>().join(" ")
}
