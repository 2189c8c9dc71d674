//! The receipts of a preflight that the coordinator makes by itself.

use super::{
    dice::Dice,
    world::{World, coordinator},
};
use crate::{
    Timestamp,
    execution::{Look, Looked, Problem, TargetNote, preflight_receipts},
    fixtures::seconds,
    fleet::FleetPolicy,
    journal::JournalView,
    plan::{AuthorityEvidence, BackupTarget},
    preflight::{AuthorityProofSource, PreflightReceipts},
};

const ROUND: u32 = 3;

fn ready(module_hash: Option<&str>, at: u64) -> TargetNote {
    let module_hash = module_hash.map(str::to_string);
    let found = Looked::Ready { running: true, snapshots: Vec::new(), module_hash };
    TargetNote {
        look: Some(Look { round: ROUND, at: seconds(at), found }),
        ..TargetNote::default()
    }
}

/// A run of a root and so many members, and the note of each.
fn world(members: usize) -> (World, Vec<(BackupTarget, TargetNote)>) {
    let world = World::new(&vec![0; members], FleetPolicy::default(), true, Dice::default());
    let targets = world.journal.plan().targets.clone();
    let noted = (0..).zip(targets).map(|(at, target)| (target, ready(None, 2_000 + at)));
    (world, noted.collect())
}

fn receipts(
    world: &World,
    targets: &[(BackupTarget, TargetNote)],
) -> Result<PreflightReceipts, Vec<Problem>> {
    let header = &world.journal.plan().header;
    let hash = header.topology_hash_before_quiesce.clone();
    preflight_receipts(header, targets, ROUND, coordinator(), hash, None)
}

#[test]
fn the_receipts_are_accepted_from_the_first_check_on_for_an_hour() {
    let (mut world, targets) = world(3);
    let told = receipts(&world, &targets).expect("all are ready");
    assert_eq!(told.preflight_id.as_str(), "coordinator-run-1-3");
    assert_eq!((told.validated_at, told.expires_at), (seconds(2_000), seconds(5_600)));
    for receipt in &told.control_authority {
        assert_eq!(receipt.authority.evidence, AuthorityEvidence::Proven);
        assert_eq!(receipt.proof_source, AuthorityProofSource::ManagementStatus);
    }
    let expired = world.journal.accept_preflight_receipts(&told, seconds(5_600));
    assert!(expired.is_err(), "an hour has passed");
    let now = Timestamp(seconds(5_600).0 - 1);
    world.journal.accept_preflight_receipts(&told, now).expect("they count");
    assert!(world.journal.header().preflight_accepted());
}

#[test]
fn a_target_that_is_not_ready_is_a_problem() {
    let (world, mut targets) = world(3);
    let found = Looked::NotReady { reason: "it has no module".to_string() };
    targets[1].1.look = Some(Look { round: ROUND, at: seconds(2_000), found });
    // The check of another preflight counts as none.
    targets[3].1.look.as_mut().expect("it was checked").round = ROUND - 1;
    let problem = |at: usize, reason: &str| Problem {
        canister_id: targets[at].0.canister_id,
        reason: reason.to_string(),
    };
    let expected = vec![problem(1, "it has no module"), problem(3, "it was not checked")];
    assert_eq!(receipts(&world, &targets).err(), Some(expected));
}

#[test]
fn other_modules_than_registered_are_a_remark() {
    let (world, mut targets) = world(4);
    let remark = |targets: &[(BackupTarget, TargetNote)]| {
        receipts(&world, targets).expect("all are ready").topology.message
    };
    // Of these the registry does not say which module they have.
    for (_, note) in &mut targets {
        *note = ready(Some("bb"), 2_000);
    }
    assert_eq!(remark(&targets), None);
    for (target, _) in &mut targets {
        target.expected_module_hash = Some("bb".to_string());
    }
    assert_eq!(remark(&targets), None);
    let names: Vec<String> = targets.iter().map(|(it, _)| it.canister_id.to_text()).collect();
    targets[2].1 = ready(Some("cc"), 2_000);
    let one = format!("1 targets have another module than registered: {}", names[2]);
    assert_eq!(remark(&targets), Some(one));
    for (_, note) in &mut targets[..3] {
        *note = ready(Some("cc"), 2_000);
    }
    let three = format!("3 targets have another module than registered: {}", names[..3].join(", "));
    assert_eq!(remark(&targets), Some(three.clone()));
    targets[3].1 = ready(None, 2_000);
    let (_, list) = three.split_once(' ').expect("a number and the rest");
    assert_eq!(remark(&targets), Some(format!("4 {list}, …")));
}

#[test]
fn what_is_not_registered_is_a_remark_beside_others() {
    let (world, mut targets) = world(1);
    let header = &world.journal.plan().header;
    let remark = |targets: &[(BackupTarget, TargetNote)]| {
        let (hash, more) =
            (header.topology_hash_before_quiesce.clone(), Some("one more".to_string()));
        let told = preflight_receipts(header, targets, ROUND, coordinator(), hash, more);
        told.expect("all are ready").topology.message.expect("there is a remark")
    };
    assert_eq!(remark(&targets), "one more");
    targets[0].0.expected_module_hash = Some("aa".to_string());
    let both = remark(&targets);
    assert!(both.starts_with("1 targets have") && both.ends_with("; one more"), "{both}");
}
