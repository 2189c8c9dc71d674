//! Files with private keys.

use crate::usage::UsageError;
use std::{
    env,
    fs::File,
    io::{IsTerminal, Read, stdin},
    path::Path,
};

/// Bytes of a file with a key or a delegation.
const MAX_FILE: u64 = 64 << 10;

/// What a file is called in messages.
pub fn name(path: &Path) -> String {
    if is_stdin(path) { "standard input".to_owned() } else { path.display().to_string() }
}

fn is_stdin(path: &Path) -> bool {
    path.as_os_str() == "-"
}

/// Reads a file with a private key that only its owner may read, or standard input if it is called `-`.
pub fn read(path: &Path) -> Result<String, UsageError> {
    if is_stdin(path) {
        if stdin().is_terminal() {
            let problem = "- reads a key from standard input, which is a terminal; use a pipe";
            return Err(UsageError(problem.to_owned()));
        }
        return text(stdin(), &name(path));
    }
    let shown = path.display().to_string();
    let file = open(path)?;
    if is_credential(path, env::var_os("CREDENTIALS_DIRECTORY").as_deref().map(Path::new)) {
        return text(file, &shown);
    }
    refuse_if_others_can_read(&file, &shown)?;
    text(file, &shown)
}

/// Whether a file is in the folder of credentials that systemd makes for a service. Only the service can read there, although
/// the mode of the files says something else: an access control list names the service.
fn is_credential(path: &Path, folder: Option<&Path>) -> bool {
    folder.is_some_and(|folder| folder.is_absolute() && path.parent() == Some(folder))
}

/// Reads a file that is no secret.
pub fn read_public(path: &Path) -> Result<String, UsageError> {
    text(open(path)?, &path.display().to_string())
}

fn open(path: &Path) -> Result<File, UsageError> {
    File::open(path).map_err(|error| cannot_read(&path.display().to_string(), &error))
}

fn text(from: impl Read, shown: &str) -> Result<String, UsageError> {
    let mut text = String::new();
    let read = from.take(MAX_FILE + 1).read_to_string(&mut text);
    if read.map_err(|error| cannot_read(shown, &error))? as u64 > MAX_FILE {
        return Err(UsageError(format!("{shown} has more than {MAX_FILE} bytes")));
    }
    Ok(text)
}

fn cannot_read(shown: &str, error: &std::io::Error) -> UsageError {
    UsageError(format!("{shown} cannot be read: {error}"))
}

/// A pipe of the shell, as in `<(command)`, is not a file that others could open.
#[cfg(unix)]
fn refuse_if_others_can_read(file: &File, shown: &str) -> Result<(), UsageError> {
    use std::os::unix::fs::MetadataExt;
    let metadata = file.metadata().map_err(|error| cannot_read(shown, &error))?;
    let of_others = metadata.mode() & 0o077;
    if !metadata.is_file() || of_others == 0 {
        return Ok(());
    }
    Err(UsageError(format!(
        "{shown} is a private key that others than its owner may use (mode {:03o}); type: chmod 600 {shown}",
        metadata.mode() & 0o777
    )))
}

#[cfg(not(unix))]
fn refuse_if_others_can_read(_: &File, _: &str) -> Result<(), UsageError> {
    Ok(())
}

#[cfg(test)]
mod tests;
