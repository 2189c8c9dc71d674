//! What the coordinator says of arguments of which Candid would leave out a part without a word.

use candid::CandidType;
use serde::{Deserialize, Serialize};
use thiserror::Error;

/// A part of the arguments that was sent and would be ignored: Candid reads a record without the fields that it
/// does not know, and an optional value of another type as null.
///
/// Where a part stands is written as in `receipt.attempt` or `plan.targets[].role`; it begins with the name of the
/// argument.
#[derive(CandidType, Clone, Debug, Deserialize, Eq, Error, PartialEq, Serialize)]
pub enum ArgumentError {
    /// A record has no such field.
    #[error("there is no field {field}; the fields there are {}", .known.join(", "))]
    UnknownField {
        /// The field. Messages carry the hash of a name: it is that number if no field of the arguments has this name.
        field: String,
        /// The fields that the record has.
        known: Vec<String>,
    },
    /// An optional value is of another type.
    #[error("{field} is of type {expected}, not {sent}")]
    MistypedOption {
        /// The field or argument.
        field: String,
        /// Its type.
        expected: String,
        /// The type that was sent, without what it consists of.
        sent: String,
    },
    /// There are more arguments than the method has.
    #[error("{sent} arguments were sent where {expected} are expected")]
    TooManyArguments {
        /// How many were sent.
        sent: u32,
        /// How many the method has.
        expected: u32,
    },
}
