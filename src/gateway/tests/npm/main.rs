//! The interface as the network's own clients use it: the `icp` program and the library `@icp-sdk/core`.

#[path = "../common/mod.rs"]
mod common;
mod core;
mod icp;
mod installed;
