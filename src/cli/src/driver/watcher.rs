//! Observes a driver, and can disturb it.

use anyhow::Result;
use backup_journal::{
    execution::ExecutionStatus,
    journal::{Operation, ResumeSummary},
};
use candid::Principal;

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

/// Observes a driver, and can disturb it. What is not implemented disturbs nothing.
pub trait Watcher {
    /// One call made `count` transitions.
    fn transitions(&mut self, _count: u32) -> Result<()> {
        Ok(())
    }
    /// The reason with which this attempt fails; `None` if it does not.
    fn failure(&mut self, _operation: &Operation) -> Option<String> {
        None
    }
    /// An operation was claimed.
    fn claimed(&mut self, _operation: &Operation) -> Result<()> {
        Ok(())
    }
    /// Whether the driver goes on with an operation that it finds claimed, by itself in an earlier life or by somebody else.
    fn takes_over(&self, _operation: &Operation) -> bool {
        true
    }
    /// Whether the driver pauses at an operation it has claimed, and leaves the run there.
    fn pause(&self, _operation: &Operation) -> bool {
        false
    }
    /// Whether, and when, the driver dies at an operation it has claimed.
    fn crash(&mut self, _operation: &Operation) -> Option<CrashMoment> {
        None
    }
    /// An attempt was reported.
    fn reported(&mut self, operation: &Operation, failure: Option<&str>);
    /// The coordinator has come this far with a run that it executes by itself.
    fn watched(&mut self, status: &ExecutionStatus, summary: &ResumeSummary);
    /// The coordinator does not control these targets, so it could not start them.
    fn uncontrolled(&mut self, _targets: &[Principal]) {}
    /// A message for the operator.
    fn note(&mut self, text: &str);
}
