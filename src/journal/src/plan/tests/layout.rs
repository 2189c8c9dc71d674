//! Rows that are computed one by one are those that are listed.

use crate::{
    Sequence,
    fixtures::{canister, plan},
    journal::{DerivedWaves, OperationSpec, Shape, Wave, derived_row, derived_shape, rows_of},
    plan::{
        BackupOperationKind as Kind, BackupPlan, BackupTarget, DerivedLayout, Place, derive_phases,
    },
};

/// Some targets that are listed from the bottom of the fleet up.
fn targets(count: u8) -> Vec<BackupTarget> {
    let model = plan().targets.remove(0);
    let target = |number: u8| BackupTarget {
        canister_id: canister(number),
        depth: u32::from(count - number),
        ..model.clone()
    };
    (1..=count).map(target).collect()
}

#[test]
fn a_computed_row_is_the_listed_row() {
    for count in 0..5 {
        let targets = targets(count);
        let plan = BackupPlan { phases: derive_phases(&targets), targets, ..plan() };
        let listed = rows_of(&plan);
        let layout = DerivedLayout::new(u32::from(count));
        let computed: Vec<OperationSpec> = listed
            .iter()
            .zip(0..)
            .map(|(row, sequence)| {
                derived_row(layout, Sequence(sequence), row.kind, row.target, row.wave)
            })
            .collect();
        assert_eq!(computed, listed, "{count} targets");
        assert_eq!(derived_shape(layout), Shape::of(&listed), "{count} targets");
        assert_eq!(layout.operations() as usize, listed.len());
        assert_eq!(layout.at(Sequence(layout.operations())), None);
    }
}

/// In a fleet of three levels, whose lowest has two canisters.
#[test]
fn the_waves_of_a_derived_plan_follow_from_those_of_its_stops() {
    let mut targets = targets(4);
    targets[0].depth = targets[1].depth;
    let plan = BackupPlan { phases: derive_phases(&targets), targets, ..plan() };
    let rows = rows_of(&plan);
    let stop_of = |row: &OperationSpec| {
        rows.iter().find(|stop| stop.kind == Kind::Stop && stop.target == row.target)?.wave
    };
    let last = rows.iter().rfind(|row| row.kind == Kind::Stop).and_then(|row| row.wave);
    let waves = DerivedWaves::after(last.expect("a stop belongs to a wave"));
    assert_eq!(last, Some(Wave(2)));
    for row in &rows {
        let expected = match row.kind {
            Kind::Stop => row.wave,
            Kind::CreateSnapshot => Some(waves.snapshots()),
            Kind::Start => stop_of(row).map(|stop| waves.start(stop)),
            Kind::DownloadSnapshot | Kind::VerifyArtifact => Some(waves.transfers()),
            Kind::FinalizeManifest => Some(waves.finalize()),
            _ => None,
        };
        assert_eq!(row.wave, expected, "{}", row.operation_id);
    }
}

#[test]
fn ranks_count_from_the_top_of_the_fleet() {
    let targets = targets(3);
    let layout = DerivedLayout::new(3);
    for (operation, sequence) in derive_phases(&targets).into_iter().zip(0..) {
        let (kind, place) = layout.at(Sequence(sequence)).expect("there is such a row");
        assert_eq!(kind, operation.kind);
        let target = match place {
            Place::Run => None,
            Place::TopDown(rank) => Some(targets[2 - rank as usize].canister_id),
            Place::Listed(position) => Some(targets[position as usize].canister_id),
        };
        assert_eq!(target, operation.target_canister_id, "operation {sequence}");
    }
}

#[test]
fn stages_follow_one_another_without_gaps() {
    let layout = DerivedLayout::new(2);
    let ends: Vec<u32> = (0..15).map(|at| layout.stage_end(Sequence(at)).0).collect();
    assert_eq!(ends, [4, 4, 4, 4, 6, 6, 8, 8, 10, 10, 14, 14, 14, 14, 15]);
}
