//! The one subnet of a sandbox: its key, the canisters that it can have, and its one node, which signs the answers to
//! queries.

use candid::Principal;
use canister_sandbox::Sandbox;
use ed25519_dalek::{Signer, SigningKey, pkcs8::EncodePublicKey};
use ic_transport_types::{NodeSignature, QueryResponse, RequestId};

/// The key of the node. Like that of the sandbox it is the same everywhere and public, so its signature proves nothing.
const NODE_SECRET: [u8; 32] = [0x17; 32];

/// What is known about the subnet.
pub(crate) struct Subnet {
    pub(crate) id: Principal,
    /// The key of the network, in DER. It has no other subnet, so this is also the key of the subnet.
    pub(crate) root_key: Vec<u8>,
    pub(crate) node: Node,
}

/// A node.
pub(crate) struct Node {
    pub(crate) id: Principal,
    /// In DER.
    pub(crate) public_key: Vec<u8>,
    key: SigningKey,
}

impl Subnet {
    pub(crate) fn of(sandbox: &Sandbox) -> Self {
        let root_key = sandbox.root_key();
        Self { id: Principal::self_authenticating(&root_key), root_key, node: Node::new() }
    }
}

impl Node {
    fn new() -> Self {
        let key = SigningKey::from_bytes(&NODE_SECRET);
        let public_key = key.verifying_key().to_public_key_der();
        let public_key = public_key.expect("BUG: a key cannot be encoded").into_vec();
        Self { id: Principal::self_authenticating(&public_key), public_key, key }
    }

    /// The node's signature under the answer to a query, at this time (nanoseconds).
    pub(crate) fn sign(
        &self,
        response: &QueryResponse,
        request: RequestId,
        timestamp: u64,
    ) -> NodeSignature {
        let signature = self.key.sign(&response.signable(request, timestamp));
        NodeSignature { timestamp, signature: signature.to_vec(), identity: self.id }
    }
}
