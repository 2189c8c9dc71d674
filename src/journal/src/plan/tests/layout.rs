//! Rows that are computed one by one are those that are listed.

use crate::{
    Sequence,
    fixtures::{canister, plan},
    journal::{OperationSpec, Shape, derived_row, derived_shape, rows_of},
    plan::{BackupPlan, BackupTarget, DerivedLayout, Place, derive_phases},
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
