//! A journal of ours and one of the reference, moved by the same calls.
//!
//! [`Theirs`] is the reference with the departures of the design built around it: what it answers is what
//! we must answer.

use crate::{
    batches, bundles, convert,
    errors::{journal_error, preflight_error, state},
    plans::{STRANGER, canister},
};
use backup_journal::{
    Attempt, PreflightId, ReceiptIndex, Rules, Sequence, Timestamp,
    journal::{
        AcceptedPreflight, Journal, JournalError, OperationReceipt, OperationState, OwedStart,
        ReceiptOutcome, ReceiptRecord, RunOutcome, StopOutcome, accept_preflight_bundle,
        retry_failed_operation,
    },
    plan::{BackupOperationKind, BackupPlan},
    preflight::{PreflightReceipts, ValidityWindow},
};
use candid::Principal;
use canic_backup::{
    execution::{BackupExecutionJournal, BackupExecutionJournalError},
    plan as reference,
};
use std::collections::BTreeMap;

/// How many targets there are, have a snapshot, and have a verified download.
pub struct Saved {
    pub targets: usize,
    pub snapshots: usize,
    pub verified: usize,
}

impl Saved {
    pub fn outcome(&self) -> RunOutcome {
        match self {
            Self { targets, verified, .. } if verified == targets => RunOutcome::Complete,
            Self { targets, snapshots, .. } if snapshots == targets => RunOutcome::OnNetwork,
            Self { snapshots: 0, .. } => RunOutcome::Nothing,
            Self { .. } => RunOutcome::Partial,
        }
    }
}

/// One transition.
#[derive(Clone, Debug)]
pub enum Call {
    Bundle(PreflightId),
    Receipts(PreflightReceipts),
    ClaimNext,
    Claim(Sequence),
    Receipt(OperationReceipt),
    Retry(Sequence),
}

/// Applies `call` to our journal.
pub fn apply(ours: &mut Journal, call: &Call, now: Timestamp) -> Result<(), JournalError> {
    match call {
        Call::Bundle(id) => ours.change(|it| accept_preflight_bundle(it, id, now)),
        Call::Receipts(receipts) => batches::accept(ours, receipts, now),
        Call::ClaimNext => ours.mark_next_operation_pending(now),
        Call::Claim(sequence) => ours.mark_operation_pending(*sequence, now),
        Call::Receipt(receipt) => {
            ours.record_operation_receipt(receipt.clone(), canister(STRANGER), now)
        }
        Call::Retry(sequence) => ours.change(|it| retry_failed_operation(it, *sequence, now)),
    }
}

/// The reference's plan and journal, and what it does not keep.
#[derive(Clone, Debug)]
pub struct Theirs {
    /// The rules of our journal: departures 10 to 12 are part of the second ones only.
    pub rules: Rules,
    pub plan: reference::BackupPlan,
    pub journal: BackupExecutionJournal,
    pub preflight: Option<AcceptedPreflight>,
    pub mutation_begun: bool,
    /// How often each operation was claimed.
    pub claims: Vec<Attempt>,
    /// Departure 7: what is owed to each target since its stop was claimed.
    pub owed: BTreeMap<Principal, OwedStart>,
    /// Every receipt as we are to keep it.
    pub records: Vec<ReceiptRecord>,
    pub created_at: Timestamp,
    pub updated_at: Timestamp,
}

impl Theirs {
    pub fn new(ours: &BackupPlan, rules: Rules, now: Timestamp) -> Self {
        let plan = convert::plan(ours);
        let journal = BackupExecutionJournal::from_plan(&plan)
            .expect("the reference opens a journal for a plan that we call valid");
        Self {
            claims: vec![Attempt(0); journal.operations.len()],
            owed: BTreeMap::new(),
            rules,
            plan,
            journal,
            preflight: None,
            mutation_begun: false,
            records: Vec::new(),
            created_at: now,
            updated_at: now,
        }
    }

    /// What becomes of the reference by `call`, or why we are to refuse it.
    ///
    /// Departure 1: every call goes to a clone, which the caller keeps only when it was accepted.
    pub fn call(&self, call: &Call, now: Timestamp) -> Result<Self, JournalError> {
        let mut next = self.clone();
        let stamp = convert::marker(now);
        match call {
            Call::Bundle(id) => next.accept(id, None, now)?,
            Call::Receipts(receipts) => next.accept_receipts(receipts, now)?,
            Call::ClaimNext => {
                let at = next.journal.next_ready_operation().map(|operation| operation.sequence);
                let result = next.journal.mark_next_operation_pending_at(Some(stamp));
                next.translate(result)?;
                next.claimed(at.expect("something was claimed"), now)?;
            }
            Call::Claim(sequence) => {
                let result = next.journal.mark_operation_pending_at(sequence.index(), Some(stamp));
                next.translate(result)?;
                next.claimed(sequence.index(), now)?;
            }
            Call::Receipt(receipt) => next.record(self, receipt, now)?,
            Call::Retry(sequence) => {
                let result = next.journal.retry_failed_operation_at(sequence.index(), Some(stamp));
                next.translate(result)?;
            }
        }
        next.updated_at = now;
        Ok(next)
    }

