//! Registered fleets under replay.

use super::{Reason, logged::Logged};
use crate::{
    FleetName,
    api::{AuditEventKind as Kind, FleetDetails},
    fleet::{
        Fleet, FleetChange, FleetError, FleetPhase, Member, append, register, set_schedule, update,
    },
    registry::RegistryEntry,
    schedule::{Schedule, ScheduleError},
    topology::topology_hash,
};
use candid::Principal;
use std::collections::{BTreeMap, BTreeSet};

/// A registered fleet as the log tells it.
#[derive(Clone, Debug)]
pub struct ReplayedFleet {
    fleet: Fleet,
    members: BTreeMap<Principal, Member>,
}

impl ReplayedFleet {
    /// The fleet without its members.
    pub const fn fleet(&self) -> &Fleet {
        &self.fleet
    }

    /// The members, sorted by canister.
    pub fn members(&self) -> Vec<RegistryEntry> {
        self.members.values().map(|member| member.entry.clone()).collect()
    }

    /// The fleet with its hash, as a coordinator shows it.
    pub fn details(&self) -> FleetDetails {
        let complete = self.fleet.phase == FleetPhase::Complete;
        let topology_hash = complete.then(|| topology_hash(&self.members()));
        FleetDetails { fleet: self.fleet.clone(), topology_hash }
    }

    fn write(&mut self, change: FleetChange) {
        self.fleet = change.fleet;
        for (canister_id, member) in change.members {
            match member {
                Some(member) => self.members.insert(canister_id, member),
                None => self.members.remove(&canister_id),
            };
        }
    }
}

/// All of them.
#[derive(Clone, Debug, Default)]
pub(super) struct Fleets {
    registered: BTreeMap<FleetName, ReplayedFleet>,
    removed: BTreeSet<FleetName>,
}

impl Fleets {
    pub(super) fn all(&self) -> impl Iterator<Item = &ReplayedFleet> {
        self.registered.values()
    }

    pub(super) fn get(&self, name: &FleetName) -> Option<&ReplayedFleet> {
        self.registered.get(name)
    }

    pub(super) fn is_removed(&self, name: &FleetName) -> bool {
        self.removed.contains(name)
    }

    /// `open_runs` is how many runs of the fleet of this name are not over.
    pub(super) fn perform(
        &mut self,
        logged: &Logged<'_>,
        open_runs: impl FnOnce(&FleetName) -> u32,
    ) -> Result<(), Reason> {
        logged.without_run()?;
        match &logged.event.kind {
            Kind::FleetRegistered { fleet, root_canister_id, count } => {
                self.register(logged, fleet, *root_canister_id, *count)
            }
            Kind::FleetMembersAppended { fleet, start, count } => {
                self.append(logged, fleet, *start, *count)
            }
            Kind::FleetUpdated { fleet, members } => self.update(logged, fleet, *members),
            Kind::ScheduleSet { fleet, schedule } => {
                self.schedule(logged, fleet, Some(schedule.clone()))
            }
            Kind::ScheduleRemoved { fleet } => self.schedule(logged, fleet, None),
            Kind::ScheduledBackupSkipped { fleet, .. } => {
                logged.without_payload()?;
                let scheduled = |it: &ReplayedFleet| it.fleet.schedule.is_some();
                let fleet = self.registered.get(fleet).ok_or(Reason::FleetNotFound)?;
                if scheduled(fleet) {
                    Ok(())
                } else {
                    Err(FleetError::from(ScheduleError::NotScheduled).into())
                }
            }
            Kind::SnapshotsDropped { fleet, .. } => {
                logged.without_payload()?;
                self.registered.get(fleet).map(drop).ok_or(Reason::FleetNotFound)
            }
            Kind::FleetRemoved { fleet } => {
                logged.without_payload()?;
                let open_runs = open_runs(fleet);
                if open_runs > 0 {
                    return Err(FleetError::InUse { open_runs }.into());
                }
                self.registered.remove(fleet).ok_or(Reason::FleetNotFound)?;
                self.removed.insert(fleet.clone());
                Ok(())
            }
            _ => Ok(()),
        }
    }

    fn register(
        &mut self,
        logged: &Logged<'_>,
        name: &FleetName,
        root: Principal,
        count: u32,
    ) -> Result<(), Reason> {
        let registration = logged.registration()?;
        Reason::compare("fleet", name, &registration.fleet)?;
        Reason::compare("root", &root, &registration.root_canister_id)?;
        if registration.policy.is_none() {
            return Err(Reason::Payload { expected: "a registration with its policy" });
        }
        if self.registered.contains_key(name) {
            return Err(Reason::FleetExists);
        }
        let change = register(registration, logged.event.caller, logged.event.time)?;
        Reason::compare("number of members", &count, &change.fleet.members)?;
        let mut fleet = ReplayedFleet { fleet: change.fleet.clone(), members: BTreeMap::new() };
        fleet.write(change);
        self.removed.remove(name);
        self.registered.insert(name.clone(), fleet);
        Ok(())
    }

    fn append(
        &mut self,
        logged: &Logged<'_>,
        name: &FleetName,
        start: u32,
        count: u32,
    ) -> Result<(), Reason> {
        let batch = logged.members()?;
        let length = u32::try_from(batch.len()).unwrap_or(u32::MAX);
        Reason::compare("number of members", &count, &length)?;
        let fleet = self.registered.get_mut(name).ok_or(Reason::FleetNotFound)?;
        let change = append(&fleet.fleet, &fleet.members, start, batch, logged.event.time)?;
        fleet.write(change.ok_or(Reason::Payload { expected: "members that are new" })?);
        Ok(())
    }

    fn schedule(
        &mut self,
        logged: &Logged<'_>,
        name: &FleetName,
        schedule: Option<Schedule>,
    ) -> Result<(), Reason> {
        logged.without_payload()?;
        let fleet = self.registered.get_mut(name).ok_or(Reason::FleetNotFound)?;
        let change = set_schedule(&fleet.fleet, schedule, logged.event.time)?;
        fleet.write(change.ok_or(Reason::Payload { expected: "another schedule" })?);
        Ok(())
    }

    fn update(
        &mut self,
        logged: &Logged<'_>,
        name: &FleetName,
        members: u32,
    ) -> Result<(), Reason> {
        let sent = logged.fleet_update()?;
        let fleet = self.registered.get_mut(name).ok_or(Reason::FleetNotFound)?;
        let change = update(&fleet.fleet, &fleet.members, sent, logged.event.time)?;
        let change =
            change.ok_or(Reason::Payload { expected: "an update that changes something" })?;
        Reason::compare("number of members", &members, &change.fleet.members)?;
        fleet.write(change);
        Ok(())
    }
}
