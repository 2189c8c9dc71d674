//! The one place through which every change goes.
//!
//! [`record()`] writes a change and its audit event together, certifies the block log, and counts. `certification` is what
//! the network certifies, `counters` and `log` are what the canister keeps on the heap of refusals and changes, `cycles`
//! what it has.

pub mod activity;
pub mod certification;
pub mod counters;
pub mod cycles;
pub mod log;

mod event;
mod record;
mod write;

pub use record::{continue_draft, record};
pub use write::{DraftWork, NewJournal, Write};
