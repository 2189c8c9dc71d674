//! Private keys in PEM.

use crate::usage::UsageError;
use ed25519_dalek::{SigningKey, pkcs8::DecodePrivateKey};
use ic_agent::{
    Identity,
    identity::{BasicIdentity, Prime256v1Identity, Secp256k1Identity},
};
use pem::Pem;

const PKCS8: &str = "PRIVATE KEY";
const SEC1: &str = "EC PRIVATE KEY";
const ENCRYPTED: &str = "ENCRYPTED PRIVATE KEY";

/// The identity of a private key in PEM: secp256k1 or prime256v1 as SEC1 or PKCS #8, or Ed25519 as PKCS #8. `source` is
/// where it comes from.
pub fn identity(text: &str, source: &str) -> Result<Box<dyn Identity>, UsageError> {
    let unusable = |problem: &str| UsageError(format!("{source} {problem}"));
    let sections = pem::parse_many(text)
        .map_err(|error| unusable(&format!("is not a private key in PEM: {error}")))?;
    let key = sections.iter().find(|section| matches!(section.tag(), PKCS8 | SEC1 | ENCRYPTED));
    let Some(key) = key else {
        return Err(unusable("has no private key in PEM"));
    };
    if key.tag() == ENCRYPTED || key.headers().get("DEK-Info").is_some() {
        return Err(unusable(
            "is encrypted. Decrypt it and pipe it in: openssl pkey -in FILE | backupctl … --identity-pem -",
        ));
    }
    if let Ok(identity) = Secp256k1Identity::from_pem(text) {
        return Ok(Box::new(identity));
    }
    if let Ok(identity) = Prime256v1Identity::from_pem(text) {
        return Ok(Box::new(identity));
    }
    if let Some(identity) = ed25519(key) {
        return Ok(Box::new(identity));
    }
    Err(unusable(
        "is of a kind that the network does not know: use secp256k1, Ed25519 or prime256v1",
    ))
}

fn ed25519(key: &Pem) -> Option<BasicIdentity> {
    if key.tag() != PKCS8 {
        return None;
    }
    if let Ok(key) = SigningKey::from_pkcs8_der(key.contents()) {
        return Some(BasicIdentity::from_raw_key(&key.to_bytes()));
    }
    // Old releases of dfx wrote what is not quite PKCS #8. ic-agent knows it by bytes 48 to 51, which must be there.
    let is_long_enough = key.contents().len() >= 52;
    is_long_enough.then(|| BasicIdentity::from_pem(pem::encode(key)).ok()).flatten()
}

#[cfg(test)]
mod tests;
