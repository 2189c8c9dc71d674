//! Plans: derived from small fleets, and written by hand in other orders.

use crate::{
    Rules,
    fixtures::{canister, entry, input, plan, root},
    plan::{
        BackupOperation, BackupOperationKind as Kind, BackupPlan, BackupPlanInput, BackupTarget,
        ValidPlan, build_backup_plan,
    },
    topology::topology_hash,
};
use candid::Principal;
use proptest::{collection::vec, prelude::*, sample::select};

/// A plan of any kind.
pub fn any_plan() -> impl Strategy<Value = ValidPlan> {
    prop_oneof![4 => fleet(), 4 => by_hand(), 1 => of_old()]
}

/// The derived plan of a fleet of one to six members in one to three levels.
pub fn fleet() -> impl Strategy<Value = ValidPlan> {
    vec(any::<u8>(), 1..=6).prop_map(|parents| fleet_with(&parents))
}

/// The derived plan of a fleet; each number chooses a parent among the root and the members in front.
pub fn fleet_with(parents: &[u8]) -> ValidPlan {
    let mut registry = vec![entry(root(), "root", None)];
    let mut depths = vec![0];
    for (number, parent) in (1..).zip(parents) {
        let shallow: Vec<usize> = (0..depths.len()).filter(|at| depths[*at] < 3).collect();
        let parent = shallow[usize::from(*parent) % shallow.len()];
        let parent_id = registry[parent].canister_id;
        registry.push(entry(canister(number), "member", Some(parent_id)));
        depths.push(depths[parent] + 1);
    }
    let topology_hash_before_quiesce = topology_hash(&registry);
    build_backup_plan(BackupPlanInput { topology_hash_before_quiesce, registry, ..input() })
        .and_then(BackupPlan::validate)
        .expect("every tree is a fleet")
}

/// What is done to a target: whether it is stopped, and how many of snapshot, download and verification.
type Work = (bool, bool, usize);

/// Whose turn is next: of a target, or of all whose next operation is of the same kind.
type Turn = (u8, bool);

/// A plan with up to four targets of any depths, whose operations stand in any order that is valid: several segments of
/// one stage, parents behind their children, starts without a stop, checks between other operations.
fn by_hand() -> impl Strategy<Value = ValidPlan> {
    let target = (0..3_u32, (any::<bool>(), any::<bool>(), 0..4_usize));
    let checks = vec((any::<u8>(), preflight_kind()), 0..2);
    let turns = vec((any::<u8>(), proptest::bool::weighted(0.7)), 24);
    (vec(target, 1..=4), turns, checks, any::<bool>()).prop_map(
        |(targets, turns, checks, finalize)| {
            let (depths, mut work): (Vec<u32>, Vec<Work>) = targets.into_iter().unzip();
            // At least one target is snapshotted.
            work[0].2 = work[0].2.max(1);
            let mut rows = merge(chains(&work), &turns);
            for (at, kind) in checks {
                rows.insert(usize::from(at) % (rows.len() + 1), (kind, None));
            }
            rows.extend(finalize.then_some((Kind::FinalizeManifest, None)));
            plan_of(&depths, rows).validate().expect("the order of each target is right")
        },
    )
}

/// What has to stand in this order, for each target.
fn chains(work: &[Work]) -> Vec<Vec<(Kind, Option<Principal>)>> {
    let transfer = [Kind::CreateSnapshot, Kind::DownloadSnapshot, Kind::VerifyArtifact];
    let mut chains = Vec::new();
    for (number, (stop, start, transfers)) in (1..).zip(work) {
        let on_target = |kinds: &[Kind]| -> Vec<_> {
            kinds.iter().map(|kind| (*kind, Some(canister(number)))).collect()
        };
        let quiesce: &[Kind] = match (stop, start) {
            (true, _) => &[Kind::Stop, Kind::Start],
            // Every target must have an operation.
            (false, start) if *start || *transfers == 0 => &[Kind::Start],
            (false, _) => &[],
        };
        chains.push(on_target(quiesce));
        chains.push(on_target(&transfer[..*transfers]));
    }
    chains
}

fn merge<T: Clone + PartialEq>(mut chains: Vec<Vec<(Kind, T)>>, turns: &[Turn]) -> Vec<(Kind, T)> {
    let mut rows = Vec::new();
    for (number, all) in turns.iter().cycle() {
        chains.retain(|chain| !chain.is_empty());
        if chains.is_empty() {
            break;
        }
        let number = usize::from(*number) % chains.len();
        let kind = chains[number][0].0;
        let chosen = |at: usize, chain: &[(Kind, T)]| at == number || (*all && chain[0].0 == kind);
        for (at, chain) in chains.iter_mut().enumerate() {
            if chosen(at, chain) {
                rows.push(chain.remove(0));
            }
        }
    }
    rows
}

fn preflight_kind() -> impl Strategy<Value = Kind> {
    select(Kind::BACKUP.into_iter().filter(|kind| kind.is_preflight()).collect::<Vec<_>>())
}

/// A plan as the first rules let it be: operations twice, without a target, a start before its stop, or neither.
fn of_old() -> impl Strategy<Value = ValidPlan> {
    let kinds: Vec<Kind> = Kind::BACKUP.into_iter().filter(|kind| !kind.is_preflight()).collect();
    let kind = prop_oneof![1 => select(kinds), 1 => select(vec![Kind::Stop, Kind::Start])];
    (vec(0..2_u32, 1..=2), vec((kind, 0..5_usize), 1..9)).prop_map(|(depths, rows)| {
        let targets = depths.len();
        let target = |number: usize| {
            let number = u8::try_from(number % (targets + 1)).expect("few targets");
            (number > 0).then(|| canister(number))
        };
        let rows = rows.into_iter().map(|(kind, number)| (kind, target(number))).collect();
        plan_of(&depths, rows).validate_under(Rules::V1).expect("the first rules allow it")
    })
}

/// A plan with these targets and, behind the four checks, these operations.
pub fn plan_of(depths: &[u32], rows: Vec<(Kind, Option<Principal>)>) -> BackupPlan {
    let BackupPlan { header, targets, .. } = plan();
    let target = |(number, depth): (u8, &u32)| BackupTarget {
        canister_id: canister(number),
        depth: *depth,
        ..targets[0].clone()
    };
    let checks =
        Kind::BACKUP.into_iter().filter(|kind| kind.is_preflight()).map(|kind| (kind, None));
    let operation = |(order, (kind, target_canister_id))| BackupOperation {
        operation_id: format!("operation-{order}"),
        order,
        kind,
        target_canister_id,
    };
    BackupPlan {
        header,
        targets: (1..).zip(depths).map(target).collect(),
        phases: (0..).zip(checks.chain(rows)).map(operation).collect(),
    }
}
