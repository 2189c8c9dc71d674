//! How a fleet changes: pure functions, which write nothing.

use super::{
    Discovery, Fleet, FleetError, FleetPhase, FleetRegistration, FleetUpdate, MemberWrites,
    members::{Changing, Members},
};
use crate::{
    Timestamp,
    registry::RegistryEntry,
    schedule::{Schedule, ScheduleError},
};
use candid::Principal;

/// What a change makes of a fleet.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct FleetChange {
    /// The fleet as it is then.
    pub fleet: Fleet,
    /// What is written of its members.
    pub members: MemberWrites,
}

impl Fleet {
    /// How many members there are, or will be.
    pub const fn expected_members(&self) -> u32 {
        match self.phase {
            FleetPhase::Collecting { expected_members } => expected_members,
            FleetPhase::Complete | FleetPhase::Removing => self.members,
        }
    }

    /// Whether a registration says what is registered.
    pub fn is_registered_as(
        &self,
        registration: &FleetRegistration,
        members: &impl Members,
    ) -> bool {
        let sent = u32::try_from(registration.members.len()).unwrap_or(u32::MAX);
        self.fleet == registration.fleet
            && self.network == registration.network
            && self.root_canister_id == registration.root_canister_id
            && self.policy == registration.policy.unwrap_or_default()
            && self.discovery == registration.discovery
            && self.expected_members() == registration.expected_members.unwrap_or(sent)
            && first_unlike(members, &registration.members).is_none()
    }
}

/// A fleet with its first members.
///
/// # Errors
/// The first rule that the registration breaks.
pub fn register(
    registration: &FleetRegistration,
    caller: Principal,
    now: Timestamp,
) -> Result<FleetChange, FleetError> {
    registration.check()?;
    let root = registration.root_canister_id;
    let mut changing = Changing::new(&(), root, 0);
    changing.add(&registration.members)?;
    if !changing.writes.contains_key(&root) {
        return Err(FleetError::RootMissing { root_canister_id: root });
    }
    let members = changing.members;
    let fleet = Fleet {
        fleet: registration.fleet.clone(),
        network: registration.network.clone(),
        root_canister_id: root,
        policy: registration.policy.unwrap_or_default(),
        phase: phase(members, registration.expected_members.unwrap_or(members))?,
        members,
        registered_at: now,
        registered_by: caller,
        updated_at: now,
        schedule: None,
        discovery: registration.discovery.clone(),
    };
    Ok(FleetChange { fleet, members: changing.writes })
}

/// A fleet with a batch of members behind the first `start`; the last batch completes it. None if the batch has arrived
/// before.
///
/// # Errors
/// The first rule that is broken.
pub fn append(
    fleet: &Fleet,
    members: &impl Members,
    start: u32,
    batch: &[RegistryEntry],
    now: Timestamp,
) -> Result<Option<FleetChange>, FleetError> {
    if fleet.phase == FleetPhase::Removing {
        return Err(FleetError::BeingRemoved);
    }
    if start > fleet.members {
        return Err(FleetError::Gap { start, members: fleet.members });
    }
    if batch.is_empty() {
        return Ok(None);
    }
    if start < fleet.members {
        return first_unlike(members, batch)
            .map_or(Ok(None), |canister_id| Err(FleetError::Conflict { canister_id }));
    }
    let FleetPhase::Collecting { expected_members } = fleet.phase else {
        return Err(FleetError::AlreadyComplete);
    };
    let mut changing = Changing::new(members, fleet.root_canister_id, fleet.members);
    changing.add(batch)?;
    let phase = phase(changing.members, expected_members)?;
    let fleet = Fleet { phase, members: changing.members, updated_at: now, ..fleet.clone() };
    Ok(Some(FleetChange { fleet, members: changing.writes }))
}

/// A fleet after an update. None if all is so already.
///
/// # Errors
/// The first rule that is broken.
pub fn update(
    fleet: &Fleet,
    members: &impl Members,
    update: &FleetUpdate,
    now: Timestamp,
) -> Result<Option<FleetChange>, FleetError> {
    let FleetUpdate { policy, removed, set, discovery, remove_discovery } = update;
    let policy = policy.unwrap_or(fleet.policy);
    policy.check()?;
    discovery.as_ref().map_or(Ok(()), Discovery::check)?;
    let kept = fleet.discovery.clone().filter(|_| *remove_discovery != Some(true));
    let discovery = discovery.clone().or(kept);
    let same_members = removed.is_empty() && first_unlike(members, set).is_none();
    match fleet.phase {
        FleetPhase::Removing => return Err(FleetError::BeingRemoved),
        FleetPhase::Collecting { expected_members } if !same_members => {
            return Err(FleetError::Incomplete { members: fleet.members, expected_members });
        }
        FleetPhase::Collecting { .. } | FleetPhase::Complete => {}
    }
    if same_members && policy == fleet.policy && discovery == fleet.discovery {
        return Ok(None);
    }
    let mut changing = Changing::new(members, fleet.root_canister_id, fleet.members);
    changing.remove(removed)?;
    changing.set(set)?;
    let members = changing.members;
    let fleet = Fleet { policy, discovery, members, updated_at: now, ..fleet.clone() };
    Ok(Some(FleetChange { fleet, members: changing.writes }))
}

/// A fleet with another schedule, or without one. None if it has this schedule already.
///
/// # Errors
/// [`FleetError::Schedule`], [`FleetError::BeingRemoved`] or [`FleetError::Incomplete`].
pub fn set_schedule(
    fleet: &Fleet,
    schedule: Option<Schedule>,
    now: Timestamp,
) -> Result<Option<FleetChange>, FleetError> {
    match fleet.phase {
        FleetPhase::Removing => return Err(FleetError::BeingRemoved),
        FleetPhase::Collecting { expected_members } => {
            return Err(FleetError::Incomplete { members: fleet.members, expected_members });
        }
        FleetPhase::Complete => {}
    }
    match &schedule {
        Some(schedule) => schedule.check(now)?,
        None if fleet.schedule.is_none() => return Err(ScheduleError::NotScheduled.into()),
        None => {}
    }
    if schedule == fleet.schedule {
        return Ok(None);
    }
    let fleet = Fleet { schedule, updated_at: now, ..fleet.clone() };
    Ok(Some(FleetChange { fleet, members: MemberWrites::new() }))
}

/// The phase of a fleet with so many of the announced members.
const fn phase(members: u32, expected_members: u32) -> Result<FleetPhase, FleetError> {
    if members > expected_members {
        return Err(FleetError::TooManyMembers { members, expected_members });
    }
    if members == expected_members {
        return Ok(FleetPhase::Complete);
    }
    Ok(FleetPhase::Collecting { expected_members })
}

/// The first of these entries that is not kept so.
fn first_unlike(members: &impl Members, entries: &[RegistryEntry]) -> Option<Principal> {
    let is_kept = |entry: &&RegistryEntry| {
        members.member(&entry.canister_id).is_some_and(|member| member.entry == **entry)
    };
    entries.iter().find(|entry| !is_kept(entry)).map(|entry| entry.canister_id)
}
