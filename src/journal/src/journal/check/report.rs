//! What a check finds.

use crate::{ReceiptIndex, Sequence, journal::Tally};
use candid::{CandidType, Principal};
use serde::{Deserialize, Serialize};

/// What a check of some records has found.
#[derive(CandidType, Clone, Debug, Default, Deserialize, Eq, PartialEq, Serialize)]
pub struct JournalCheck {
    /// How many records were checked.
    pub checked: u32,
    /// Where to go on; none at the end of the journal.
    pub next: Option<u64>,
    /// The states of the rows that were checked.
    pub tally: Tally,
    /// Stops among them that are Completed.
    pub stops_completed: u32,
    /// Starts among them that are neither Completed nor Skipped.
    pub starts_open: u32,
    /// How many of the rows have to be in a list of what was begun and is not over.
    pub listed: u32,
    /// Targets that were checked and are owed a start.
    pub starts_owed: u32,
    /// Targets that were checked and have a snapshot.
    pub targets_with_snapshot: u32,
    /// Targets that were checked and have a verified download.
    pub targets_verified: u32,
    /// What does not hold.
    pub violations: Vec<Violation>,
}

/// An invariant that a stored journal breaks.
#[derive(CandidType, Clone, Debug, Deserialize, Eq, PartialEq, Serialize)]
pub enum Violation {
    /// The tally of the header does not add up to the number of operations.
    TallyTotal,
    /// The cursor points past the end or at a row that is not Ready, Pending or Failed.
    Cursor,
    /// The header counts more owed starts than targets, or the pages disagree with the counters.
    RestartCounters,
    /// The header counts more targets with a snapshot than there are, or more with a verified download than with
    /// a snapshot.
    ArtifactCounters,
    /// A row is Ready, Pending or Failed although the cursor is past it.
    BehindCursor {
        /// The row.
        sequence: Sequence,
    },
    /// A row was begun and is not over, but is not in the list of such rows.
    NotListed {
        /// The row.
        sequence: Sequence,
    },
    /// A row was claimed although the header says that neither it nor any behind it ever was.
    BeyondFrontier {
        /// The row.
        sequence: Sequence,
    },
    /// A row is missing.
    MissingSequence {
        /// The row.
        sequence: Sequence,
    },
    /// A row has no operation id, was touched and never claimed, or moved at a time that the run has not reached.
    Row {
        /// The row.
        sequence: Sequence,
    },
    /// A mutating row has moved before preflight was accepted.
    MutationBeforePreflight {
        /// The row.
        sequence: Sequence,
    },
    /// The latest receipt of a row is missing, is about another row, or does not fit its state.
    Receipt {
        /// The row.
        sequence: Sequence,
    },
    /// A receipt is missing.
    MissingReceipt {
        /// The receipt.
        receipt_index: ReceiptIndex,
    },
    /// A receipt would be refused: it is about another run or row, lacks what its kind demands, or names an
    /// attempt or a time that cannot be.
    StoredReceipt {
        /// The receipt.
        receipt_index: ReceiptIndex,
    },
    /// A target is missing.
    MissingTarget {
        /// Its position in the plan.
        position: u32,
    },
    /// What the run has of a target, or owes to it, cannot be.
    Target {
        /// The target.
        canister_id: Principal,
    },
    /// There are records of a kind that belong to nothing, or some are missing.
    StoredCount {
        /// The kind, for instance `receipts`.
        of: String,
        /// How many there must be; at most so many of artifacts.
        expected: u64,
        /// How many there are.
        stored: u64,
    },
    /// An index over all runs does not tell what this run says.
    Index {
        /// The index, for instance `claims`.
        of: String,
    },
}
