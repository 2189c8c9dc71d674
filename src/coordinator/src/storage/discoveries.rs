//! What the discoveries of fleets have told last. The method that is called is stored with its fleet.

use super::{codec::Stored, indexes::FleetKey, store::Storage};
use backup_journal::{
    FleetName,
    fleet::{DiscoveryReport, Fleet},
};

impl Storage {
    /// What the discovery of a fleet has told last; none if it was never called.
    pub fn discovery(&self, name: &FleetName) -> Option<DiscoveryReport> {
        self.discoveries.get(&FleetKey::from(name)).map(|record| record.0)
    }

    /// Forgets what the discovery of a fleet has told if it has another one now, or none.
    pub(crate) fn keep_discovery(&mut self, before: Option<&Fleet>, fleet: &Fleet) {
        let old = before.and_then(|before| before.discovery.as_ref());
        if fleet.discovery.is_none() || old != fleet.discovery.as_ref() {
            self.discoveries.remove(&FleetKey::from(&fleet.fleet));
        }
    }

    pub(crate) fn save_discovery(&mut self, name: &FleetName, report: DiscoveryReport) {
        self.discoveries.insert(FleetKey::from(name), Stored(report));
    }
}
