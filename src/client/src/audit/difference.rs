//! Where log and queries part.

use std::fmt;
use thiserror::Error;

/// The queries say something else than the log.
#[derive(Clone, Debug, Eq, Error, PartialEq)]
pub struct Difference {
    /// What is told in two ways, for instance `operation 3 of run nightly`.
    pub what: String,
    /// The last block that has a say in it.
    pub block: u64,
    /// What the log says.
    pub log: String,
    /// What the queries say.
    pub queries: String,
}

impl fmt::Display for Difference {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { what, block, log, queries } = self;
        write!(f, "{what} is not what the log says, whose last word on it is block {block}: ")?;
        write!(f, "{log} in the log, {queries} in the queries")
    }
}

/// Holds two lists against each other; `what` names an element by its position.
pub(super) fn compare<T: fmt::Debug + PartialEq>(
    block: u64,
    log: &[T],
    queries: &[T],
    what: impl Fn(usize) -> String,
) -> Result<(), Box<Difference>> {
    let same = log.iter().zip(queries).take_while(|(log, queries)| log == queries).count();
    if same == log.len() && same == queries.len() {
        return Ok(());
    }
    let shown = |list: &[T]| {
        list.get(same).map_or_else(|| "nothing".to_string(), |element| format!("{element:?}"))
    };
    Err(Box::new(Difference {
        what: what(same),
        block,
        log: shown(log),
        queries: shown(queries),
    }))
}
