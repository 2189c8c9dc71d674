//! The rows of a journal, as they follow from its plan: their order, their pairs and their waves.
//!
//! A wave is what may be done side by side in a stage. Waves follow from the plan alone, so every row keeps the number
//! of its wave. Nothing of a wave may be claimed before all of the wave in front of it is over.

use super::{OperationSpec, Stage, Wave};
use crate::{
    Sequence,
    plan::{BackupOperation, BackupOperationKind as Kind, BackupPlan},
};
use candid::Principal;
use std::collections::{BTreeMap, BTreeSet};

/// The rows of a journal of this plan, whose operations are in order.
pub fn rows_of(plan: &BackupPlan) -> Vec<OperationSpec> {
    let row = |operation: &BackupOperation| OperationSpec {
        operation_id: operation.operation_id.clone(),
        kind: operation.kind,
        target: operation.target_canister_id,
        next: None,
        pair: None,
        wave: None,
    };
    let mut rows: Vec<OperationSpec> = plan.phases.iter().map(row).collect();
    let depths: BTreeMap<Principal, u32> =
        plan.targets.iter().map(|target| (target.canister_id, target.depth)).collect();
    link_rows(&mut rows, |target| depths.get(target).copied().unwrap_or_default());
    rows
}

/// Links the rows of a journal: each to the next one of its class, to its pair, and to its wave.
///
/// Two operations are of one wave when no operation of another stage stands between them; in the stages Stop and
/// Start the targets of a wave also have the same `depth`. An operation that a wave has already begins the next one.
///
/// # Panics
/// When there are more rows than sequences.
pub fn link_rows(rows: &mut [OperationSpec], depth: impl Fn(&Principal) -> u32) {
    let (mut next_preflight, mut next_mutating) = (None, None);
    // What rolls a run back is claimed only when it is rolled back, and then out of a list.
    let linked = rows.iter_mut().enumerate().filter(|(_, row)| row.kind != Kind::RollBack);
    for (index, row) in linked.rev() {
        let next = if row.kind.is_preflight() { &mut next_preflight } else { &mut next_mutating };
        row.next = next.replace(sequence(index));
    }
    link_waves(rows, depth);
    link_pairs(rows);
}

fn link_waves(rows: &mut [OperationSpec], depth: impl Fn(&Principal) -> u32) {
    let (mut wave, mut before) = (Wave(0), None);
    let mut seen = BTreeSet::new();
    for row in rows.iter_mut().filter(|row| !row.kind.is_preflight()) {
        let level = match row.kind {
            Kind::Stop | Kind::Start => row.target.map(|target| depth(&target)),
            _ => None,
        };
        let here = (Stage::from(row.kind), level);
        let repeated = seen.contains(&(row.kind, row.target));
        if before.is_some_and(|before| before != here) || repeated {
            wave = wave.next();
            seen.clear();
        }
        seen.insert((row.kind, row.target));
        before = Some(here);
        row.wave = Some(wave);
    }
}

/// Pairs each stop with the first start of its target behind it, each load with what rolls it back, and each download
/// with the first verification behind it in its wave.
fn link_pairs(rows: &mut [OperationSpec]) {
    let mut second: BTreeMap<(Kind, Principal), usize> = BTreeMap::new();
    for index in (0..rows.len()).rev() {
        let OperationSpec { kind, wave, .. } = rows[index];
        let Some(target) = rows[index].target else { continue };
        let wanted = match kind {
            Kind::Start | Kind::RollBack | Kind::VerifyArtifact => {
                second.insert((kind, target), index);
                continue;
            }
            Kind::Stop => Kind::Start,
            Kind::LoadSnapshot => Kind::RollBack,
            Kind::DownloadSnapshot => Kind::VerifyArtifact,
            _ => continue,
        };
        let Some(pair) = second.get(&(wanted, target)).copied() else { continue };
        if kind != Kind::DownloadSnapshot || rows[pair].wave == wave {
            rows[index].pair = Some(sequence(pair));
            rows[pair].pair = Some(sequence(index));
        }
    }
}

fn sequence(index: usize) -> Sequence {
    Sequence(u32::try_from(index).expect("BUG: a journal has more operations than sequences"))
}
