//! Registered fleets, and what a log cannot tell of them.

use super::{Log, Reason, Replay};
use crate::{
    FleetName,
    api::AuditEventKind as Kind,
    block::Payload,
    fixtures::{canister, entry, nightly, operator, registry, root, seconds, users},
    fleet::{FleetError, FleetPhase, FleetPolicy, FleetRegistration, FleetUpdate},
    registry::RegistryEntry,
    schedule::ScheduleError,
    topology::topology_hash,
};

fn demo() -> FleetName {
    "demo".into()
}

fn registration() -> FleetRegistration {
    FleetRegistration {
        fleet: demo(),
        network: "ic".to_string(),
        root_canister_id: root(),
        policy: Some(FleetPolicy::default()),
        members: registry()[..2].to_vec(),
        expected_members: Some(3),
        discovery: None,
    }
}

fn registered() -> Kind {
    Kind::FleetRegistered { fleet: demo(), root_canister_id: root(), count: 2 }
}

fn removed() -> Kind {
    Kind::FleetRemoved { fleet: demo() }
}

impl Log {
    fn register(self) -> Self {
        self.coordinator(registered(), Some(Payload::Fleet(registration())))
    }

    fn members(self, start: u32, count: u32, members: &[RegistryEntry]) -> Self {
        let kind = Kind::FleetMembersAppended { fleet: demo(), start, count };
        self.coordinator(kind, Some(Payload::Members(members.to_vec())))
    }

    fn complete(self) -> Self {
        self.register().members(2, 1, &registry()[2..])
    }

    fn change(self, members: u32, update: FleetUpdate) -> Self {
        let kind = Kind::FleetUpdated { fleet: demo(), members };
        self.coordinator(kind, Some(Payload::FleetUpdate(update)))
    }
}

fn removing_users() -> FleetUpdate {
    FleetUpdate { removed: vec![users()], ..FleetUpdate::default() }
}

#[test]
fn a_log_tells_of_fleets() {
    let log = Log::default().complete();
    let replay = Replay::of(&log.0).expect("it holds");
    assert_eq!(replay.fleets().count(), 1);
    let fleet = replay.fleet(&demo()).expect("it is registered");
    assert_eq!(fleet.members(), registry());
    let details = fleet.details();
    assert_eq!(details.topology_hash, Some(topology_hash(&registry())));
    assert_eq!(details.fleet.phase, FleetPhase::Complete);
    assert_eq!(details.fleet.registered_by, operator());

    let policy = FleetPolicy { max_parallel: 3, ..FleetPolicy::default() };
    let log = log.change(2, FleetUpdate { policy: Some(policy), ..removing_users() });
    let replay = Replay::of(&log.0).expect("it holds");
    let fleet = replay.fleet(&demo()).expect("it is registered");
    assert_eq!((fleet.fleet().policy, fleet.members()), (policy, registry()[..2].to_vec()));

    let log = log.coordinator(removed(), None);
    let replay = Replay::of(&log.0).expect("it holds");
    assert!(replay.fleets().next().is_none() && replay.is_fleet_removed(&demo()));
    let replay = Replay::of(&log.register().0).expect("the name is free again");
    assert!(replay.fleet(&demo()).is_some() && !replay.is_fleet_removed(&demo()));
}

#[test]
fn fleets_must_be_there_or_must_not() {
    assert_eq!(Log::default().register().register().refusal(), Reason::FleetExists);
    let missing = Reason::FleetNotFound;
    assert_eq!(Log::default().members(0, 1, &registry()[2..]).refusal(), missing);
    assert_eq!(Log::default().change(2, removing_users()).refusal(), missing);
    assert_eq!(Log::default().coordinator(removed(), None).refusal(), missing);
    let of_a_run = Log::default().run(registered(), Some(Payload::Fleet(registration())));
    assert_eq!(of_a_run.refusal(), Reason::RunUnexpected);
}

#[test]
fn a_fleet_with_a_run_that_is_not_over_stays() {
    let log = Log::created().complete().coordinator(removed(), None);
    assert_eq!(log.refusal(), Reason::Fleet(FleetError::InUse { open_runs: 1 }));
    let Log(aborted) = Log::created()
        .run(Kind::RunAborted { reason: "it is enough".to_string() }, None)
        .complete()
        .coordinator(removed(), None);
    Replay::of(&aborted).expect("the run is over");
}

