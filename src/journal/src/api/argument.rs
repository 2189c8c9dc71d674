//! The errors for arguments of which Candid would silently ignore a part.

use candid::CandidType;
use serde::{Deserialize, Serialize};
use thiserror::Error;

/// A part of the arguments that Candid would ignore: Candid drops unknown fields of a record, and reads an optional
/// value of another type as null.
///
/// The path of a part begins with the name of the argument, as in `receipt.attempt` or `plan.targets[].role`.
#[derive(CandidType, Clone, Debug, Deserialize, Eq, Error, PartialEq, Serialize)]
pub enum ArgumentError {
    /// A record has no such field.
    #[error("there is no field {field}; the fields are {}", .known.join(", "))]
    UnknownField {
        /// The field. A message has only the hash of a name; the number is shown if no field of the arguments has
        /// this hash.
        field: String,
        /// The fields that the record has.
        known: Vec<String>,
    },
    /// An optional value has another type.
    #[error("{field} must have the type {expected}, not {sent}")]
    MistypedOption {
        /// The field or argument.
        field: String,
        /// Its type.
        expected: String,
        /// The name of the type that was sent, without its parts.
        sent: String,
    },
    /// There are more arguments than the method has.
    #[error("too many arguments: {sent} were sent, {expected} expected")]
    TooManyArguments {
        /// How many were sent.
        sent: u32,
        /// How many the method has.
        expected: u32,
    },
}
