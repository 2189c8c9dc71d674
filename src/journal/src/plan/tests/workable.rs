//! Plans that were written by hand and cannot work.

use crate::{
    Rules,
    fixtures::{canister, orders, plan, users},
    plan::{
        BackupOperation, BackupOperationKind as Kind, BackupPlan, PlanError, PlanHeader,
        ValidationPurpose, derive_phases,
    },
};
use candid::Principal;
use proptest::prelude::*;

/// What is said of the plan of the fixtures after a change of its operations: by the first rules nothing.
fn after(change: impl FnOnce(&mut Vec<BackupOperation>)) -> Result<(), PlanError> {
    let mut plan = plan();
    change(&mut plan.phases);
    for (order, operation) in (0..).zip(&mut plan.phases) {
        operation.order = order;
    }
    assert_eq!(plan.check_under(ValidationPurpose::Planning, Rules::V1), Ok(()));
    plan.check(ValidationPurpose::Planning)
}

/// Moves the operation of `kind` on [`orders`] to `position`.
fn moved(kind: Kind, position: usize) -> Result<(), PlanError> {
    after(|phases| {
        let at = phases
            .iter()
            .position(|o| o.kind == kind && o.target_canister_id == Some(orders()))
            .expect("the plan has one");
        let operation = phases.remove(at);
        phases.insert(position, operation);
    })
}

/// Takes operations out.
fn without(gone: impl Fn(&BackupOperation) -> bool) -> Result<(), PlanError> {
    after(|phases| phases.retain(|operation| !gone(operation)))
}

fn on_orders(kind: Kind) -> impl Fn(&BackupOperation) -> bool {
    move |operation| operation.kind == kind && operation.target_canister_id == Some(orders())
}

#[test]
fn what_is_stopped_is_started_again_and_not_before() {
    let canister_id = orders();
    assert_eq!(without(on_orders(Kind::Start)), Err(PlanError::StopWithoutStart { canister_id }));
    assert_eq!(moved(Kind::Start, 4), Err(PlanError::StartBeforeStop { canister_id }));
    // A target that is not stopped needs no start, and a start alone stops nothing.
    assert_eq!(without(|o| [Kind::Stop, Kind::Start].contains(&o.kind)), Ok(()));
    assert_eq!(without(on_orders(Kind::Stop)), Ok(()));
}

#[test]
fn a_download_has_its_snapshot_before_it_and_a_verification_its_download() {
    let canister_id = orders();
    let unsaved = Err(PlanError::DownloadBeforeSnapshot { canister_id });
    assert_eq!(moved(Kind::DownloadSnapshot, 4), unsaved);
    assert_eq!(without(on_orders(Kind::CreateSnapshot)), unsaved);
    let absent = Err(PlanError::VerifyBeforeDownload { canister_id });
    assert_eq!(moved(Kind::VerifyArtifact, 4), absent);
    assert_eq!(without(on_orders(Kind::DownloadSnapshot)), absent);
    assert_eq!(without(on_orders(Kind::VerifyArtifact)), Ok(()));
}

#[test]
fn the_manifest_comes_last_or_not_at_all() {
    let early = after(|phases| {
        let last = phases.pop().expect("there are operations");
        phases.insert(4, last);
    });
    let operation_id = "finalize-manifest".to_string();
    assert_eq!(early, Err(PlanError::FinalizeNotLast { operation_id }));
    assert_eq!(without(|operation| operation.kind == Kind::FinalizeManifest), Ok(()));
}

#[test]
fn an_operation_on_a_canister_names_it_and_the_manifest_names_none() {
    for at in [4, 6, 8, 10, 11] {
        let operation_id = plan().phases[at].operation_id.clone();
        let lost = after(|phases| phases[at].target_canister_id = None);
        assert_eq!(lost, Err(PlanError::OperationTarget { operation_id, needed: true }));
    }
    let named = after(|phases| phases[14].target_canister_id = Some(orders()));
    let operation_id = "finalize-manifest".to_string();
    assert_eq!(named, Err(PlanError::OperationTarget { operation_id, needed: false }));
}

