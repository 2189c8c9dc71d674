//! What the scenarios stand on: a network, a coordinator with its callers, and a fleet.
//!
//! A scenario is an async function of a [`Network`]. [`scenarios!`] makes two tests of it: one on the sandbox,
//! which runs always, and one on `PocketIC`, which runs where a server is to be had.

#![forbid(unsafe_code)]

pub mod answers;
pub mod backend;
pub mod callers;
pub mod calls;
pub mod costs;
pub mod driver;
pub mod fleet;
pub mod interface;
pub mod management;
mod meter;
pub mod modules;
pub mod network;
pub mod pair;
pub mod pocket;
pub mod prometheus;
pub mod records;
pub mod runtime;
pub mod sandbox;
pub mod setup;
pub mod web;

pub use backend::{Backend, Rejected};
pub use driver::Driver;
pub use network::Network;
pub use runtime::BackendRuntime;
pub use setup::Setup;

use std::{error::Error, future::Future};

/// How a scenario ends; what it did not expect is an error.
pub type Outcome = Result<(), Box<dyn Error>>;

/// Runs a scenario on the sandbox.
///
/// # Panics
/// When it fails.
pub fn on_sandbox<F: Future<Output = Outcome>>(scenario: impl FnOnce(Network) -> F) {
    run(scenario(Network::sandbox()));
}

/// Runs a scenario on `PocketIC`.
///
/// # Panics
/// When it fails, or there is no server.
pub fn on_pocket_ic<F: Future<Output = Outcome>>(scenario: impl FnOnce(Network) -> F) {
    run(scenario(Network::pocket_ic()));
}

/// Runs a scenario on `PocketIC` with the subnet that holds the root key.
///
/// # Panics
/// When it fails, or there is no server.
pub fn on_pocket_ic_with_root_key<F: Future<Output = Outcome>>(
    scenario: impl FnOnce(Network) -> F,
) {
    run(scenario(Network::pocket_ic_with_root_key()));
}

fn run(scenario: impl Future<Output = Outcome>) {
    if let Err(error) = pollster::block_on(scenario) {
        panic!("{error}");
    }
}

/// Makes a test on each backend of every scenario named.
#[macro_export]
macro_rules! scenarios {
    ($($scenario:ident),* $(,)?) => {
        mod on_sandbox {
            $(#[test]
            fn $scenario() {
                $crate::on_sandbox(super::$scenario);
            })*
        }
        mod on_pocket_ic {
            $(#[test]
            #[ignore = "needs a PocketIC server: scripts/test.sh --pocket-ic"]
            fn $scenario() {
                $crate::on_pocket_ic(super::$scenario);
            })*
        }
    };
}

/// Asserts that a call was refused with an error of this pattern.
#[macro_export]
macro_rules! assert_refused {
    ($answer:expr, $pattern:pat $(if $guard:expr)? $(,)?) => {{
        let answer = $answer;
        let Err($crate::client::ClientError::Refused(error)) = answer else {
            panic!("expected a refusal, not {answer:?}");
        };
        assert!(matches!(error.clone(), $pattern $(if $guard)?), "refused otherwise: {error:?}");
    }};
}

/// The client under another name, for [`assert_refused!`].
pub use backup_coordinator_client as client;
