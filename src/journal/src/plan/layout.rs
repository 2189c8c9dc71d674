//! Which operation stands where in a plan whose operations follow from its targets.

use super::BackupOperationKind as Kind;
use crate::Sequence;
use candid::Principal;

/// The order of operations over a number of targets: the four checks, then stop and snapshot from the top
/// of the fleet down, start from the bottom up, download and verify target by target, and finalize.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub struct DerivedLayout {
    targets: u32,
}

/// Which target an operation of a derived plan is about.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum Place {
    /// None: it is about the whole run.
    Run,
    /// The one with this rank, counting from the top of the fleet (by depth, then by the text of the id).
    TopDown(u32),
    /// The one at this position of the plan's list.
    Listed(u32),
}

/// The four checks come first.
pub(crate) const PREFLIGHT_ROWS: u32 = 4;
const PREFLIGHT: [Kind; PREFLIGHT_ROWS as usize] = [
    Kind::ValidateTopology,
    Kind::ValidateControlAuthority,
    Kind::ValidateSnapshotReadAuthority,
    Kind::ValidateQuiescencePolicy,
];

impl DerivedLayout {
    /// How many operations are about no target: the four checks and the manifest.
    const RUN_WIDE: u32 = 5;
    /// How many operations each target has.
    const PER_TARGET: u32 = 5;

    /// The layout for this many targets; [`crate::limits`] keeps the number far below an overflow.
    pub const fn new(targets: u32) -> Self {
        Self { targets }
    }

    /// How many targets there are.
    pub const fn targets(self) -> u32 {
        self.targets
    }

    /// How many operations there are.
    pub const fn operations(self) -> u32 {
        Self::RUN_WIDE + Self::PER_TARGET * self.targets
    }

    /// What the operation does and to whom; none past the end.
    pub fn at(self, sequence: Sequence) -> Option<(Kind, Place)> {
        if let Some(kind) = PREFLIGHT.get(sequence.index()) {
            return Some((*kind, Place::Run));
        }
        let row = sequence.0 - PREFLIGHT_ROWS;
        let (stage, rank) =
            row.checked_div(self.targets).map_or((5, 0), |s| (s, row % self.targets));
        match stage {
            0 => Some((Kind::Stop, Place::TopDown(rank))),
            1 => Some((Kind::CreateSnapshot, Place::TopDown(rank))),
            2 => Some((Kind::Start, Place::TopDown(self.targets - 1 - rank))),
            3 | 4 => {
                let transfer = row - 3 * self.targets;
                let kinds = [Kind::DownloadSnapshot, Kind::VerifyArtifact];
                Some((kinds[(transfer % 2) as usize], Place::Listed(transfer / 2)))
            }
            _ if sequence.0 + 1 == self.operations() => Some((Kind::FinalizeManifest, Place::Run)),
            _ => None,
        }
    }

    /// The operation on the same target that belongs to the one at `sequence`: stop and start, download and
    /// verification; none for any other.
    pub fn pair(self, sequence: Sequence) -> Option<Sequence> {
        let (kind, _) = self.at(sequence)?;
        Some(match kind {
            // Starts come in the opposite order of stops, with as many snapshots between them as there are targets.
            Kind::Stop | Kind::Start => {
                Sequence(2 * PREFLIGHT_ROWS + 3 * self.targets - 1 - sequence.0)
            }
            Kind::DownloadSnapshot => sequence.next(),
            Kind::VerifyArtifact => Sequence(sequence.0 - 1),
            _ => return None,
        })
    }

    /// Where the stage of `sequence` ends: the first sequence of the next one, or the end.
    pub fn stage_end(self, sequence: Sequence) -> Sequence {
        let ends = [0, 1, 2, 3, 5].map(|stages| PREFLIGHT_ROWS + stages * self.targets);
        let end = ends.into_iter().find(|end| sequence.0 < *end);
        Sequence(end.unwrap_or_else(|| self.operations()))
    }
}

/// The id of an operation of a derived plan, for instance `stop-<canister>`.
pub(crate) fn operation_id(kind: Kind, target: Option<Principal>) -> String {
    let verb = match kind {
        Kind::CreateSnapshot => "snapshot",
        Kind::DownloadSnapshot => "download",
        Kind::VerifyArtifact => "verify",
        other => other.name(),
    };
    target.map_or_else(|| verb.to_string(), |id| format!("{verb}-{id}"))
}
