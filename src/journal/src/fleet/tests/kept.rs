//! A fleet that is kept in memory, and changed by the rules.

use crate::{
    fixtures::{operator, seconds},
    fleet::{
        Fleet, FleetChange, FleetError, FleetRegistration, FleetUpdate, Member, append, register,
        update,
    },
    registry::RegistryEntry,
};
use candid::Principal;
use std::collections::BTreeMap;

/// A fleet with its members.
pub(super) struct Kept {
    pub(super) fleet: Fleet,
    pub(super) members: BTreeMap<Principal, Member>,
}

impl Kept {
    pub(super) fn registered(registration: &FleetRegistration) -> Result<Self, FleetError> {
        let change = register(registration, operator(), seconds(1))?;
        let mut kept = Self { fleet: change.fleet.clone(), members: BTreeMap::new() };
        kept.write(Some(change));
        Ok(kept)
    }

    fn write(&mut self, change: Option<FleetChange>) {
        let Some(change) = change else { return };
        self.fleet = change.fleet;
        for (canister_id, member) in change.members {
            match member {
                Some(member) => self.members.insert(canister_id, member),
                None => self.members.remove(&canister_id),
            };
        }
        assert_eq!(self.members.len(), self.fleet.members as usize);
    }

    pub(super) fn append(&mut self, start: u32, batch: &[RegistryEntry]) -> Result<(), FleetError> {
        let change = append(&self.fleet, &self.members, start, batch, seconds(2))?;
        self.write(change);
        Ok(())
    }

    pub(super) fn update(&mut self, change: &FleetUpdate) -> Result<(), FleetError> {
        let change = update(&self.fleet, &self.members, change, seconds(3))?;
        self.write(change);
        Ok(())
    }

    pub(super) fn entries(&self) -> Vec<RegistryEntry> {
        self.members.values().map(|member| member.entry.clone()).collect()
    }

    /// Asserts that all members are one tree, and that their children are counted.
    pub(super) fn check(&self) {
        for (canister_id, member) in &self.members {
            let names = |it: &&Member| it.entry.parent_canister_id == Some(*canister_id);
            assert_eq!(self.members.values().filter(names).count(), member.children as usize);
            let (mut above, mut steps) = (*canister_id, 0);
            while let Some(parent) = self.members[&above].entry.parent_canister_id {
                (above, steps) = (parent, steps + 1);
                assert!(steps <= self.members.len(), "{canister_id} is above itself");
            }
            assert_eq!(above, self.fleet.root_canister_id);
        }
    }
}
