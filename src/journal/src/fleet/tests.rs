//! The rules of fleets, each kept and broken.

mod kept;
mod schedules;

use super::{
    Discovery, Fleet, FleetError, FleetPhase, FleetPolicy, FleetRegistration, FleetUpdate, append,
    register, update,
};
use crate::{
    Timestamp,
    fixtures::{canister, entry, operator, orders, registry, root, seconds, users},
    registry::RegistryEntry,
};
use candid::Principal;
use kept::Kept;
use proptest::prelude::*;

fn registration(members: Vec<RegistryEntry>) -> FleetRegistration {
    FleetRegistration {
        fleet: "demo".into(),
        network: "ic".to_string(),
        root_canister_id: root(),
        policy: None,
        members,
        expected_members: None,
        discovery: None,
    }
}

fn refusal(members: Vec<RegistryEntry>) -> FleetError {
    register(&registration(members), operator(), Timestamp(1)).expect_err("a refusal")
}

fn removing(removed: Vec<Principal>) -> FleetUpdate {
    FleetUpdate { removed, ..FleetUpdate::default() }
}

fn setting(set: Vec<RegistryEntry>) -> FleetUpdate {
    FleetUpdate { set, ..FleetUpdate::default() }
}

#[test]
fn a_fleet_that_is_registered_whole_is_complete() {
    let mut reversed = registry();
    reversed.reverse();
    let kept = Kept::registered(&registration(reversed)).expect("it is valid");
    kept.check();
    assert_eq!(kept.entries(), registry());
    let expected = Fleet {
        fleet: "demo".into(),
        network: "ic".to_string(),
        root_canister_id: root(),
        policy: FleetPolicy::default(),
        phase: FleetPhase::Complete,
        members: 3,
        registered_at: seconds(1),
        registered_by: operator(),
        updated_at: seconds(1),
        schedule: None,
        discovery: None,
    };
    assert_eq!(kept.fleet, expected);
}

#[test]
fn members_are_one_tree_below_the_root() {
    let (a, b) = (canister(7), canister(8));
    let with = |more: &[RegistryEntry]| [registry().as_slice(), more].concat();
    let root_canister_id = root();
    assert_eq!(refusal(Vec::new()), FleetError::RootMissing { root_canister_id });
    assert_eq!(
        refusal(vec![entry(orders(), "orders", Some(users()))]),
        FleetError::UnknownParent { canister_id: orders(), parent_canister_id: users() }
    );
    assert_eq!(
        refusal(vec![entry(root(), "root", Some(orders())), entry(orders(), "o", Some(root()))]),
        FleetError::RootHasParent { root_canister_id }
    );
    let orphan = refusal(with(&[entry(a, "a", None)]));
    assert_eq!(orphan, FleetError::ParentMissing { canister_id: a });
    let twice = refusal(with(&[entry(orders(), "orders", Some(root()))]));
    assert_eq!(twice, FleetError::DuplicateMember { canister_id: orders() });
    let circle = refusal(with(&[entry(a, "a", Some(b)), entry(b, "b", Some(a))]));
    assert_eq!(circle, FleetError::Circle { canister_id: a });
    let itself = refusal(with(&[entry(a, "a", Some(a))]));
    assert_eq!(itself, FleetError::Circle { canister_id: a });
    for nobody in [Principal::management_canister(), Principal::anonymous()] {
        let refused = refusal(with(&[entry(nobody, "a", Some(root()))]));
        assert_eq!(refused, FleetError::NoCanister { canister_id: nobody });
    }
}

#[test]
fn names_are_there_and_visible() {
    let refused = |change: fn(&mut FleetRegistration)| {
        let mut registration = registration(registry());
        change(&mut registration);
        register(&registration, operator(), Timestamp(1)).expect_err("a refusal")
    };
    let empty = |field: &str| FleetError::EmptyField { field: field.to_string() };
    let hidden = |field: &str| FleetError::HiddenCharacter {
        field: field.to_string(),
        character: "\\u{202e}".to_string(),
    };
    assert_eq!(refused(|it| it.fleet = " ".into()), empty("fleet"));
    assert_eq!(refused(|it| it.network = String::new()), empty("network"));
    assert_eq!(refused(|it| it.fleet = "a\u{202e}b".into()), hidden("fleet"));
    assert_eq!(refused(|it| it.network = "a\u{202e}b".into()), hidden("network"));
    assert_eq!(refused(|it| it.members[1].role = Some(String::new())), empty("members[].role"));
    assert_eq!(
        refused(|it| it.members[1].role = Some("\u{202e}".into())),
        hidden("members[].role")
    );
    assert_eq!(
        refused(|it| it.members[1].kind = Some("\u{202e}".into())),
        hidden("members[].kind")
    );
    let hash = refused(|it| it.members[1].module_hash = Some("\u{202e}".into()));
    assert_eq!(hash, hidden("members[].module_hash"));
}