    fn translate<T>(
        &self,
        result: Result<T, BackupExecutionJournalError>,
    ) -> Result<T, JournalError> {
        result.map_err(|error| {
            journal_error(&error, &self.journal)
                .unwrap_or_else(|| panic!("the reference refused with {error:?}"))
        })
    }

    fn accept_receipts(
        &mut self,
        receipts: &PreflightReceipts,
        now: Timestamp,
    ) -> Result<(), JournalError> {
        let theirs = bundles::to_reference(receipts);
        let applied = self.plan.apply_execution_preflight_receipts(&theirs, &convert::marker(now));
        applied.map_err(|error| {
            preflight_error(&error)
                .unwrap_or_else(|| panic!("the reference refused with {error:?}"))
        })?;
        // Departure 11: the receipt that expires first counts.
        let first = expiries(receipts).min().expect("the bundle has a window");
        let counts_until = (self.rules >= Rules::V2).then_some(first);
        self.accept(&receipts.preflight_id, Some((receipts.window(), counts_until)), now)
    }

    fn accept(
        &mut self,
        id: &PreflightId,
        evidence: Option<(ValidityWindow, Option<Timestamp>)>,
        now: Timestamp,
    ) -> Result<(), JournalError> {
        let known = self.preflight.as_ref().filter(|known| known.preflight_id == *id);
        // Departure 5: what has expired before anything mutating began makes room for another one.
        // Departure 11: but not for an id without receipts.
        let as_strong = evidence.is_some() || self.rules < Rules::V2;
        let replaces = as_strong && known.is_none();
        let (window, counts_until) = match evidence {
            Some((window, counts_until)) => (Some(window), counts_until),
            None => known.map_or((None, None), |known| (known.window, known.counts_until)),
        };
        if self.has_expired(now) && !self.mutation_begun && replaces {
            self.journal.preflight_id = None;
        }
        let result =
            self.journal.accept_preflight_bundle_at(id.to_string(), Some(convert::marker(now)));
        self.translate(result)?;
        let preflight_id = id.clone();
        self.preflight =
            Some(AcceptedPreflight { preflight_id, accepted_at: now, window, counts_until });
        Ok(())
    }

    fn expires_at(&self) -> Option<Timestamp> {
        let accepted = self.preflight.as_ref()?;
        accepted.counts_until.or(accepted.window.map(|window| window.expires_at))
    }

    pub fn has_expired(&self, now: Timestamp) -> bool {
        self.expires_at().is_some_and(|expires_at| expires_at <= now)
    }

    fn claimed(&mut self, at: usize, now: Timestamp) -> Result<(), JournalError> {
        let mutating = at_work(&self.journal.operations[at].kind);
        // Departure 5: nothing is begun on a preflight that has expired.
        if let (Some(AcceptedPreflight { preflight_id, .. }), Some(expires_at)) =
            (&self.preflight, self.expires_at())
            && mutating
            && !self.mutation_begun
            && self.has_expired(now)
        {
            return Err(JournalError::PreflightExpired {
                preflight_id: preflight_id.clone(),
                expires_at,
                now,
            });
        }
        self.mutation_begun |= mutating;
        self.claims[at] = self.claims[at].next();
        self.owe_from_claim(at, now);
        Ok(())
    }

    /// `before` is this journal as it was, since the reference books first and checks itself after.
    fn record(
        &mut self,
        before: &Self,
        receipt: &OperationReceipt,
        now: Timestamp,
    ) -> Result<(), JournalError> {
        // Departure 2: the time of a receipt is the network's.
        let result = self.journal.record_operation_receipt(convert::receipt(receipt, now));
        let result = before.translate(result);
        let result = before.consider_attempt(receipt, result);
        result?;
        self.owe_from_receipt(receipt, now);
        let current = self.claims[receipt.sequence.index()];
        self.records.push(ReceiptRecord {
            index: ReceiptIndex(u32::try_from(self.records.len()).expect("few receipts")),
            receipt: OperationReceipt { attempt: Some(current), ..receipt.clone() },
            recorded_at: now,
            recorded_by: canister(STRANGER),
        });
        Ok(())
    }

