//! `backupctl run`, `resume`, `fetch`, `restore` and `rollback` on a network, with what goes wrong there.

mod backup;
#[path = "../common/mod.rs"]
mod common;
mod deaths;
mod drill;
mod keep;
mod proxy;
mod restore;
mod restore_deaths;
mod restore_refused;
mod rivals;
mod unit;
mod watch;
mod world;