#[test]
fn a_block_says_what_its_payload_says() {
    let register = |kind, change: fn(&mut FleetRegistration)| {
        let mut registration = registration();
        change(&mut registration);
        Log::default().coordinator(kind, Some(Payload::Fleet(registration))).refusal()
    };
    let is = |reason: &Reason, name: &str| matches!(reason, Reason::Outcome { field, .. } if *field == name);
    assert!(is(&register(registered(), |it| it.fleet = "other".into()), "fleet"));
    assert!(is(&register(registered(), |it| it.root_canister_id = users()), "root"));
    assert!(is(&register(registered(), |it| it.members.truncate(1)), "number of members"));
    let policy = register(registered(), |it| it.policy = None);
    assert!(matches!(policy, Reason::Payload { .. }));
    let circle = register(registered(), |it| it.members[1].parent_canister_id = Some(canister(1)));
    assert_eq!(circle, Reason::Fleet(FleetError::Circle { canister_id: canister(1) }));

    let log = Log::default().register();
    assert!(is(&log.clone().members(2, 2, &registry()[2..]).refusal(), "number of members"));
    let again = log.clone().members(1, 1, &registry()[1..2]).refusal();
    assert!(matches!(again, Reason::Payload { .. }));
    let gap = log.members(3, 1, &registry()[2..]).refusal();
    assert_eq!(gap, Reason::Fleet(FleetError::Gap { start: 3, members: 2 }));

    let log = Log::default().complete();
    assert!(is(&log.clone().change(3, removing_users()).refusal(), "number of members"));
    let nothing = log.clone().change(3, FleetUpdate::default()).refusal();
    assert!(matches!(nothing, Reason::Payload { .. }));
    let set = vec![entry(canister(9), "x", Some(canister(8)))];
    let unknown = log.change(4, FleetUpdate { set, ..FleetUpdate::default() }).refusal();
    assert!(matches!(unknown, Reason::Fleet(FleetError::UnknownParent { .. })));

    let kinds = [
        registered(),
        Kind::FleetMembersAppended { fleet: demo(), start: 2, count: 1 },
        Kind::FleetUpdated { fleet: demo(), members: 2 },
    ];
    for kind in kinds {
        let refused = Log::default().register().coordinator(kind, None).refusal();
        assert!(matches!(refused, Reason::Payload { .. }));
    }
    let payload = Some(Payload::Roles(Vec::new()));
    let refused = Log::default().register().coordinator(removed(), payload).refusal();
    assert!(matches!(refused, Reason::Payload { .. }));
}

fn scheduled() -> Kind {
    Kind::ScheduleSet { fleet: demo(), schedule: nightly() }
}

fn unscheduled() -> Kind {
    Kind::ScheduleRemoved { fleet: demo() }
}

fn skipped() -> Kind {
    let reason = "the fleet is busy".to_string();
    Kind::ScheduledBackupSkipped { fleet: demo(), planned_at: seconds(5), reason }
}

fn dropped() -> Kind {
    Kind::SnapshotsDropped { fleet: demo(), force: false }
}

#[test]
fn a_log_tells_of_schedules() {
    let schedule = |log: &Log| {
        let replay = Replay::of(&log.0).expect("it holds");
        replay.fleet(&demo()).expect("it is registered").fleet().schedule.clone()
    };
    let log = Log::default().complete().coordinator(scheduled(), None);
    assert_eq!(schedule(&log), Some(nightly()));
    let log = log.coordinator(skipped(), None).coordinator(dropped(), None);
    assert_eq!(schedule(&log), Some(nightly()));
    let again = log.clone().coordinator(scheduled(), None).refusal();
    assert_eq!(again, Reason::Payload { expected: "another schedule" });
    let log = log.coordinator(unscheduled(), None);
    assert_eq!(schedule(&log), None);
    let not_scheduled = Reason::Fleet(ScheduleError::NotScheduled.into());
    for kind in [unscheduled(), skipped()] {
        assert_eq!(log.clone().coordinator(kind, None).refusal(), not_scheduled);
    }
}

#[test]
fn what_the_schedule_does_names_a_fleet_that_is_there_and_needs_no_payload() {
    let payload = || Some(Payload::Roles(Vec::new()));
    for kind in [scheduled(), unscheduled(), skipped(), dropped()] {
        let nowhere = Log::default().coordinator(kind.clone(), None);
        assert_eq!(nowhere.refusal(), Reason::FleetNotFound);
        let refused = Log::default().complete().coordinator(kind, payload()).refusal();
        assert!(matches!(refused, Reason::Payload { .. }), "{refused:?}");
    }
}
