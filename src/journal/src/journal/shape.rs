//! How many rows of which class a journal has.

use super::OperationSpec;
use crate::{Sequence, plan::BackupOperationKind};

/// How many rows of which class a journal has.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub struct Shape {
    /// All rows.
    pub operations: u32,
    /// Preflight rows.
    pub preflight_operations: u32,
    /// Rows that start a target.
    pub starts: u32,
    /// Rows that roll a target back.
    pub roll_backs: u32,
    /// The first preflight row.
    pub first_preflight: Option<Sequence>,
    /// The first other row.
    pub first_mutating: Option<Sequence>,
}

impl Shape {
    /// The shape of a journal with these rows.
    ///
    /// # Panics
    /// When there are more rows than sequences.
    pub fn of(rows: &[OperationSpec]) -> Self {
        let count = |wanted: fn(BackupOperationKind) -> bool| {
            let found = rows.iter().filter(|row| wanted(row.kind)).count();
            u32::try_from(found).expect("BUG: a journal has more operations than sequences")
        };
        let first = |preflight: bool| {
            (0..)
                .zip(rows)
                .find(|(_, row)| row.kind.is_preflight() == preflight)
                .map(|(sequence, _)| Sequence(sequence))
        };
        Self {
            operations: count(|_| true),
            preflight_operations: count(BackupOperationKind::is_preflight),
            starts: count(|kind| kind == BackupOperationKind::Start),
            roll_backs: count(|kind| kind == BackupOperationKind::RollBack),
            first_preflight: first(true),
            first_mutating: first(false),
        }
    }
}
