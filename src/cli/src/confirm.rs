//! A question on the terminal.

use crate::{output, usage::UsageError};
use anyhow::{Context, Result};
use std::io::{IsTerminal, stdin};

/// Whether a person at the terminal agrees. Without a terminal nobody can be asked.
///
/// # Errors
/// [`UsageError`] with the option to use then.
pub fn confirm(question: &str) -> Result<bool> {
    if !stdin().is_terminal() {
        let problem = "there is no terminal on which to ask; add --yes to agree beforehand";
        return Err(UsageError(problem.to_owned()).into());
    }
    output::tell(&format!("{question} Type yes to go on:"));
    let mut answer = String::new();
    stdin().read_line(&mut answer).context("the answer cannot be read")?;
    Ok(answer.trim().eq_ignore_ascii_case("yes"))
}
