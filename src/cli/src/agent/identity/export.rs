//! Identities that `icp` or `dfx` keeps.

use crate::{tool::Tool, usage::UsageError};
use std::{
    io::{IsTerminal, stdin},
    path::Path,
    process::Stdio,
    time::Duration,
};
use tokio::{process::Command, time::timeout};

/// How long a tool may take that has nobody to ask.
const WITHOUT_TERMINAL: Duration = Duration::from_mins(1);
/// How long it may take when it asks for a password.
const WITH_TERMINAL: Duration = Duration::from_mins(10);

/// Has a tool export an identity as PEM, which stays in memory. The tool speaks to the terminal itself, if there is one.
pub async fn export(
    tool: Tool,
    name: &str,
    password_file: Option<&Path>,
) -> Result<String, UsageError> {
    let command_line = format!("{} identity export {name}", tool.name());
    let failed = |what: String| UsageError(format!("`{command_line}` {what}"));
    let mut command = Command::new(tool.program());
    command.args(["identity", "export"]);
    match (tool, password_file) {
        (Tool::Icp, Some(file)) => drop(command.arg("--password-file").arg(file)),
        (Tool::Dfx, Some(_)) => {
            return Err(failed("cannot read a password from a file; leave it out".to_owned()));
        }
        (_, None) => {}
    }
    let has_terminal = stdin().is_terminal();
    let (input, limit) = if has_terminal {
        (Stdio::inherit(), WITH_TERMINAL)
    } else {
        (Stdio::null(), WITHOUT_TERMINAL)
    };
    command.arg("--").arg(name).stdin(input).stdout(Stdio::piped()).kill_on_drop(true);
    let exported = async { command.spawn()?.wait_with_output().await };
    let output = timeout(limit, exported)
        .await
        .map_err(|_| failed(format!("took more than {} s and was ended", limit.as_secs())))?
        .map_err(|error| failed(format!("cannot be run: {error}")))?;
    if !output.status.success() {
        let hint = if has_terminal || password_file.is_some() {
            ""
        } else {
            ". There is no terminal on which it could ask for a password"
        };
        return Err(failed(format!("failed ({}){hint}", output.status)));
    }
    let pem = String::from_utf8(output.stdout).unwrap_or_default();
    if pem.trim().is_empty() {
        return Err(failed("has exported nothing".to_owned()));
    }
    Ok(pem)
}
