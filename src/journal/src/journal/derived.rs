//! The rows of a journal whose plan was derived from its targets.

use super::{OperationSpec, Shape, Wave};
use crate::{
    Sequence,
    plan::{BackupOperationKind, DerivedLayout, PREFLIGHT_ROWS, operation_id},
};
use candid::Principal;

/// The row at `sequence` of a derived layout, which is of `kind` and about `target`, in this wave.
pub fn derived_row(
    layout: DerivedLayout,
    sequence: Sequence,
    kind: BackupOperationKind,
    target: Option<Principal>,
    wave: Option<Wave>,
) -> OperationSpec {
    let last_of_class = [PREFLIGHT_ROWS, layout.operations()].contains(&(sequence.0 + 1));
    OperationSpec {
        operation_id: operation_id(kind, target),
        kind,
        target,
        next: (!last_of_class).then(|| sequence.next()),
        pair: layout.pair(sequence),
        wave,
    }
}

/// The waves of a derived layout, as they follow from the waves of its stops.
///
/// Targets are stopped from the top of the fleet down, in a wave for each depth, and started in the opposite order.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub struct DerivedWaves {
    stops: u32,
}

impl DerivedWaves {
    /// The waves of a layout whose last target is stopped in this wave.
    pub const fn after(last_stop: Wave) -> Self {
        Self { stops: last_stop.next().0 }
    }

    /// The wave in which all snapshots are taken.
    pub const fn snapshots(self) -> Wave {
        Wave(self.stops)
    }

    /// The wave in which a target is started that is stopped in the wave `stop`.
    pub const fn start(self, stop: Wave) -> Wave {
        Wave(2 * self.stops - stop.0)
    }

    /// The wave in which all snapshots are downloaded and verified.
    pub const fn transfers(self) -> Wave {
        Wave(2 * self.stops + 1)
    }

    /// The wave of the manifest.
    pub const fn finalize(self) -> Wave {
        self.transfers().next()
    }
}

/// The shape of a journal with a derived layout.
pub const fn derived_shape(layout: DerivedLayout) -> Shape {
    Shape {
        operations: layout.operations(),
        preflight_operations: PREFLIGHT_ROWS,
        starts: layout.targets(),
        roll_backs: 0,
        first_preflight: Some(Sequence(0)),
        first_mutating: Some(Sequence(PREFLIGHT_ROWS)),
    }
}
