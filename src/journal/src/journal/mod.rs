//! The journal of a run: its records, its state machine, and what can be asked of it.
//!
//! A transition reads through [`JournalView`] and answers with a [`Change`]: the few records that the
//! caller must store. Refused transitions answer with an error and no change, so a refused
//! call cannot leave anything behind. What a transition reads and writes does not depend on the number of
//! operations: the header carries the cursor, the tally and the restart counters, and rows that nobody
//! has touched yet are not stored at all (their state follows from the header).

mod abort;
mod arriving;
mod artifact;
mod check;
mod containment;
mod derived;
mod downtime;
mod drill;
mod error;
mod header;
mod memory;
mod operation;
mod outcome;
mod queue;
mod receipt;
mod receipt_rules;
mod restart;
mod restore;
mod rows;
mod run_state;
mod shape;
mod spec;
mod standing;
mod state;
mod summary;
mod tally;
mod transition;
mod view;
mod wave;
mod wave_status;

#[cfg(test)]
mod tests;

pub use crate::receipt_outcome::ReceiptOutcome;
pub use abort::{Abort, RunAbort};
pub use arriving::{ArrivingPreflight, AuthoritySet};
pub use artifact::Artifact;
pub use check::{
    JournalCheck, StoredCounts, Violation, check_counts, check_header, check_records, records,
};
pub use derived::{DerivedWaves, derived_row, derived_shape};
pub use downtime::{Downtime, Downtimes, WaveBegun};
pub use drill::{Drill, DrillReport};
pub use error::JournalError;
pub use header::{AcceptedPreflight, Header};
pub use memory::Journal;
pub use operation::{Operation, PREFLIGHT_NOT_ACCEPTED};
pub use outcome::RunOutcome;
pub use queue::Queue;
pub use receipt::{OperationReceipt, ReceiptRecord};
pub use restart::{OtherRuns, OwedStart, Restart, StopOutcome};
pub use restore::RestoreProgress;
pub use rows::{link_rows, rows_of};
pub use run_state::RunState;
pub use shape::Shape;
pub use spec::{OperationSpec, Progress};
pub use standing::PreflightStanding;
pub use state::{OperationState, RowState, Stage};
pub use summary::ResumeSummary;
pub use tally::Tally;
pub use transition::*;
pub use view::{Change, JournalView, Moved, QueueMove};
pub use wave::Wave;
pub use wave_status::{WaveStatus, current_wave, wave_end, wave_start};