fn small(value: u64) -> u32 {
    u32::try_from(value).expect("a small number")
}

#[test]
fn a_policy_has_bounds() {
    type Set = fn(&mut FleetPolicy, u64);
    let mut kept = Kept::registered(&registration(registry())).expect("it is valid");
    let fields: [(&str, Set, u64, u64); 3] = [
        ("max_parallel", |it, value| it.max_parallel = small(value), 1, 50),
        ("max_attempts", |it, value| it.max_attempts = small(value), 1, 20),
        ("restart_within_seconds", |it, value| it.restart_within_seconds = value, 60, 86_400),
    ];
    for (field, set, minimum, maximum) in fields {
        let mut with = |value| {
            let mut policy = FleetPolicy::default();
            set(&mut policy, value);
            kept.update(&FleetUpdate { policy: Some(policy), ..FleetUpdate::default() })
        };
        assert_eq!((with(minimum), with(maximum)), (Ok(()), Ok(())), "{field}");
        for value in [minimum - 1, maximum + 1] {
            let field = field.to_string();
            let refused = FleetError::PolicyOutOfRange { field, value, minimum, maximum };
            assert_eq!(with(value), Err(refused));
        }
    }
}

#[test]
fn a_large_fleet_arrives_in_batches() {
    let [first, second, third] = [0, 1, 2].map(|at| vec![registry().swap_remove(at)]);
    let mut large = registration(first.clone());
    large.expected_members = Some(3);
    let mut kept = Kept::registered(&large).expect("it is valid");
    let collecting = FleetPhase::Collecting { expected_members: 3 };
    assert_eq!((kept.fleet.phase, kept.fleet.members), (collecting, 1));
    let added = setting(second.clone());
    let incomplete = FleetError::Incomplete { members: 1, expected_members: 3 };
    assert_eq!(kept.update(&added), Err(incomplete));
    assert_eq!(kept.append(2, &third), Err(FleetError::Gap { start: 2, members: 1 }));
    let (canister_id, parent_canister_id) = (users(), orders());
    let unknown = FleetError::UnknownParent { canister_id, parent_canister_id };
    assert_eq!(kept.append(1, &third), Err(unknown));
    let more = FleetError::TooManyMembers { members: 4, expected_members: 3 };
    let four =
        [second.clone(), third.clone(), vec![entry(canister(9), "x", Some(root()))]].concat();
    assert_eq!(kept.append(1, &four), Err(more));

    for _ in 0..2 {
        assert_eq!(kept.append(1, &second), Ok(()), "a batch can be sent again");
        assert_eq!((kept.fleet.phase, kept.fleet.members), (collecting, 2));
    }
    let other = [entry(orders(), "other", Some(root()))];
    let conflict = Err(FleetError::Conflict { canister_id: orders() });
    assert_eq!(kept.append(1, &other), conflict);
    for _ in 0..2 {
        assert_eq!(kept.append(2, &third), Ok(()));
        assert_eq!((kept.fleet.phase, kept.fleet.members), (FleetPhase::Complete, 3));
    }
    kept.check();
    assert_eq!((kept.entries(), kept.fleet.updated_at), (registry(), seconds(2)));
    let fourth = [entry(canister(9), "x", Some(root()))];
    assert_eq!(kept.append(3, &fourth), Err(FleetError::AlreadyComplete));
}

#[test]
fn an_update_keeps_the_tree() {
    let mut kept = Kept::registered(&registration(registry())).expect("it is valid");
    let before = kept.entries();
    let root_canister_id = root();
    for (change, refused) in [
        (removing(vec![root()]), FleetError::RootRemoved { root_canister_id }),
        (removing(vec![orders()]), FleetError::HasChildren { canister_id: orders() }),
        (removing(vec![canister(9)]), FleetError::NotAMember { canister_id: canister(9) }),
        (removing(vec![users(); 2]), FleetError::DuplicateMember { canister_id: users() }),
        (
            setting(vec![entry(users(), "users", Some(root()))]),
            FleetError::ParentChanged { canister_id: users() },
        ),
        (
            setting(vec![entry(root(), "root", Some(users()))]),
            FleetError::RootHasParent { root_canister_id },
        ),
    ] {
        assert_eq!(kept.update(&change), Err(refused));
        assert_eq!(kept.entries(), before);
    }
    let moved = FleetUpdate {
        removed: vec![users()],
        set: vec![entry(users(), "users", Some(root())), entry(orders(), "new", Some(root()))],
        ..FleetUpdate::default()
    };
    assert_eq!(kept.update(&moved), Ok(()));
    assert_eq!(kept.fleet.updated_at, seconds(3));
    kept.check();
    assert_eq!(kept.members[&users()].entry.parent_canister_id, Some(root()));
    assert_eq!(kept.members[&orders()].entry.role.as_deref(), Some("new"));
    assert_eq!(kept.update(&removing(vec![orders(), users()])), Ok(()));
    kept.check();
    assert_eq!(kept.fleet.members, 1);
}

