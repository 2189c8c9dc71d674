//! What a person needs to call the served network from another terminal: an identity, and a configuration that names it.

use crate::{disk, rehearse::stage::Stage};
use anyhow::{Context, Result};
use candid::Principal;
use ed25519_dalek::{
    SigningKey,
    pkcs8::{
        EncodePrivateKey,
        spki::{EncodePublicKey, der::pem::LineEnding},
    },
};
use std::{
    fs::OpenOptions,
    io::Write,
    path::{Path, PathBuf},
};

/// The file with the identity, which is worth nothing on any other network.
const IDENTITY: &str = "operator.pem";
/// The file that names network, coordinator and identity.
const CONFIG: &str = "backupctl.toml";
/// The key is the same in every process, as those of the network are.
const SECRET: [u8; 32] = *b"the operator of a served network";

/// Who operates the served network from another terminal.
pub fn operator() -> Result<Principal> {
    let public = key().verifying_key().to_public_key_der().context("a key cannot be encoded")?;
    Ok(Principal::self_authenticating(public.as_bytes()))
}

/// Writes the files into the folder of the rehearsal; the configuration.
pub fn write(folder: &Path, stage: &Stage, network: &str) -> Result<PathBuf> {
    let pem = key().to_pkcs8_pem(LineEnding::LF).context("a key cannot be encoded")?;
    let identity = folder.join(IDENTITY);
    write_secret(&identity, pem.as_bytes())
        .with_context(|| format!("{} cannot be written", identity.display()))?;
    let (coordinator, root_key) =
        (stage.coordinator, hex::encode(stage.network.sandbox().root_key()));
    let config = format!(
        "# The network that backupctl serves from this folder.\n\
         coordinator = \"{coordinator}\"\n\
         network = \"{network}\"\n\
         root_key = \"{root_key}\"\n\
         identity.pem = \"{IDENTITY}\"\n"
    );
    let path = folder.join(CONFIG);
    disk::replace(&disk::RealDisk, &path, config.as_bytes())?;
    Ok(path)
}

fn key() -> SigningKey {
    SigningKey::from_bytes(&SECRET)
}

/// A key that others can read is not taken as an identity.
fn write_secret(path: &Path, bytes: &[u8]) -> std::io::Result<()> {
    let mut options = OpenOptions::new();
    options.create(true).truncate(true).write(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    options.open(path)?.write_all(bytes)
}
