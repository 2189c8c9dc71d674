//! How a command runs that makes calls.

use anyhow::{Context, Result};

/// Runs a command to its end, on one thread.
pub fn block_on<T>(command: impl Future<Output = Result<T>>) -> Result<T> {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build();
    let runtime = runtime.context("the runtime cannot be started")?;
    let done = runtime.block_on(command);
    // A file that a thread still reads is not waited for.
    runtime.shutdown_background();
    done
}
