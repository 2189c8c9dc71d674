//! How a command runs that makes calls.

use anyhow::{Context, Result};

/// Runs a command to its end, on one thread.
pub fn block_on<T>(command: impl Future<Output = Result<T>>) -> Result<T> {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build();
    runtime.context("the runtime cannot be started")?.block_on(command)
}