#[test]
fn nothing_is_done_twice_to_one_target() {
    for at in 4..15 {
        let operation_id = "again".to_string();
        let twice = after(|phases| {
            let again =
                BackupOperation { operation_id: operation_id.clone(), ..phases[at].clone() };
            phases.insert(at, again);
        });
        // The second of the two is named.
        let repeated = plan().phases[at].operation_id.clone();
        assert_eq!(twice, Err(PlanError::RepeatedOperation { operation_id: repeated }));
    }
}

#[test]
fn every_target_is_backed_up_somehow() {
    assert_eq!(
        without(|operation| operation.target_canister_id == Some(users())),
        Err(PlanError::TargetWithoutOperation { canister_id: users() })
    );
}

#[test]
fn a_plan_without_a_snapshot_is_no_backup() {
    let kept = [Kind::Stop, Kind::Start];
    let nothing = without(|o| !o.kind.is_preflight() && !kept.contains(&o.kind));
    assert_eq!(nothing, Err(PlanError::NoSnapshot));
    assert_eq!(without(|operation| !operation.kind.is_preflight()), Err(PlanError::NoSnapshot));
}

#[test]
fn nobody_is_no_target() {
    for canister_id in [Principal::management_canister(), Principal::anonymous()] {
        let mut plan = plan();
        plan.targets[1].canister_id = canister_id;
        plan.phases = derive_phases(&plan.targets);
        assert_eq!(plan.check_under(ValidationPurpose::Planning, Rules::V1), Ok(()));
        let refused = Err(PlanError::NoCanister { canister_id });
        assert_eq!(plan.check(ValidationPurpose::Planning), refused);
        assert_eq!(plan.targets[1].check(Rules::V2), refused);
        assert_eq!(plan.targets[1].check(Rules::V1), Ok(()));
    }
}

#[test]
fn names_show_every_character() {
    type Change = fn(&mut BackupPlan, String);
    let fields: [(&str, Change); 8] = [
        ("plan_id", |plan, name| plan.header.plan_id = name.into()),
        ("run_id", |plan, name| plan.header.run_id = name.into()),
        ("fleet", |plan, name| plan.header.fleet = name),
        ("network", |plan, name| plan.header.network = name),
        ("topology_hash_before_quiesce", |plan, name| {
            plan.header.topology_hash_before_quiesce = name;
        }),
        ("targets[].role", |plan, name| plan.targets[1].role = Some(name)),
        ("targets[].expected_module_hash", |plan, name| {
            plan.targets[1].expected_module_hash = Some(name);
        }),
        ("phases[].operation_id", |plan, name| plan.phases[7].operation_id = name),
    ];
    for (field, change) in fields {
        for character in ['\n', '\u{1b}', '\0', '\u{202e}', '\u{2066}', '\u{200b}'] {
            let mut plan = plan();
            change(&mut plan, format!("a{character}b"));
            assert_eq!(plan.check_under(ValidationPurpose::Planning, Rules::V1), Ok(()));
            let shown = character.escape_unicode().to_string();
            assert_eq!(
                plan.check(ValidationPurpose::Planning),
                Err(PlanError::HiddenCharacter { field: field.to_string(), character: shown })
            );
        }
        let mut plan = plan();
        change(&mut plan, "größe 東京".to_string());
        assert_eq!(plan.check(ValidationPurpose::Planning), Ok(()), "{field}");
    }
    let header = PlanHeader { fleet: "a\nb".to_string(), ..plan().header };
    assert!(matches!(header.check(Rules::V2), Err(PlanError::HiddenCharacter { .. })));
    assert_eq!(header.check(Rules::V1), Ok(()));
}

proptest! {
    /// Whatever the fleet looks like.
    #[test]
    fn a_derived_plan_can_work(depths in prop::collection::vec(0..4_u32, 1..20)) {
        let mut plan = plan();
        let model = plan.targets.remove(0);
        let target = |(number, depth)| crate::plan::BackupTarget {
            canister_id: canister(number),
            depth,
            ..model.clone()
        };
        plan.targets = (10_u8..).zip(depths).map(target).collect();
        plan.phases = derive_phases(&plan.targets);
        prop_assert_eq!(plan.check(ValidationPurpose::Planning), Ok(()));
    }
}