    /// Departure 7: a stop that was claimed may have happened.
    fn owe_from_claim(&mut self, at: usize, now: Timestamp) {
        let operation = &self.plan.phases[at];
        if operation.kind == reference::BackupOperationKind::Stop
            && let Some(target) = &operation.target_canister_id
        {
            let target = Principal::from_text(target).expect("it was converted from one");
            let unknown =
                OwedStart { since: now, stop: StopOutcome::Unknown, start_skipped: false };
            self.owed.entry(target).or_insert(unknown);
        }
    }

    /// Departure 7: only a completed start says that a target runs.
    fn owe_from_receipt(&mut self, receipt: &OperationReceipt, now: Timestamp) {
        let Some(target) = receipt.target_canister_id else { return };
        match (receipt.kind, receipt.outcome) {
            (BackupOperationKind::Stop, ReceiptOutcome::Completed) => {
                let known = self.owed.get(&target).map(|owed| owed.stop);
                if known != Some(StopOutcome::Stopped) {
                    let stop = StopOutcome::Stopped;
                    let owed = OwedStart { since: now, stop, start_skipped: false };
                    self.owed.insert(target, owed);
                }
            }
            (BackupOperationKind::Start, ReceiptOutcome::Completed) => {
                self.owed.remove(&target);
            }
            (BackupOperationKind::Start, ReceiptOutcome::Skipped) => {
                if let Some(owed) = self.owed.get_mut(&target) {
                    owed.start_skipped = true;
                }
            }
            _ => {}
        }
    }

    /// Departure 9: what the run has saved, as its receipts say.
    pub fn saved(&self) -> Saved {
        let mut artifacts: BTreeMap<Principal, [bool; 3]> = BTreeMap::new();
        for ReceiptRecord { receipt, .. } in &self.records {
            let Some(target) = receipt.target_canister_id else { continue };
            if receipt.outcome != ReceiptOutcome::Completed {
                continue;
            }
            let artifact = artifacts.entry(target).or_default();
            match receipt.kind {
                BackupOperationKind::CreateSnapshot => *artifact = [true, false, false],
                BackupOperationKind::DownloadSnapshot => artifact[1] = true,
                BackupOperationKind::VerifyArtifact => artifact[2] = true,
                _ => {}
            }
        }
        let snapshots = artifacts.values().filter(|artifact| artifact[0]).count();
        let verified = artifacts.values().filter(|artifact| **artifact == [true; 3]).count();
        Saved { targets: self.plan.targets.len(), snapshots, verified }
    }

    /// Departure 4: which attempt a receipt is about is asked where the reference asks whether the
    /// operation is pending, so after all that can be wrong with the receipt alone.
    fn consider_attempt(
        &self,
        receipt: &OperationReceipt,
        result: Result<(), JournalError>,
    ) -> Result<(), JournalError> {
        let fits_otherwise = matches!(
            result,
            Ok(())
                | Err(JournalError::ReceiptWithoutPendingOperation { .. }
                    | JournalError::ReasonWithoutFailure { .. })
        );
        if !fits_otherwise {
            return result;
        }
        let (sequence, at) = (receipt.sequence, receipt.sequence.index());
        let current = self.claims[at];
        let pending = state(&self.journal.operations[at].state) == OperationState::Pending;
        let attempt = receipt.attempt.unwrap_or(current);
        if pending && attempt == current {
            return result;
        }
        let last = self.records.iter().rfind(|record| record.receipt.sequence == sequence);
        let named = |kept: &ReceiptRecord| receipt.attempt.or(kept.receipt.attempt);
        match last {
            Some(kept)
                if kept.receipt == OperationReceipt { attempt: named(kept), ..receipt.clone() } =>
            {
                Err(JournalError::Duplicate {
                    receipt_index: kept.index,
                    recorded_at: kept.recorded_at,
                })
            }
            _ if attempt < current => {
                Err(JournalError::StaleAttempt { sequence, attempt, current })
            }
            _ if attempt > current => {
                Err(JournalError::UnknownAttempt { sequence, attempt, current })
            }
            _ => result,
        }
    }
}

/// When each of the receipts, and the bundle around them, ceases to count.
pub fn expiries(receipts: &PreflightReceipts) -> impl Iterator<Item = Timestamp> {
    let controls = receipts.control_authority.iter().map(|receipt| receipt.expires_at);
    let reads = receipts.snapshot_read_authority.iter().map(|receipt| receipt.expires_at);
    [receipts.expires_at, receipts.topology.expires_at, receipts.quiescence.expires_at]
        .into_iter()
        .chain(controls)
        .chain(reads)
}

fn at_work(kind: &reference::BackupOperationKind) -> bool {
    use reference::BackupOperationKind as Kind;
    !matches!(
        kind,
        Kind::ValidateTopology
            | Kind::ValidateControlAuthority
            | Kind::ValidateSnapshotReadAuthority
            | Kind::ValidateQuiescencePolicy
    )
}
