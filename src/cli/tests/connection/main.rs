//! The commands that call a coordinator on a network: how they get there, as whom, and what they say.

mod caller;
#[path = "../common/mod.rs"]
mod common;
mod configuration;
mod icp;
mod identities;
mod networks;
mod runs;
#[path = "../common/served.rs"]
mod served;
