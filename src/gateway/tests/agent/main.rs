//! The interface as ic-agent uses it, which verifies every certificate and every signature.

mod calls;
mod certificates;
#[path = "../common/mod.rs"]
mod common;
mod envelopes;
mod management;
mod pages;
mod raw;
mod setting;
mod state;
