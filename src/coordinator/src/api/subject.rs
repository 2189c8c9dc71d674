//! Of which fleet a run, a plan or a fleet is that a call names.

use crate::storage::Storage;
use backup_journal::{
    FleetName, RunId,
    plan::{BackupPlan, BackupPlanInput, PlanHeader},
};

/// An argument that a role for one fleet is enough for.
///
/// The guard of a method names the argument: `#[update(guard = Operator(run_id))]`.
pub trait Subject {
    /// The fleet; none for a run that does not exist.
    fn fleet(&self, storage: &Storage) -> Option<FleetName>;
}

/// A run, or a draft of one.
impl Subject for RunId {
    fn fleet(&self, storage: &Storage) -> Option<FleetName> {
        let run = || storage.journal(self).ok().map(|(_, header)| header.fleet);
        let draft = || storage.draft(self).ok().map(|draft| FleetName::from(draft.header.fleet));
        run().or_else(draft)
    }
}

/// The fleet need not be registered.
impl Subject for FleetName {
    fn fleet(&self, _: &Storage) -> Option<FleetName> {
        Some(self.clone())
    }
}

impl Subject for PlanHeader {
    fn fleet(&self, _: &Storage) -> Option<FleetName> {
        Some(FleetName::from(self.fleet.as_str()))
    }
}

impl Subject for BackupPlan {
    fn fleet(&self, storage: &Storage) -> Option<FleetName> {
        self.header.fleet(storage)
    }
}

impl Subject for BackupPlanInput {
    fn fleet(&self, _: &Storage) -> Option<FleetName> {
        Some(FleetName::from(self.fleet.as_str()))
    }
}
