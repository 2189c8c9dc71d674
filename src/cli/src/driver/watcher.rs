//! Observes a driver, and can disturb it.

use anyhow::Result;
use backup_journal::{
    execution::ExecutionStatus,
    journal::{Operation, ResumeSummary},
};

/// How far a driver got with an operation before it died.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum CrashMoment {
    /// The fleet is untouched.
    Before,
    /// A call was sent and its answer was lost, or some of the bytes were written.
    Half,
    /// The operation is done and not reported.
    After,
}

/// Observes a driver, and can disturb it.
pub trait Watcher {
    /// One call made `count` transitions.
    fn transitions(&mut self, count: u32) -> Result<()>;
    /// The reason with which this attempt fails; `None` if it does not.
    fn failure(&mut self, operation: &Operation) -> Option<String>;
    /// An operation was claimed.
    fn claimed(&mut self, operation: &Operation) -> Result<()>;
    /// Whether the driver pauses at an operation it has claimed, and leaves the run there.
    fn pause(&self, operation: &Operation) -> bool;
    /// Whether, and when, the driver dies at an operation it has claimed.
    fn crash(&mut self, operation: &Operation) -> Option<CrashMoment>;
    /// An attempt was reported.
    fn reported(&mut self, operation: &Operation, failure: Option<&str>);
    /// The coordinator has come this far with a run that it executes by itself.
    fn watched(&mut self, status: &ExecutionStatus, summary: &ResumeSummary);
    /// A message for the operator.
    fn note(&mut self, text: &str);
}
