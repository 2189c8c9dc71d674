//! Reads canister modules from files, and says what to type when they are not there.

use anyhow::{Context, Result, bail};
use std::{fs, io::ErrorKind, path::Path};

/// The first bytes of a module: plain, or compressed.
const MAGIC: [&[u8]; 2] = [b"\0asm", &[0x1f, 0x8b]];

/// Reads a module, plain or gzipped.
pub fn read(what: &str, path: &Path) -> Result<Vec<u8>> {
    let shown = path.display();
    let module = match fs::read(path) {
        Err(error) if error.kind() == ErrorKind::NotFound => bail!(
            "the {what} module {shown} is missing; build it with: scripts/build.sh --fixtures"
        ),
        other => other.with_context(|| format!("the {what} module {shown} cannot be read"))?,
    };
    if !MAGIC.iter().any(|magic| module.starts_with(magic)) {
        bail!("the {what} module {shown} is neither WebAssembly nor gzip");
    }
    Ok(module)
}
