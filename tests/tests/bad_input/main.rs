//! Bad input gets a typed error, or no answer where it is not even Candid, and changes nothing.

mod ignored;
mod installation;
mod limits;
mod pages;
mod runs;
mod texts;
mod types;

use backup_coordinator_client::journal::api::CoordinatorError;
use candid::{Principal, Reserved};
use integration_tests::{
    Network, Setup,
    backend::{RawCall, Rejected, Reply},
    callers,
    calls::{Prepared, Row},
    interface::{Interface, Method},
    records::Records,
};
use std::error::Error;

/// A coordinator that is about to be sent nonsense by its operator and by its administrator.
struct Victim {
    setup: Setup,
    interface: Interface,
    rows: Vec<Row>,
    before: Records,
}

impl Victim {
    async fn new(network: Network) -> Result<Self, Box<dyn Error>> {
        let setup = Setup::builder(network).build();
        let mut rows = Prepared::new(&setup).await?.table();
        let interface = Interface::load();
        rows.retain(|row| interface.method(row.method).answers_with_errors(&interface));
        let before = Records::of(&setup).await?;
        Ok(Self { setup, interface, rows, before })
    }

    /// Each method with valid arguments for it.
    fn methods(&self) -> impl Iterator<Item = (&Method, &Row)> {
        self.rows.iter().map(|row| (self.interface.method(row.method), row))
    }

    /// Calls as somebody who may.
    fn call(&self, method: &Method, arg: Vec<u8>) -> Reply {
        let call = RawCall::new(caller(), self.setup.coordinator, &method.name, arg);
        let mut network = self.setup.network.lock();
        if method.is_query { network.query(&call) } else { network.update(&call) }
    }

    /// The error in the answer to a call, or the first in an answer for each of several receipts.
    fn refusal(&self, method: &Method, arg: Vec<u8>) -> Result<Option<CoordinatorError>, Rejected> {
        let reply = self.call(method, arg)?;
        let several: Result<Result<Vec<Result<Reserved, CoordinatorError>>, CoordinatorError>, _> =
            candid::decode_one(&reply);
        if let Ok(Ok(answers)) = several {
            return Ok(answers.into_iter().find_map(Result::err));
        }
        let answer: Result<Reserved, CoordinatorError> =
            candid::decode_one(&reply).unwrap_or_else(|error| panic!("{}: {error}", method.name));
        Ok(answer.err())
    }

    /// Sees that everything is as it was.
    async fn check_unchanged(&self) -> Result<(), Box<dyn Error>> {
        let after = Records::of(&self.setup).await?;
        assert_eq!(after.audit.len(), self.before.audit.len());
        assert_eq!(after, self.before);
        Ok(())
    }
}

/// The administrator may do everything.
fn caller() -> Principal {
    callers::administrator()
}
