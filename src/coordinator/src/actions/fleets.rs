//! Fleets: registered, filled in batches, changed and removed.

use super::plans::check_not_target;
use crate::{
    call::Call,
    gate::{FleetWrite, Write, continue_removal, record},
    storage::{self, FleetKey, FleetRecord, Storage},
};
use backup_journal::{
    FleetName,
    api::{AuditEventKind, CoordinatorError, Duplicate, RemoveProgress},
    block::Payload,
    fleet::{
        self, Discovery, Fleet, FleetChange, FleetError, FleetPhase, FleetRegistration,
        FleetUpdate, MemberWrites,
    },
    limits::{CheckLimits, MAX_DRAFT_BATCH, MAX_FLEETS, MAX_RUN_TARGETS, check_count},
    registry::RegistryEntry,
};
use candid::Principal;

/// Members that one call to remove a fleet removes.
const REMOVE_STEP: usize = 128;

/// Registers a fleet.
///
/// # Errors
/// Limits, rules of fleets, [`CoordinatorError::CoordinatorIsTarget`], [`CoordinatorError::Duplicate`] or
/// [`CoordinatorError::FleetExists`].
pub fn register(
    registration: FleetRegistration,
    coordinator: Principal,
    call: &Call,
) -> Result<Fleet, CoordinatorError> {
    registration.check_limits()?;
    let FleetChange { fleet, members } = fleet::register(&registration, call.caller, call.now)?;
    check_not_target(canisters(&registration.members), coordinator)?;
    check_not_target(asked(registration.discovery.as_ref()), coordinator)?;
    storage::write(|storage| {
        check_new(storage, &registration)?;
        let (name, root) = (fleet.fleet.clone(), fleet.root_canister_id);
        let kind = AuditEventKind::FleetRegistered {
            fleet: name,
            root_canister_id: root,
            count: fleet.members,
        };
        // A later release may have another default.
        let policy = Some(fleet.policy);
        let payload = Some(Payload::Fleet(FleetRegistration { policy, ..registration }));
        save(storage, call, FleetWrite { number: None, fleet, members, kind, payload })
    })
}

/// Appends a batch of members behind the first `start` ones. A batch that arrived before is left alone.
///
/// # Errors
/// [`CoordinatorError::FleetNotFound`], limits, rules of fleets, or [`CoordinatorError::CoordinatorIsTarget`].
pub fn append(
    name: &FleetName,
    start: u32,
    batch: Vec<RegistryEntry>,
    coordinator: Principal,
    call: &Call,
) -> Result<Fleet, CoordinatorError> {
    check_count("members", batch.len(), MAX_DRAFT_BATCH)?;
    batch.iter().try_for_each(RegistryEntry::check_limits)?;
    storage::write(|storage| {
        let FleetRecord { number, fleet } = storage.fleet(name)?;
        let change = fleet::append(&fleet, &storage.members(number), start, &batch, call.now)?;
        let Some(FleetChange { fleet, members }) = change else { return Ok(fleet) };
        check_not_target(canisters(&batch), coordinator)?;
        let count = fleet.members - start;
        let kind = AuditEventKind::FleetMembersAppended { fleet: name.clone(), start, count };
        let payload = Some(Payload::Members(batch));
        save(storage, call, FleetWrite { number: Some(number), fleet, members, kind, payload })
    })
}

/// Changes policy, members or discovery of a fleet. Where all is so already, nothing is recorded.
///
/// # Errors
/// [`CoordinatorError::FleetNotFound`], limits, rules of fleets, or [`CoordinatorError::CoordinatorIsTarget`].
pub fn update(
    name: &FleetName,
    update: FleetUpdate,
    coordinator: Principal,
    call: &Call,
) -> Result<Fleet, CoordinatorError> {
    update.check_limits()?;
    storage::write(|storage| {
        let FleetRecord { number, fleet } = storage.fleet(name)?;
        let change = fleet::update(&fleet, &storage.members(number), &update, call.now)?;
        let Some(FleetChange { fleet, members }) = change else { return Ok(fleet) };
        check_count("members", fleet.members as usize, MAX_RUN_TARGETS)?;
        check_not_target(canisters(&update.set), coordinator)?;
        check_not_target(asked(update.discovery.as_ref()), coordinator)?;
        // The coordinator must still be able to start what it has stopped.
        if !update.removed.is_empty() && storage.executed_run_of(name).is_some() {
            return Err(FleetError::InUse { open_runs: storage.open_runs_of(name) }.into());
        }
        let kind = AuditEventKind::FleetUpdated { fleet: name.clone(), members: fleet.members };
        let payload = Some(Payload::FleetUpdate(update));
        save(storage, call, FleetWrite { number: Some(number), fleet, members, kind, payload })
    })
}

/// Gives a fleet up and removes some of its members.
///
/// # Errors
/// [`CoordinatorError::FleetNotFound`], or [`FleetError::InUse`] while a run of the fleet is not over.
pub fn remove(name: &FleetName, call: &Call) -> Result<RemoveProgress, CoordinatorError> {
    storage::write(|storage| {
        let FleetRecord { number, fleet } = storage.fleet(name)?;
        if fleet.phase != FleetPhase::Removing {
            let open_runs = storage.open_runs_of(name);
            if open_runs > 0 {
                return Err(FleetError::InUse { open_runs }.into());
            }
            let fleet = Fleet {
                phase: FleetPhase::Removing,
                updated_at: call.now,
                schedule: None,
                discovery: None,
                ..fleet
            };
            let kind = AuditEventKind::FleetRemoved { fleet: name.clone() };
            let (number, members, payload) = (Some(number), MemberWrites::new(), None);
            save(storage, call, FleetWrite { number, fleet, members, kind, payload })?;
        }
        let left = continue_removal(storage, storage.fleet(name)?, REMOVE_STEP);
        Ok(left.map_or(RemoveProgress::Removed, RemoveProgress::Removing))
    })
}

fn check_new(storage: &Storage, registration: &FleetRegistration) -> Result<(), CoordinatorError> {
    let name = &registration.fleet;
    let Some(FleetRecord { number, fleet }) =
        storage.fleets.get(&FleetKey::from(name)).map(|record| record.0)
    else {
        let fleets = usize::try_from(storage.registered_fleets()).unwrap_or(usize::MAX);
        return Ok(check_count("fleets", fleets.saturating_add(1), MAX_FLEETS)?);
    };
    if fleet.phase == FleetPhase::Removing {
        return Err(FleetError::BeingRemoved.into());
    }
    if fleet.is_registered_as(registration, &storage.members(number)) {
        let (fleet, registered_at) = (name.clone(), fleet.registered_at);
        return Err(CoordinatorError::Duplicate(Duplicate::Fleet { fleet, registered_at }));
    }
    Err(CoordinatorError::FleetExists { fleet: name.clone() })
}

/// Records a change of a fleet, and answers with the fleet.
pub(super) fn save(
    storage: &mut Storage,
    call: &Call,
    write: FleetWrite,
) -> Result<Fleet, CoordinatorError> {
    let fleet = write.fleet.clone();
    record(storage, call, Write::Fleet(Box::new(write)))?;
    Ok(fleet)
}

fn asked(discovery: Option<&Discovery>) -> impl Iterator<Item = Principal> {
    discovery.into_iter().map(|discovery| discovery.canister_id)
}

fn canisters(members: &[RegistryEntry]) -> impl Iterator<Item = Principal> {
    members.iter().map(|entry| entry.canister_id)
}
