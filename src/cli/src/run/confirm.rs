//! Asks before something is done.

use crate::{output, usage::UsageError};
use anyhow::{Context, Result, bail};
use std::io::{IsTerminal, stdin};

/// Asks on the terminal whether to go on.
///
/// # Errors
/// Unless it was answered with yes; [`UsageError`] if there is no terminal to ask on.
pub fn confirm(question: &str) -> Result<()> {
    if !stdin().is_terminal() {
        let problem = "nothing was done: without a terminal nobody can be asked; say --yes";
        return Err(UsageError(problem.to_owned()).into());
    }
    output::tell(&format!("{question} [y/N]"));
    let mut answer = String::new();
    stdin().read_line(&mut answer).context("the answer cannot be read")?;
    if !matches!(answer.trim().to_lowercase().as_str(), "y" | "yes") {
        bail!("nothing was done");
    }
    Ok(())
}
