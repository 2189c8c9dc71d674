//! The signatures that users sign with: Ed25519, and ECDSA over SHA-256 on the curves secp256k1 and P-256.

use ed25519_dalek::{Verifier, pkcs8::DecodePublicKey};

/// Checks a signature under a public key in DER.
///
/// # Errors
/// Says why it does not hold, or that this is no key of a kind that is known here.
pub(crate) fn verify(public_key: &[u8], message: &[u8], signature: &[u8]) -> Result<(), String> {
    if let Ok(key) = ed25519_dalek::VerifyingKey::from_public_key_der(public_key) {
        let signature = ed25519_dalek::Signature::from_slice(signature);
        return result("Ed25519", signature.and_then(|signature| key.verify(message, &signature)));
    }
    if let Ok(key) = k256::ecdsa::VerifyingKey::from_public_key_der(public_key) {
        let signature = k256::ecdsa::Signature::from_slice(signature);
        let verified = signature.and_then(|signature| key.verify(message, &signature));
        return result("ECDSA (secp256k1)", verified);
    }
    if let Ok(key) = p256::ecdsa::VerifyingKey::from_public_key_der(public_key) {
        let signature = p256::ecdsa::Signature::from_slice(signature);
        let verified = signature.and_then(|signature| key.verify(message, &signature));
        return result("ECDSA (P-256)", verified);
    }
    Err("the public key is none of Ed25519, secp256k1 or P-256 in DER: others are not known to this simulator".to_owned())
}

fn result(kind: &str, verified: Result<(), ed25519_dalek::SignatureError>) -> Result<(), String> {
    verified.map_err(|_| format!("the {kind} signature does not verify"))
}
