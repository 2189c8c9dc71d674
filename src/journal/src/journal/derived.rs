//! The rows of a journal whose plan was derived from its targets.

use super::{OperationSpec, Shape};
use crate::{
    Sequence,
    plan::{BackupOperationKind, DerivedLayout, PREFLIGHT_ROWS, operation_id},
};
use candid::Principal;

impl DerivedLayout {
    /// The row at `sequence`, which is of `kind` and about `target`.
    pub fn row(
        self,
        sequence: Sequence,
        kind: BackupOperationKind,
        target: Option<Principal>,
    ) -> OperationSpec {
        let last_of_class = sequence.0 + 1 == PREFLIGHT_ROWS || sequence.0 + 1 == self.operations();
        OperationSpec {
            operation_id: operation_id(kind, target),
            kind,
            target,
            next: (!last_of_class).then(|| sequence.next()),
        }
    }

    /// The shape of a journal with this layout.
    pub const fn shape(self) -> Shape {
        Shape {
            operations: self.operations(),
            preflight_operations: PREFLIGHT_ROWS,
            starts: self.targets,
            first_preflight: Some(Sequence(0)),
            first_mutating: Some(Sequence(PREFLIGHT_ROWS)),
        }
    }
}
