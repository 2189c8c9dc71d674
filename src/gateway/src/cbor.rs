//! CBOR as the interface writes it: it says of itself that it is CBOR.

use serde::Serialize;

/// Encodes a value.
pub(crate) fn encode(value: &impl Serialize) -> Vec<u8> {
    let mut bytes = Vec::new();
    let mut serializer = serde_cbor::Serializer::new(&mut bytes);
    serializer
        .self_describe()
        .and_then(|()| value.serialize(&mut serializer))
        .expect("BUG: an answer cannot be written to memory");
    bytes
}
