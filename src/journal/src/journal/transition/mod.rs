//! The state machine: every way in which a journal can move.
//!
//! The rules and the order in which they are checked are those of the execution journal of
//! `canic-backup`; where this one departs, the function says so.

mod abort;
mod arriving;
mod claim;
mod downtimes;
mod drill;
mod effects;
mod preflight;
mod receipt;
mod roll_back;
mod row;
mod settle;
mod step;
mod wave;

pub use abort::abort_run;
pub use arriving::append_preflight_receipts;
pub use claim::{
    claim_operations, mark_next_operation_pending, mark_operation_pending, retry_failed_operation,
};
pub use drill::record_drill;
pub use preflight::{accept_preflight_bundle, accept_preflight_receipts};
pub use receipt::record_operation_receipt;
pub use roll_back::roll_back_run;
pub use settle::settle_start;
