//! An entry under replay: what its type must carry, and must not.

use super::Reason;
use crate::{
    PlanId, PreflightId, Rules, RunId,
    api::{AuditEvent, RoleAssignment},
    block::Payload,
    fleet::{FleetRegistration, FleetUpdate},
    plan::{BackupPlan, BackupTarget, PlanHeader},
    preflight::{PreflightReceipts, ValidityWindow},
    registry::RegistryEntry,
};

/// An entry under replay.
#[derive(Clone, Copy)]
pub(super) struct Logged<'a> {
    pub(super) event: &'a AuditEvent,
    pub(super) payload: Option<&'a Payload>,
}

/// What an entry records of a journal that was opened.
#[derive(Clone, Copy)]
pub(super) struct Opened<'a> {
    pub(super) plan_id: &'a PlanId,
    pub(super) targets: u32,
    pub(super) operations: u32,
    pub(super) rules: Rules,
}

impl Logged<'_> {
    /// The run that it is about.
    pub(super) fn run_id(&self) -> Result<&RunId, Reason> {
        self.event.run_id.as_ref().ok_or(Reason::RunMissing)
    }

    /// It is about the coordinator.
    pub(super) const fn without_run(&self) -> Result<(), Reason> {
        match self.event.run_id {
            None => Ok(()),
            Some(_) => Err(Reason::RunUnexpected),
        }
    }

    /// All that there is to say fits into the event.
    pub(super) const fn without_payload(&self) -> Result<(), Reason> {
        match self.payload {
            None => Ok(()),
            Some(_) => Err(Reason::Payload { expected: "no payload" }),
        }
    }

    pub(super) fn plan(&self) -> Result<&BackupPlan, Reason> {
        match self.payload {
            Some(Payload::Plan(content)) => Ok(content),
            _ => Err(Reason::Payload { expected: "a plan" }),
        }
    }

    pub(super) fn header(&self) -> Result<&PlanHeader, Reason> {
        match self.payload {
            Some(Payload::Header(content)) => Ok(content),
            _ => Err(Reason::Payload { expected: "the header of a plan" }),
        }
    }

    pub(super) fn targets(&self) -> Result<&Vec<BackupTarget>, Reason> {
        match self.payload {
            Some(Payload::Targets(content)) => Ok(content),
            _ => Err(Reason::Payload { expected: "targets" }),
        }
    }

    pub(super) fn receipts(&self) -> Result<&PreflightReceipts, Reason> {
        match self.payload {
            Some(Payload::Receipts(content)) => Ok(content),
            _ => Err(Reason::Payload { expected: "preflight receipts" }),
        }
    }

    pub(super) fn roles(&self) -> Result<&Vec<RoleAssignment>, Reason> {
        match self.payload {
            Some(Payload::Roles(content)) => Ok(content),
            _ => Err(Reason::Payload { expected: "roles" }),
        }
    }

    pub(super) fn registration(&self) -> Result<&FleetRegistration, Reason> {
        match self.payload {
            Some(Payload::Fleet(content)) => Ok(content),
            _ => Err(Reason::Payload { expected: "the registration of a fleet" }),
        }
    }

    pub(super) fn members(&self) -> Result<&Vec<RegistryEntry>, Reason> {
        match self.payload {
            Some(Payload::Members(content)) => Ok(content),
            _ => Err(Reason::Payload { expected: "members" }),
        }
    }

    pub(super) fn fleet_update(&self) -> Result<&FleetUpdate, Reason> {
        match self.payload {
            Some(Payload::FleetUpdate(content)) => Ok(content),
            _ => Err(Reason::Payload { expected: "the update of a fleet" }),
        }
    }

    /// Receipts of the preflight that the event names.
    pub(super) fn receipts_of(
        &self,
        preflight_id: &PreflightId,
        window: ValidityWindow,
    ) -> Result<&PreflightReceipts, Reason> {
        let receipts = self.receipts()?;
        Reason::compare("preflight id", preflight_id, &receipts.preflight_id)?;
        if window != receipts.window() {
            return Err(Reason::Payload { expected: "receipts of the recorded window" });
        }
        Ok(receipts)
    }
}
