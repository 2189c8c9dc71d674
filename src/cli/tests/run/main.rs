//! `backupctl run`, `resume` and `fetch` on a network, with what goes wrong there.

mod backup;
#[path = "../common/mod.rs"]
mod common;
mod deaths;
mod drill;
mod proxy;
mod rivals;
mod world;
