//! Where log and queries part.

use std::fmt;
use thiserror::Error;

/// The queries say something else than the log.
#[derive(Clone, Debug, Eq, Error, PartialEq)]
pub struct Difference {
    /// What is told in two ways, for instance `operation 3 of run nightly`.
    pub what: String,
    /// The field in it that differs, for instance `artifact.checksum`; empty when all of it does.
    pub field: String,
    /// The last block that has a say in it.
    pub block: u64,
    /// What the log says.
    pub log: String,
    /// What the queries say.
    pub queries: String,
}

impl fmt::Display for Difference {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { what, field, block, log, queries } = self;
        let colon = if field.is_empty() { "" } else { ": " };
        write!(f, "{what} is not what the log says up to block {block}: ")?;
        let (log, queries) = (excerpt(log), excerpt(queries));
        write!(f, "{field}{colon}{log} in the log, {queries} in the queries")
    }
}

/// The beginning of a value, short enough for a message; a value may be a whole plan.
fn excerpt(value: &str) -> String {
    match value.char_indices().nth(MAX_SHOWN) {
        Some((end, _)) => format!("{}…", &value[..end]),
        None => value.to_owned(),
    }
}

/// Characters of a value that are shown.
const MAX_SHOWN: usize = 300;
