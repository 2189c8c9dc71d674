//! What is typed and makes no sense.

use thiserror::Error;

/// What was typed makes no sense; nothing was done.
#[derive(Debug, Error)]
#[error("{0}")]
pub struct UsageError(pub String);
