//! The same transitions by the figures that the coordinator publishes, for whoever operates it.
//!
//! `/metrics` tells what the last change of each kind took: `performance_counter(0)`, read when everything is
//! stored and the reply is written, by the number of changes. So a figure covers the message from its beginning, with the decoding of its
//! arguments, and lacks only what tidies up after it: in the sandbox less than one percent. Queries publish
//! nothing, so there are no such figures of them.

use super::{Bench, SMALL_WAVE};
use crate::{prometheus::Scrape, web};

/// Where the figures are.
const METRIC: &str = "backup_last_transition_instructions";

/// The kind of change that a transition makes.
fn kind(transition: &str) -> &'static str {
    match transition {
        "accept_bundle" => "preflight_accepted",
        "claim" => "operation_claimed",
        "claim_wave" => "operations_claimed",
        "receipt" | "failed_receipt" | "receipts_wave" => "receipt_recorded",
        "retry" => "operation_retried",
        other => panic!("nothing is published of {other}"),
    }
}

impl Bench {
    /// The published instructions of the last transition, which was this one; of receipts that were sent together,
    /// those of all.
    ///
    /// # Panics
    /// When there is no figure of it.
    #[allow(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "it is a count")]
    pub fn published(&self, transition: &str) -> u64 {
        let figures = Scrape::parse(&web::page(&self.setup, "/metrics")).by(METRIC, "kind");
        let changes = if transition == "receipts_wave" { u64::from(SMALL_WAVE) } else { 1 };
        figures[kind(transition)] as u64 * changes
    }
}
