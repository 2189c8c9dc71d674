//! Registered fleets and their members.

use super::{
    codec::Stored,
    indexes::{FleetKey, FleetNumber, MemberKey},
    records::FleetRecord,
    store::Storage,
};
use backup_journal::{
    FleetName,
    api::CoordinatorError,
    fleet::{Fleet, FleetPhase, Member, MemberWrites, Members},
    limits::check_name,
    registry::RegistryEntry,
    topology::topology_hash,
};
use candid::Principal;

/// The members of a stored fleet.
pub struct StoredMembers<'a> {
    storage: &'a Storage,
    fleet: FleetNumber,
}

impl Members for StoredMembers<'_> {
    fn member(&self, canister_id: &Principal) -> Option<Member> {
        let key = MemberKey { fleet: self.fleet, member: *canister_id };
        self.storage.fleet_members.get(&key).map(|stored| stored.0)
    }
}

impl Storage {
    /// A registered fleet.
    ///
    /// # Errors
    /// [`CoordinatorError::FleetNotFound`], or that the name is longer than any name may be.
    pub fn fleet(&self, name: &FleetName) -> Result<FleetRecord, CoordinatorError> {
        check_name("fleet", name.as_str())?;
        self.fleets
            .get(&FleetKey::from(name))
            .map(|record| record.0)
            .ok_or_else(|| CoordinatorError::FleetNotFound { fleet: name.clone() })
    }

    /// How many fleets are registered.
    pub fn registered_fleets(&self) -> u64 {
        self.fleets.len()
    }

    /// The registered fleets `start..end`, sorted by name.
    pub fn fleet_range(&self, start: u32, end: u32) -> Vec<Fleet> {
        let fleets = self.fleets.iter().skip(start as usize).take((end - start) as usize);
        fleets.map(|entry| entry.value().0.fleet).collect()
    }

    /// The members of a fleet.
    pub const fn members(&self, fleet: FleetNumber) -> StoredMembers<'_> {
        StoredMembers { storage: self, fleet }
    }

    /// Whether a canister is a member of a fleet.
    pub fn is_member(&self, fleet: FleetNumber, canister_id: &Principal) -> bool {
        self.members(fleet).member(canister_id).is_some()
    }

    /// The members of a fleet behind one of them, or from the first on, sorted by canister.
    pub fn members_after(
        &self,
        fleet: FleetNumber,
        after: Option<Principal>,
    ) -> impl Iterator<Item = RegistryEntry> {
        let first = after.unwrap_or(Principal::management_canister());
        self.fleet_members
            .range(MemberKey::from(fleet, first))
            .skip_while(move |entry| Some(entry.key().member) == after)
            .map(|entry| entry.value().0.entry)
    }

    /// The topology hash of a complete fleet.
    pub fn fleet_hash(&self, record: &FleetRecord) -> Option<String> {
        let complete = record.fleet.phase == FleetPhase::Complete;
        let registry = || self.members_after(record.number, None).collect::<Vec<_>>();
        complete.then(|| topology_hash(&registry()))
    }

    /// How many runs of a fleet are not over.
    pub fn open_runs_of(&self, name: &FleetName) -> u32 {
        self.open_runs.get(&FleetKey::from(name)).unwrap_or_default()
    }

    pub(crate) fn count_open_run(&mut self, fleet: &str, count: impl FnOnce(u32) -> u32) {
        let key = FleetKey(fleet.to_string());
        match count(self.open_runs.get(&key).unwrap_or_default()) {
            0 => self.open_runs.remove(&key),
            runs => self.open_runs.insert(key, runs),
        }
    }

    pub(crate) fn save_fleet(&mut self, record: FleetRecord) {
        self.fleets.insert(FleetKey::from(&record.fleet.fleet), Stored(record));
    }

    pub(crate) fn write_members(&mut self, fleet: FleetNumber, writes: MemberWrites) {
        for (member, kept) in writes {
            let key = MemberKey { fleet, member };
            match kept {
                Some(kept) => self.fleet_members.insert(key, Stored(kept)),
                None => self.fleet_members.remove(&key),
            }
        }
    }

    /// Removes up to `limit` members; how many there were.
    pub(crate) fn remove_members(&mut self, fleet: FleetNumber, limit: usize) -> u32 {
        let all = MemberKey::from(fleet, Principal::management_canister());
        let keys: Vec<MemberKey> = self.fleet_members.keys_range(all).take(limit).collect();
        for key in &keys {
            self.fleet_members.remove(key);
        }
        u32::try_from(keys.len()).expect("BUG: more than one call removes")
    }
}
