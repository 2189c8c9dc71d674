//! What the interface says about itself.

use crate::{cbor, subnet::Subnet};
use serde::Serialize;

/// What clients look for: whether it is well, and the key under which certificates verify.
#[derive(Serialize)]
struct About<'a> {
    ic_api_version: &'a str,
    impl_version: &'a str,
    replica_health_status: &'a str,
    #[serde(with = "serde_bytes")]
    root_key: &'a [u8],
}

/// The status, in CBOR.
pub(crate) fn answer(subnet: &Subnet) -> Vec<u8> {
    cbor::encode(&About {
        ic_api_version: "0.18.0",
        impl_version: concat!("sandbox-gateway ", env!("CARGO_PKG_VERSION")),
        replica_health_status: "healthy",
        root_key: &subnet.root_key,
    })
}
