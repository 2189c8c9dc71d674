//! A run that the coordinator executes by itself: what is stored of it, and what it does next.
//!
//! [`decide`] is a pure function of the journal, of the notes about calls and canisters, and of the time. The
//! canister performs what it answers with; each performed step is stored before the next decision, so a decision can be
//! made again after a trap or an upgrade.

mod cycles;
mod deadline;
mod decide;
mod error;
mod failed;
mod notes;
mod open;
mod preflight;
mod preview;
mod readiness;
mod request;
mod restore;
mod skip;
mod status;
mod step;
#[cfg(test)]
mod tests;
mod types;
mod waiting;

pub use cycles::{OwnCycles, calls_per_member};
pub use deadline::{DeadlineStatus, MAX_DEADLINE_SECONDS, MIN_DEADLINE_SECONDS, RestartDeadline};
pub use decide::{MANY_ERRORS, MAX_CALLS, decide};
pub use error::ExecutionError;
pub use notes::{CallNote, LateStop, Look, Looked, Notes, Replaced, TargetNote, Task};
pub use preflight::{Problem, preflight_receipts};
pub use preview::{BackupPreview, MemberProblem, preview};
pub use readiness::{MAX_SNAPSHOTS, NotReady, Observed, check_ready, check_target};
pub use request::{BackupRequest, BackupSelection, PlanSubject, plan_input};
pub use restore::{RestoreRequest, restore_plan};
pub use status::{ActiveCall, ExecutionStatus, PreflightStatus, WaitingOperation};
pub use step::{Decision, Step};
pub use types::{Execution, ExecutionPhase, Pause};
pub use waiting::{retry_nanos, wait_nanos};
