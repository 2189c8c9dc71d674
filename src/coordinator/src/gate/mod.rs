//! The one place through which every change goes.
//!
//! [`record()`] and [`record_all`] write a change and its audit event together, certify the block log, and count. `certification` is what
//! the network certifies, `counters` and `log` are what the canister keeps on the heap of refusals and changes, `cycles`
//! what it has.

pub mod activity;
pub mod certification;
pub mod counters;
pub mod cycles;
pub mod log;

mod event;
pub mod notes;
mod record;
mod write;

pub use record::{Changes, continue_draft, continue_removal, record, record_all};
pub use write::{DraftWork, ExecutionWrite, FleetWrite, NewJournal, Write};
