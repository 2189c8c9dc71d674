use super::*;
use candid::Principal;
use k256::pkcs8::EncodePrivateKey;

const SECRET: [u8; 32] = [7; 32];

fn secp256k1() -> k256::SecretKey {
    k256::SecretKey::from_slice(&SECRET).expect("a key")
}

fn prime256v1() -> p256::SecretKey {
    p256::SecretKey::from_slice(&SECRET).expect("a key")
}

fn pem(tag: &str, der: &[u8]) -> String {
    pem::encode(&Pem::new(tag, der))
}

/// An Ed25519 key as old releases of dfx wrote it: the public key stands in a field that is not one of PKCS #8.
fn of_old_dfx() -> Vec<u8> {
    let public = SigningKey::from_bytes(&SECRET).verifying_key();
    let head = hex::decode("3053020101300506032b657004220420").expect("hexadecimal");
    let middle = hex::decode("a123032100").expect("hexadecimal");
    [head.as_slice(), &SECRET, &middle, public.as_bytes()].concat()
}

fn principal(identity: &dyn Identity) -> Principal {
    identity.sender().expect("a principal")
}

#[test]
fn every_kind_of_key_is_read() {
    let of_secp256k1 = principal(&Secp256k1Identity::from_private_key(secp256k1()));
    let of_prime256v1 = principal(&Prime256v1Identity::from_private_key(prime256v1()));
    let of_ed25519 = principal(&BasicIdentity::from_raw_key(&SECRET));
    let pkcs8 = |der: k256::pkcs8::SecretDocument| pem(PKCS8, der.as_bytes());
    let ed25519 = SigningKey::from_bytes(&SECRET);
    let parameters = pem("EC PARAMETERS", &hex::decode("06052b8104000a").expect("hexadecimal"));
    let sec1 = pem(SEC1, &secp256k1().to_sec1_der().expect("DER"));
    for (text, expected) in [
        (sec1.clone(), of_secp256k1),
        // As openssl writes it.
        (parameters + &sec1, of_secp256k1),
        (format!("a comment\n{sec1}\r\n"), of_secp256k1),
        (pkcs8(secp256k1().to_pkcs8_der().expect("DER")), of_secp256k1),
        (pem(SEC1, &prime256v1().to_sec1_der().expect("DER")), of_prime256v1),
        (pkcs8(prime256v1().to_pkcs8_der().expect("DER")), of_prime256v1),
        (pkcs8(ed25519.to_pkcs8_der().expect("DER")), of_ed25519),
        (pem(PKCS8, &of_old_dfx()), of_ed25519),
    ] {
        let identity = identity(&text, "a.pem").unwrap_or_else(|error| panic!("{error}: {text}"));
        assert_eq!(principal(&identity), expected, "{text}");
    }
}

#[test]
fn what_is_no_key_is_told() {
    let old = of_old_dfx();
    for (text, problem) in [
        (String::new(), "has no private key"),
        ("nonsense".to_owned(), "has no private key"),
        ("-----BEGIN PRIVATE KEY-----\n?\n-----END PRIVATE KEY-----\n".to_owned(), "in PEM"),
        (pem("CERTIFICATE", &[0x30]), "has no private key"),
        (pem(ENCRYPTED, &[0x30]), "openssl pkey"),
        (pem(PKCS8, &[]), "of a kind"),
        // Every length at which a key can be cut off.
        (pem(PKCS8, &old[..47]), "of a kind"),
        (pem(SEC1, &secp256k1().to_sec1_der().expect("DER")[..20]), "of a kind"),
    ] {
        let said = identity(&text, "a.pem").err().expect("no key").to_string();
        assert!(said.starts_with("a.pem ") && said.contains(problem), "{said}");
    }
    for length in 0..old.len() {
        assert!(identity(&pem(PKCS8, &old[..length]), "a.pem").is_err(), "{length}");
    }
}
