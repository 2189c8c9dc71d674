//! Wrong arguments.

use thiserror::Error;

/// The arguments are wrong; nothing was done.
#[derive(Debug, Error)]
#[error("{0}")]
pub struct UsageError(pub String);
