//! The rows of a journal whose plan was derived from its targets.

use super::{OperationSpec, Shape};
use crate::{
    Sequence,
    plan::{BackupOperationKind, DerivedLayout, PREFLIGHT_ROWS, operation_id},
};
use candid::Principal;

/// The row at `sequence` of a derived layout, which is of `kind` and about `target`.
pub fn derived_row(
    layout: DerivedLayout,
    sequence: Sequence,
    kind: BackupOperationKind,
    target: Option<Principal>,
) -> OperationSpec {
    let last_of_class = [PREFLIGHT_ROWS, layout.operations()].contains(&(sequence.0 + 1));
    OperationSpec {
        operation_id: operation_id(kind, target),
        kind,
        target,
        next: (!last_of_class).then(|| sequence.next()),
    }
}

/// The shape of a journal with a derived layout.
pub const fn derived_shape(layout: DerivedLayout) -> Shape {
    Shape {
        operations: layout.operations(),
        preflight_operations: PREFLIGHT_ROWS,
        starts: layout.targets(),
        first_preflight: Some(Sequence(0)),
        first_mutating: Some(Sequence(PREFLIGHT_ROWS)),
    }
}
