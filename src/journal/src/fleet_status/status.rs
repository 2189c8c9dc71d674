//! The status that follows from what is stored of a fleet.

use super::{FleetFacts, FleetProblem, FleetStatus, problems::problems};
use crate::Timestamp;

impl FleetFacts {
    /// The status at `now`.
    pub fn status(self, now: Timestamp) -> FleetStatus {
        let problems = problems(&self, now);
        let condition = problems.iter().map(FleetProblem::condition).max();
        FleetStatus {
            fleet: self.name,
            condition: condition.unwrap_or_default(),
            problems,
            members: self.fleet.map(|fleet| fleet.members),
            schedule: self.schedule,
            last_run: self.last_run,
            executing: self.executing,
            on_network: self.on_network,
            complete: self.complete,
            proven: self.proven,
            slots: self.slots,
        }
    }
}
