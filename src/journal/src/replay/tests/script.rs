//! A log under construction, in the words of the fixtures.

use crate::{
    Attempt, ReceiptIndex, RunId, Sequence, Timestamp,
    api::{AuditEvent, AuditEventKind as Kind, ClaimedOperation},
    block::{Entry, Payload},
    fixtures::{operator, plan, receipts, seconds},
    journal::ReceiptOutcome,
    preflight::PreflightReceipts,
    replay::{Reason, Replay, ReplayError},
};

/// A log whose entries are a second apart.
#[derive(Clone, Default)]
pub(super) struct Log(pub(super) Vec<Entry>);

impl Log {
    /// Appends what happened to `run-1`.
    pub(super) fn run(mut self, kind: Kind, payload: Option<Payload>) -> Self {
        self.push(Some("run-1".into()), kind, payload);
        self
    }

    /// Appends what happened to the coordinator.
    pub(super) fn coordinator(mut self, kind: Kind, payload: Option<Payload>) -> Self {
        self.push(None, kind, payload);
        self
    }

    fn push(&mut self, run_id: Option<RunId>, kind: Kind, payload: Option<Payload>) {
        let index = self.0.len() as u64;
        let event = AuditEvent { index, time: self.now(), caller: operator(), run_id, kind };
        self.0.push(Entry { event, payload });
    }

    /// When the next entry happens: from second 10 on, as the receipts of the fixtures count from there.
    pub(super) fn now(&self) -> Timestamp {
        seconds(10 + self.0.len() as u64 / 4)
    }

    /// A journal of the plan of the fixtures.
    pub(super) fn created() -> Self {
        let plan = plan();
        let plan_id = plan.header.plan_id.clone();
        let kind = Kind::JournalCreated {
            plan_id,
            targets: 2,
            operations: 15,
            rules: crate::Rules::CURRENT,
        };
        Self::default().run(kind, Some(Payload::Plan(plan)))
    }

    /// As above, with its preflight accepted.
    pub(super) fn accepted() -> Self {
        let receipts = receipts();
        let kind = Kind::PreflightReceiptsAccepted {
            preflight_id: receipts.preflight_id.clone(),
            window: receipts.window(),
        };
        Self::created().run(kind, Some(Payload::Receipts(receipts)))
    }

    /// As above, with its receipts in a batch for each target.
    pub(super) fn accepted_in_batches() -> Self {
        let batches = receipts().batches(1);
        batches.iter().fold(Self::created(), |log, (start, batch)| log.append(*start, 1, batch))
    }

    pub(super) fn append(self, start: u32, count: u32, batch: &PreflightReceipts) -> Self {
        let kind = Kind::PreflightReceiptsAppended {
            preflight_id: batch.preflight_id.clone(),
            window: batch.window(),
            start,
            count,
        };
        self.run(kind, Some(Payload::Receipts(batch.clone())))
    }

    /// A draft of the plan of the fixtures with both targets, in two batches.
    pub(super) fn drafted() -> Self {
        let plan = plan();
        let begun =
            Kind::DraftBegun { plan_id: plan.header.plan_id.clone(), rules: crate::Rules::CURRENT };
        let mut log = Self::default().run(begun, Some(Payload::Header(plan.header)));
        for (start, target) in (0..).zip(plan.targets) {
            let batch = Some(Payload::Targets(vec![target]));
            log = log.run(Kind::DraftTargetsAppended { start, count: 1 }, batch);
        }
        log
    }

    pub(super) fn sealed() -> Self {
        let plan_id = plan().header.plan_id;
        Self::drafted().run(Kind::DraftSealed { plan_id, targets: 2, operations: 15 }, None)
    }

    pub(super) fn claim(self, sequence: u32, attempt: u32) -> Self {
        let (sequence, attempt) = (Sequence(sequence), Attempt(attempt));
        self.run(Kind::OperationClaimed { sequence, attempt }, None)
    }

    /// Operations of a wave, each with its attempt.
    pub(super) fn claim_wave(self, operations: &[(u32, u32)]) -> Self {
        let claimed = |(sequence, attempt): &(u32, u32)| ClaimedOperation {
            sequence: Sequence(*sequence),
            attempt: Attempt(*attempt),
        };
        let operations = operations.iter().map(claimed).collect();
        self.run(Kind::OperationsClaimed { operations }, None)
    }

    pub(super) fn abort(self) -> Self {
        self.run(Kind::RunAborted { reason: "the driver died".to_string() }, None)
    }

    pub(super) fn report(
        self,
        sequence: u32,
        attempt: u32,
        index: u32,
        outcome: ReceiptOutcome,
    ) -> Self {
        self.run(report(sequence, attempt, index, outcome), None)
    }

    pub(super) fn replay(&self) -> Replay {
        Replay::of(&self.0).expect("the log is in order")
    }

    /// The refusal of the last entry.
    pub(super) fn refusal(&self) -> Reason {
        let ReplayError { index, reason, .. } = Replay::of(&self.0).expect_err("it is accepted");
        assert_eq!(index, self.0.len() as u64 - 1, "{reason}");
        reason
    }
}

/// A receipt that says all that any kind demands.
pub(super) fn report(sequence: u32, attempt: u32, index: u32, outcome: ReceiptOutcome) -> Kind {
    let failed = outcome == ReceiptOutcome::Failed;
    Kind::ReceiptRecorded {
        sequence: Sequence(sequence),
        attempt: Attempt(attempt),
        outcome,
        receipt_index: ReceiptIndex(index),
        preflight_id: Some("preflight-1".into()),
        snapshot_id: Some("snapshot".to_string()),
        artifact_path: Some("/backups/snapshot".to_string()),
        checksum: Some("c0ffee".to_string()),
        performed_at: None,
        failure_reason: failed.then(|| "out of cycles".to_string()),
    }
}
