//! The bounds of what is sent about a fleet.

use super::*;
use crate::{
    fixtures::{canister, registry, root},
    fleet::{Discovery, FleetRegistration, FleetUpdate},
};

fn discovery(method: String) -> Discovery {
    Discovery { canister_id: root(), method }
}

fn registration() -> FleetRegistration {
    FleetRegistration {
        fleet: "demo".into(),
        network: "ic".to_string(),
        root_canister_id: root(),
        policy: None,
        members: registry(),
        expected_members: Some(3),
        discovery: Some(discovery("members".to_string())),
    }
}

type Lengthen = fn(&mut FleetRegistration);

fn update() -> FleetUpdate {
    let discovery = Some(discovery("members".to_string()));
    FleetUpdate { set: registry(), discovery, ..FleetUpdate::default() }
}

#[test]
fn every_text_of_a_registration_is_measured() {
    assert_eq!(registration().check_limits(), Ok(()));
    let lengthen: [(&str, Lengthen); 4] = [
        ("fleet", |it| it.fleet = long_name().into()),
        ("network", |it| it.network = long_name()),
        ("discovery.method", |it| it.discovery = Some(discovery(long_name()))),
        ("members[].role", |it| it.members[0].role = Some(long_name())),
    ];
    for (what, lengthen) in lengthen {
        let mut registration = registration();
        lengthen(&mut registration);
        assert_eq!(registration.check_limits(), exceeded(what, MAX_NAME_BYTES));
    }
}

#[test]
fn the_members_of_a_registration_are_counted() {
    let mut large = registration();
    let member = large.members[0].clone();
    large.members.resize(MAX_PLAN_TARGETS, member.clone());
    let most = u32::try_from(MAX_RUN_TARGETS).expect("it is small");
    large.expected_members = Some(most);
    assert_eq!(large.check_limits(), Ok(()));
    large.members.push(member);
    assert_eq!(large.check_limits(), exceeded("members", MAX_PLAN_TARGETS));
    large.members.truncate(1);
    large.expected_members = Some(most + 1);
    assert_eq!(large.check_limits(), exceeded("expected_members", MAX_RUN_TARGETS));
}

/// Members that are set and members that are removed count together.
#[test]
fn the_members_of_an_update_are_counted() {
    let mut large = update();
    large.removed = vec![canister(7); MAX_DRAFT_BATCH - large.set.len()];
    assert_eq!(large.check_limits(), Ok(()));
    large.removed.push(canister(7));
    assert_eq!(large.check_limits(), exceeded("members", MAX_DRAFT_BATCH));
}

#[test]
fn every_text_of_an_update_is_measured() {
    assert_eq!(update().check_limits(), Ok(()));
    let mut long = update();
    long.discovery = Some(discovery(long_name()));
    assert_eq!(long.check_limits(), exceeded("discovery.method", MAX_NAME_BYTES));
    let mut long = update();
    long.set[0].role = Some(long_name());
    assert_eq!(long.check_limits(), exceeded("members[].role", MAX_NAME_BYTES));
}