#[test]
fn what_is_so_already_changes_nothing() {
    let kept = Kept::registered(&registration(registry())).expect("it is valid");
    let same =
        FleetUpdate { policy: Some(kept.fleet.policy), set: registry(), ..FleetUpdate::default() };
    assert_eq!(update(&kept.fleet, &kept.members, &same, seconds(9)), Ok(None));
    assert_eq!(append(&kept.fleet, &kept.members, 3, &[], seconds(9)), Ok(None));
    assert_eq!(append(&kept.fleet, &kept.members, 0, &registry(), seconds(9)), Ok(None));
}

#[test]
fn a_registration_is_recognized() {
    let first = registration(registry());
    let kept = Kept::registered(&first).expect("it is valid");
    let is_same =
        |registration: &FleetRegistration| kept.fleet.is_registered_as(registration, &kept.members);
    assert!(is_same(&first));
    assert!(is_same(&FleetRegistration { policy: Some(FleetPolicy::default()), ..first.clone() }));
    assert!(is_same(&FleetRegistration { expected_members: Some(3), ..first.clone() }));
    let policy = Some(FleetPolicy { max_attempts: 1, ..FleetPolicy::default() });
    let mut role = first.clone();
    role.members[2].role = None;
    for other in [
        FleetRegistration { network: "local".to_string(), ..first.clone() },
        FleetRegistration { root_canister_id: orders(), ..first.clone() },
        FleetRegistration { policy, ..first.clone() },
        FleetRegistration { members: registry()[..2].to_vec(), ..first.clone() },
        FleetRegistration { expected_members: Some(4), ..first.clone() },
        role,
    ] {
        assert!(!is_same(&other), "{other:?}");
    }
}

#[test]
fn a_fleet_that_is_being_removed_does_not_change() {
    let mut kept = Kept::registered(&registration(registry())).expect("it is valid");
    kept.fleet.phase = FleetPhase::Removing;
    assert_eq!(kept.append(0, &registry()), Err(FleetError::BeingRemoved));
    assert_eq!(kept.update(&FleetUpdate::default()), Err(FleetError::BeingRemoved));
}

proptest! {
    /// Whatever is sent, what is accepted is one tree.
    #[test]
    fn members_stay_one_tree(steps in prop::collection::vec(
        (prop::collection::vec(0_u8..8, 0..3), prop::collection::vec((0_u8..8, 0_u8..8), 0..4)),
        1..40,
    )) {
        let mut kept = Kept::registered(&registration(registry())).expect("it is valid");
        for (removed, set) in steps {
            let before = kept.entries();
            let change = FleetUpdate {
                removed: removed.into_iter().map(canister).collect(),
                set: set
                    .into_iter()
                    .map(|(id, parent)| entry(canister(id), "x", Some(canister(parent))))
                    .collect(),
                ..FleetUpdate::default()
            };
            if kept.update(&change).is_err() {
                prop_assert_eq!(kept.entries(), before);
            }
            kept.check();
        }
    }
}

#[test]
fn a_discovery_is_set_replaced_and_removed() {
    let discovery =
        |method: &str| Some(Discovery { canister_id: root(), method: method.to_string() });
    let mut kept = Kept::registered(&FleetRegistration {
        discovery: discovery("members"),
        ..registration(registry())
    })
    .expect("it is valid");
    assert_eq!(kept.fleet.discovery, discovery("members"));
    let mut updated = |discovery, remove_discovery| {
        let update = FleetUpdate { discovery, remove_discovery, ..FleetUpdate::default() };
        kept.update(&update).map(|()| kept.fleet.discovery.clone())
    };
    assert_eq!(updated(None, Some(false)), Ok(discovery("members")));
    assert_eq!(updated(discovery("list"), None), Ok(discovery("list")));
    assert_eq!(updated(discovery("members"), Some(true)), Ok(discovery("members")));
    let empty = FleetError::EmptyField { field: "discovery.method".to_string() };
    assert_eq!(updated(discovery(" "), None), Err(empty));
    let canister_id = Principal::management_canister();
    let nobody = Some(Discovery { canister_id, method: "raw_rand".to_string() });
    assert_eq!(updated(nobody.clone(), None), Err(FleetError::NoCanister { canister_id }));
    assert_eq!(updated(None, Some(true)), Ok(None));
    let refused = register(
        &FleetRegistration { discovery: nobody, ..registration(registry()) },
        operator(),
        Timestamp(1),
    );
    assert_eq!(refused.err(), Some(FleetError::NoCanister { canister_id }));
}
