//! What is stored of an execution.

use super::ExecutionError;
use crate::{
    FleetName, RunId, Timestamp,
    fleet::{Discovery, FleetPolicy},
};
use candid::{CandidType, Principal};
use minicbor::{Decode, Encode};
use serde::{Deserialize, Serialize};

/// How far the coordinator has come with a run that it executes.
#[derive(CandidType, Clone, Copy, Debug, Decode, Deserialize, Encode, Eq, PartialEq, Serialize)]
#[cbor(index_only)]
pub enum ExecutionPhase {
    /// The run is planned and waits for `start_execution`.
    #[n(0)]
    Planned,
    /// The targets are checked; nothing is stopped yet.
    #[n(1)]
    Preflight,
    /// Operations are performed.
    #[n(2)]
    Running,
    /// The coordinator does nothing more for the run.
    #[n(3)]
    Over,
}

/// Why nothing new is begun.
#[derive(CandidType, Clone, Debug, Decode, Deserialize, Encode, Eq, PartialEq, Serialize)]
pub struct Pause {
    /// Why, as the caller said.
    #[n(0)]
    pub reason: String,
    /// When it was paused.
    #[n(1)]
    pub since: Timestamp,
    /// Who paused it.
    #[cbor(n(2), with = "crate::cbor::principal")]
    pub by: Principal,
}

/// An execution of a run by the coordinator, without its notes about calls and canisters.
#[derive(Clone, Debug, Decode, Encode, Eq, PartialEq)]
pub struct Execution {
    /// The registered fleet whose members it may call.
    #[n(0)]
    pub fleet: FleetName,
    /// How the run is executed.
    #[n(1)]
    pub policy: FleetPolicy,
    /// How far it has come.
    #[n(2)]
    pub phase: ExecutionPhase,
    /// When it was requested.
    #[n(3)]
    pub requested_at: Timestamp,
    /// Who requested it.
    #[cbor(n(4), with = "crate::cbor::principal")]
    pub requested_by: Principal,
    /// Whether it is paused.
    #[n(5)]
    pub pause: Option<Pause>,
    /// Whether the coordinator only starts what the run has stopped, because a driver outside executes the rest.
    #[n(6)]
    pub starts_only: bool,
    /// The number of the preflight; a new one begins when the last has expired.
    #[n(7)]
    pub preflight_round: u32,
    /// All targets in front of this position were checked in this round.
    #[n(8)]
    pub checked_before: u32,
    /// No operation is claimed before this time, because a claim was refused.
    #[n(9)]
    pub claim_not_before: Option<Timestamp>,
    /// The last thing that went wrong with the run as a whole.
    #[n(10)]
    pub problem: Option<String>,
    /// The method that is asked in the preflight which canisters the fleet has.
    #[n(11)]
    pub discovery: Option<Discovery>,
    /// The number of the last preflight in which it was called.
    #[n(12)]
    pub discovered_in: Option<u32>,
}

impl Execution {
    /// An execution of a run that the coordinator has planned.
    pub const fn new(
        fleet: FleetName,
        policy: FleetPolicy,
        start: bool,
        requested_by: Principal,
        now: Timestamp,
    ) -> Self {
        Self {
            fleet,
            policy,
            phase: if start { ExecutionPhase::Preflight } else { ExecutionPhase::Planned },
            requested_at: now,
            requested_by,
            pause: None,
            starts_only: false,
            preflight_round: 0,
            checked_before: 0,
            claim_not_before: None,
            problem: None,
            discovery: None,
            discovered_in: None,
        }
    }

    /// The same, with a method that is asked in the preflight which canisters the fleet has.
    #[must_use]
    pub fn with_discovery(self, discovery: Option<Discovery>) -> Self {
        Self { discovery, ..self }
    }

    /// The method that is to be called in this preflight; none once it was, whatever came of it.
    pub fn discovery_to_begin(&self) -> Option<&Discovery> {
        self.discovery.as_ref().filter(|_| self.discovered_in != Some(self.preflight_round))
    }

    /// Notes that it is called in this preflight.
    #[must_use]
    pub fn with_discovery_begun(self) -> Self {
        Self { discovered_in: Some(self.preflight_round), ..self }
    }

    /// The execution of an aborted run that a driver outside has left: its targets are started, and nothing else.
    pub fn of_starts(fleet: FleetName, coordinator: Principal, now: Timestamp) -> Self {
        Self {
            phase: ExecutionPhase::Running,
            starts_only: true,
            ..Self::new(fleet, FleetPolicy::default(), true, coordinator, now)
        }
    }

    /// Whether the coordinator may still do something for the run.
    pub const fn is_active(&self) -> bool {
        matches!(self.phase, ExecutionPhase::Preflight | ExecutionPhase::Running)
    }

    /// Begins an execution that was planned.
    ///
    /// # Errors
    /// [`ExecutionError::AlreadyStarted`].
    pub fn started(self, run_id: &RunId) -> Result<Self, ExecutionError> {
        match self.phase {
            ExecutionPhase::Planned => Ok(Self { phase: ExecutionPhase::Preflight, ..self }),
            _ => Err(ExecutionError::AlreadyStarted { run_id: run_id.clone() }),
        }
    }

    /// Pauses the execution: operations that are under way end, and nothing new is begun. The restart deadline stays.
    ///
    /// # Errors
    /// [`ExecutionError::Over`], [`ExecutionError::NotExecuted`], [`ExecutionError::NoReason`], [`ExecutionError::Paused`].
    pub fn paused(self, run_id: &RunId, pause: Pause) -> Result<Self, ExecutionError> {
        self.check_active(run_id)?;
        if pause.reason.trim().is_empty() {
            return Err(ExecutionError::NoReason);
        }
        match self.pause {
            Some(before) => Err(ExecutionError::Paused { since: before.since }),
            None => Ok(Self { pause: Some(pause), ..self }),
        }
    }

    /// Goes on with a paused execution.
    ///
    /// # Errors
    /// [`ExecutionError::Over`], [`ExecutionError::NotExecuted`], [`ExecutionError::NotPaused`].
    pub fn resumed(self, run_id: &RunId) -> Result<Self, ExecutionError> {
        self.check_active(run_id)?;
        if self.pause.is_none() {
            return Err(ExecutionError::NotPaused { run_id: run_id.clone() });
        }
        Ok(Self { pause: None, ..self })
    }

    /// Begins a preflight anew, because the last has expired.
    #[must_use]
    pub fn with_new_preflight(self) -> Self {
        Self {
            phase: ExecutionPhase::Preflight,
            preflight_round: self.preflight_round + 1,
            checked_before: 0,
            ..self
        }
    }

    fn check_active(&self, run_id: &RunId) -> Result<(), ExecutionError> {
        let run_id = run_id.clone();
        match self.phase {
            ExecutionPhase::Over => Err(ExecutionError::Over { run_id }),
            ExecutionPhase::Preflight | ExecutionPhase::Running if !self.starts_only => Ok(()),
            _ => Err(ExecutionError::NotExecuted { run_id }),
        }
    }
}
