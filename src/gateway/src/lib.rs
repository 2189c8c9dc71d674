//! The network's HTTP interface in front of a sandbox, for the clients that are made for the network.
//!
//! It answers status, calls (synchronous and asynchronous), queries and certified reads of the state as the network
//! does: signatures and expiry of requests are checked, certificates verify against the root key of the sandbox, and
//! answers to queries are signed by a node. It also serves the pages of canisters, as an HTTP gateway does.
//!
//! # Limits
//!
//! - The keys of the network are the same in every process and public: a certificate proves nothing.
//! - Users sign with Ed25519, or with ECDSA on secp256k1 or P-256. Other signatures are refused (of canisters, `WebAuthn`),
//!   and so is `sender_info`.
//! - A certificate has what was asked for and what lies beside it. Other canisters and requests are left out, not pruned.
//! - Pages are served whether or not they are certified; update calls and streams of `http_request` are refused.

#![forbid(unsafe_code)]
#![deny(missing_docs)]

mod address;
mod api;
mod call;
mod candid_limits;
mod cbor;
mod effective;
mod envelope;
mod messages;
mod network;
mod pages;
mod query;
mod read_state;
mod refusal;
mod rejects;
mod server;
mod signature;
mod site;
mod state;
mod state_tree;
mod status;
mod subnet;

pub use server::Gateway;
