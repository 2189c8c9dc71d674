//! Random runs: calls of all kinds in any order.

use super::model::{
    is_over,
    pair::Pair,
    plans::{any_plan, fleet},
    steps::steps,
};
use crate::{
    journal::{Journal, Operation},
    plan::BackupOperationKind as Kind,
};
use candid::Principal;
use proptest::prelude::*;

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn a_journal_agrees_with_a_plain_list(plan in any_plan(), steps in steps()) {
        let mut pair = Pair::new(plan);
        for (elapsed, step) in steps {
            pair.now.0 += elapsed;
            step.take(&mut pair);
        }
    }

    /// Said by what the operations do, and not by waves.
    #[test]
    fn nothing_is_claimed_before_its_barrier_is_over(plan in fleet(), steps in steps()) {
        let mut pair = Pair::new(plan);
        for (elapsed, step) in steps {
            pair.now.0 += elapsed;
            let before = pair.journal.clone();
            step.take(&mut pair);
            assert_claims_in_order(&before, &pair.journal);
        }
    }
}

/// Whatever was claimed since had nothing to wait for.
fn assert_claims_in_order(before: &Journal, after: &Journal) {
    let (before, rows) = (before.operations(), after.operations());
    let claimed = before.iter().zip(&rows).filter(|(before, after)| before.attempt < after.attempt);
    for (_, row) in claimed {
        let waits_for = |other: &&Operation| waits_for(after, row, other);
        let open = rows.iter().filter(waits_for).find(|other| !is_over(other.state));
        assert_eq!(open, None, "{row:?} was claimed too early");
    }
}

/// Whether an operation may not be claimed before another one is over.
fn waits_for(journal: &Journal, row: &Operation, other: &Operation) -> bool {
    let aborted = journal.resume_summary().abort.is_some();
    match (row.kind, other.kind) {
        (Kind::Stop, Kind::Stop) => is_parent(journal, other, row),
        (Kind::Start, Kind::Start) => is_parent(journal, row, other),
        (Kind::VerifyArtifact, Kind::DownloadSnapshot) => {
            row.target_canister_id == other.target_canister_id
        }
        // An aborted run starts what it can.
        (Kind::Start, _) if aborted => false,
        (row, other) => stage(other) < stage(row),
    }
}

fn is_parent(journal: &Journal, parent: &Operation, child: &Operation) -> bool {
    let of = |target: Option<Principal>| {
        let mut targets = journal.plan().targets.iter();
        targets.find(|it| Some(it.canister_id) == target)?.parent_canister_id
    };
    of(child.target_canister_id) == parent.target_canister_id
}

const fn stage(kind: Kind) -> u8 {
    match kind {
        Kind::Stop => 1,
        Kind::CreateSnapshot => 2,
        Kind::Start => 3,
        Kind::DownloadSnapshot | Kind::VerifyArtifact => 4,
        Kind::FinalizeManifest => 5,
        _ => 0,
    }
}
