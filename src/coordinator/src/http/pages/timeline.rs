//! The claims and receipts of the operations of a page, from the audit trail.
//!
//! The journal has the state and the receipts of an operation; only the trail has the time and the caller of a claim.
//! The trail is in the order of time, so the events of a page are found by bisection and read from there, up to a
//! bound.

use crate::storage::Storage;
use backup_journal::{
    Attempt, ReceiptIndex, RunId, Sequence, Timestamp,
    api::{AuditEvent, AuditEventKind as Kind, ClaimedOperation},
    journal::{ReceiptOutcome, ReceiptRecord},
};
use candid::Principal;
use std::ops::Range;

/// How many events are read; some of them may be of other runs.
const EVENTS: u64 = 400;

/// One attempt at an operation.
pub struct AttemptRecord {
    /// The operation.
    pub sequence: Sequence,
    /// Which attempt it is.
    pub attempt: Attempt,
    /// When it was claimed, and by whom.
    pub claim: Option<(Timestamp, Principal)>,
    /// How it ended.
    pub end: Option<End>,
}

/// How an attempt ended.
pub struct End {
    /// When.
    pub time: Timestamp,
    /// Who said so.
    pub by: Principal,
    /// How.
    pub outcome: ReceiptOutcome,
    /// The receipt that says so.
    pub receipt: ReceiptIndex,
    /// What the receipt says: a name and a text each.
    pub texts: Vec<(&'static str, String)>,
}

/// Attempts in the order in which they were claimed, and so those at one operation in their order.
#[derive(Default)]
pub struct Timeline(Vec<AttemptRecord>);

impl Timeline {
    /// Gathers what the trail says of the operations of a page, which were not touched before `since`. They are over
    /// before an operation at `beyond` or behind it is claimed.
    pub fn gather(
        storage: &Storage,
        run: &RunId,
        since: Timestamp,
        page: Range<Sequence>,
        beyond: Sequence,
    ) -> Self {
        let mut timeline = Self::default();
        let first = storage.first_event_at(since);
        for index in first..storage.audit_length().min(first + EVENTS) {
            let event = storage.audit_event(index);
            if event.run_id.as_ref() == Some(run) && !timeline.add(event, &page, beyond) {
                break;
            }
        }
        timeline
    }

    /// Adds an event. Answers whether events of the page may come behind it.
    fn add(&mut self, event: AuditEvent, page: &Range<Sequence>, beyond: Sequence) -> bool {
        let AuditEvent { time, caller, kind, .. } = event;
        match kind {
            // An operation that is claimed by itself is the first one that is not over.
            Kind::OperationClaimed { sequence, .. } if sequence >= page.end => return false,
            Kind::OperationsClaimed { operations }
                if operations.iter().all(|it| it.sequence >= beyond) =>
            {
                return false;
            }
            Kind::OperationsClaimed { operations } => {
                let shown = operations.into_iter().filter(|it| page.contains(&it.sequence));
                for ClaimedOperation { sequence, attempt } in shown {
                    self.attempt(sequence, attempt).claim = Some((time, caller));
                }
            }
            Kind::OperationClaimed { sequence, attempt } if page.contains(&sequence) => {
                self.attempt(sequence, attempt).claim = Some((time, caller));
            }
            Kind::ReceiptRecorded {
                sequence,
                attempt,
                outcome,
                receipt_index,
                snapshot_id,
                artifact_path,
                checksum,
                failure_reason,
                ..
            } if page.contains(&sequence) => {
                let texts = texts(snapshot_id, artifact_path, checksum, failure_reason);
                let end = End { time, by: caller, outcome, receipt: receipt_index, texts };
                self.attempt(sequence, attempt).end = Some(end);
            }
            _ => {}
        }
        true
    }

    /// Adds a receipt that the events did not tell of.
    pub fn add_receipt(&mut self, record: ReceiptRecord) {
        let ReceiptRecord { index, receipt, recorded_at, recorded_by } = record;
        let attempt = self.attempt(receipt.sequence, receipt.attempt.unwrap_or_default());
        attempt.end.get_or_insert_with(|| End {
            time: recorded_at,
            by: recorded_by,
            outcome: receipt.outcome,
            receipt: index,
            texts: texts(
                receipt.snapshot_id,
                receipt.artifact_path,
                receipt.checksum,
                receipt.failure_reason,
            ),
        });
    }

    /// Whether the timeline has this receipt.
    pub fn has(&self, sequence: Sequence, receipt: ReceiptIndex) -> bool {
        self.of(sequence).filter_map(|it| it.end.as_ref()).any(|end| end.receipt == receipt)
    }

    /// The attempts at an operation.
    pub fn of(&self, sequence: Sequence) -> impl Iterator<Item = &AttemptRecord> {
        self.0.iter().filter(move |it| it.sequence == sequence)
    }

    fn attempt(&mut self, sequence: Sequence, attempt: Attempt) -> &mut AttemptRecord {
        let known = self.0.iter().rposition(|it| it.sequence == sequence && it.attempt == attempt);
        let position = known.unwrap_or_else(|| {
            self.0.push(AttemptRecord { sequence, attempt, claim: None, end: None });
            self.0.len() - 1
        });
        &mut self.0[position]
    }
}

/// The texts of a receipt, with what they are.
fn texts(
    snapshot: Option<String>,
    path: Option<String>,
    checksum: Option<String>,
    reason: Option<String>,
) -> Vec<(&'static str, String)> {
    [("snapshot", snapshot), ("artifact", path), ("checksum", checksum), ("reason", reason)]
        .into_iter()
        .filter_map(|(name, text)| Some((name, text?)))
        .collect()
}
