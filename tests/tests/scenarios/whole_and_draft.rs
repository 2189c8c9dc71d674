//! A run whose plan came as a draft is, in everything it does and tells, like one whose plan was sent whole.

use backup_coordinator_client::{
    audit::{Log, entries},
    journal::{
        Sequence,
        api::{AuditEventKind, CoordinatorError as Error, Duplicate},
        block::Entry,
        journal::{
            JournalError as Journal, Operation, OperationReceipt, ReceiptOutcome, ReceiptRecord,
            ResumeSummary, RunState,
        },
        plan::BackupOperationKind as Kind,
        preflight::PreflightReceipts,
        replay::Replay,
    },
};
use integration_tests::{
    Network, Outcome, Setup,
    driver::VALIDITY,
    pair::{Pair, mixed_plan},
    scenarios,
};

scenarios![the_same_fleet_created_both_ways];

/// What an executor of both runs gets.
type Got<T> = Result<Result<T, Error>, Box<dyn std::error::Error>>;

/// So many operations lie between two comparisons, unless something special happens.
const STRIDE: u32 = 25;

async fn the_same_fleet_created_both_ways(network: Network) -> Outcome {
    let pair = Pair::new(&network, mixed_plan("twin"));
    pair.open().await?;
    pair.compare();
    let mut executor = Executor { pair: &pair, preflight: "preflight-1" };
    executor.preflight()?;
    while let Some(next) = executor.next().await? {
        match next.sequence.0 {
            // As long as no canister was touched, a preflight expires.
            4 => executor.outlive_the_preflight(&network)?,
            7 => executor.fail_and_retry()?,
            50 => executor.report_wrongly()?,
            100 | 160 => executor.perform(ReceiptOutcome::Skipped)?,
            _ => executor.perform(ReceiptOutcome::Completed)?,
        }
        if next.sequence.0 % STRIDE == 0 {
            pair.compare();
        }
    }
    executor.come_too_late().await?;
    pair.compare();
    let end = pair.drafted.as_auditor().resume_summary(&pair.run.run_id).await?;
    assert_eq!((end.state, end.total_operations), (RunState::Completed, 205));
    assert_eq!((end.operations.skipped, end.total_receipts), (2, 201 + 1));
    the_same_replays(&pair).await
}

/// Tells both the same, and expects of both what is expected of one.
struct Executor<'a> {
    pair: &'a Pair,
    preflight: &'static str,
}

impl Executor<'_> {
    fn claim(&self) -> Got<Operation> {
        self.pair.both("mark_next_operation_pending", (&self.pair.run.run_id,))
    }

    fn report(&self, receipt: &OperationReceipt) -> Got<ReceiptRecord> {
        self.pair.both("record_operation_receipt", (&self.pair.run.run_id, receipt))
    }

    fn accept(&self, receipts: &PreflightReceipts) -> Got<ResumeSummary> {
        self.pair.both("accept_preflight_receipts", (&self.pair.run.run_id, receipts))
    }

    /// The receipt of a claimed operation.
    fn receipt(&self, operation: &Operation, outcome: ReceiptOutcome) -> OperationReceipt {
        let run = &self.pair.run;
        let receipt = match outcome {
            ReceiptOutcome::Completed => run.completed(operation),
            ReceiptOutcome::Failed => run.failed(operation, "the subnet is busy"),
            ReceiptOutcome::Skipped => run.receipt(operation, outcome),
        };
        OperationReceipt { preflight_id: Some(self.preflight.into()), ..receipt }
    }

    async fn next(&self) -> Result<Option<Operation>, Box<dyn std::error::Error>> {
        Ok(self.pair.drafted.as_operator().next_ready_operation(&self.pair.run.run_id).await?)
    }

    /// Nothing moves before it, and receipts that prove too little do not count.
    fn preflight(&self) -> Outcome {
        assert!(self.mark(Sequence(4))?.is_err());
        let good = self.pair.run.preflight(self.preflight);
        let mut bad = good.clone();
        bad.topology.topology_hash_at_preflight.push('0');
        assert!(matches!(self.accept(&bad)?, Err(Error::Journal(Journal::Preflight(_)))));
        self.accept(&good)??;
        self.pair.compare();
        let another = self.accept(&self.pair.run.preflight("preflight-2"))?;
        let refused =
            matches!(another, Err(Error::Journal(Journal::PreflightAlreadyAccepted { .. })));
        assert!(refused, "{another:?}");
        Ok(())
    }

    fn mark(&self, sequence: Sequence) -> Got<Operation> {
        self.pair.both("mark_operation_pending", (&self.pair.run.run_id, sequence))
    }

    fn perform(&self, outcome: ReceiptOutcome) -> Outcome {
        let claimed = self.claim()??;
        self.report(&self.receipt(&claimed, outcome))??;
        Ok(())
    }

    /// An attempt fails, and what is said of it after the retry counts no more.
    fn fail_and_retry(&self) -> Outcome {
        let first = self.claim()??;
        let failed = self.receipt(&first, ReceiptOutcome::Failed);
        self.report(&failed)??;
        self.pair.compare();
        let run_id = &self.pair.run.run_id;
        let retried: Result<Operation, Error> =
            self.pair.both("retry_failed_operation", (run_id, first.sequence))?;
        retried?;
        self.pair.compare();
        let second = self.claim()??;
        assert_eq!(second.attempt.0, 2);
        let late = self.report(&self.receipt(&first, ReceiptOutcome::Completed))?;
        assert!(matches!(late, Err(Error::Journal(_))), "{late:?}");
        let repeated = self.report(&failed)?;
        assert!(matches!(repeated, Err(Error::Duplicate(Duplicate::Receipt { .. }))));
        self.report(&self.receipt(&second, ReceiptOutcome::Completed))??;
        self.pair.compare();
        Ok(())
    }

    /// Claims out of order, and receipts that are of something else than what was claimed.
    fn report_wrongly(&self) -> Outcome {
        let claimed = self.claim()??;
        let (before, after) = (Sequence(claimed.sequence.0 - 1), claimed.sequence.next());
        for sequence in [before, claimed.sequence, after, Sequence(u32::MAX)] {
            assert!(self.mark(sequence)?.is_err());
        }
        let right = self.receipt(&claimed, ReceiptOutcome::Completed);
        let other = |change: fn(&mut OperationReceipt)| {
            let mut receipt = right.clone();
            change(&mut receipt);
            receipt
        };
        for wrong in [
            other(|receipt| receipt.plan_id = "another".into()),
            other(|receipt| receipt.kind = Kind::FinalizeManifest),
            other(|receipt| receipt.preflight_id = None),
            other(|receipt| receipt.target_canister_id = None),
            other(|receipt| receipt.snapshot_id = None),
            other(|receipt| receipt.failure_reason = Some("none".to_string())),
            other(|receipt| receipt.sequence = Sequence(205)),
        ] {
            assert!(self.report(&wrong)?.is_err(), "{wrong:?}");
        }
        self.pair.compare();
        self.report(&right)??;
        Ok(())
    }

    fn outlive_the_preflight(&mut self, network: &Network) -> Outcome {
        network.advance(VALIDITY);
        let refused = self.claim()?;
        assert!(matches!(refused, Err(Error::Journal(Journal::PreflightExpired { .. }))));
        self.pair.compare();
        self.preflight = "preflight-2";
        self.accept(&self.pair.run.preflight(self.preflight))??;
        self.pair.compare();
        self.perform(ReceiptOutcome::Completed)
    }

    /// There is nothing left to do, and what was reported stands.
    async fn come_too_late(&self) -> Outcome {
        assert!(matches!(self.claim()?, Err(Error::Journal(Journal::NoTransitionableOperation))));
        let client = self.pair.drafted.as_operator();
        let operations = client.all_operations(&self.pair.run.run_id).await?;
        for operation in [&operations[0], &operations[7], &operations[100], &operations[204]] {
            assert!(self.mark(operation.sequence)?.is_err());
            let late = self.report(&self.receipt(operation, ReceiptOutcome::Failed))?;
            assert!(matches!(late, Err(Error::Journal(_))), "{late:?}");
        }
        Ok(())
    }
}

/// What the log of a coordinator tells, after it was held against its queries.
async fn log(setup: &Setup) -> Result<(Vec<Entry>, Replay), Box<dyn std::error::Error>> {
    let client = setup.as_auditor();
    let evidence = client.fetch_log().await?;
    let entries = entries(&evidence.blocks)?;
    client.compare_events(&entries).await?;
    let mut log = Log::of(&evidence.blocks)?;
    client.compare(&mut log).await?;
    Ok((entries, log.into_replay()))
}

/// Both logs lead to the same run, and from its opening on they tell of the same.
async fn the_same_replays(pair: &Pair) -> Outcome {
    let (whole, drafted) = (log(&pair.whole).await?, log(&pair.drafted).await?);
    let run_id = &pair.run.run_id;
    let first = whole.1.run(run_id).ok_or("the run is in the log")?;
    let second = drafted.1.run(run_id).ok_or("the run is in the log")?;
    assert_eq!(first.journal(), second.journal());
    assert_eq!(first.details(), second.details());
    assert_eq!(first.targets(), second.targets());
    assert_eq!(first.starts_owed(), second.starts_owed());
    assert_eq!((whole.1.runs().count(), drafted.1.runs().count()), (1, 1));
    assert_eq!((whole.1.drafts(), drafted.1.drafts()), (vec![], vec![]));
    assert_eq!(whole.1.roles(), drafted.1.roles());
    assert_eq!(since_opening(whole.0), since_opening(drafted.0));
    Ok(())
}

/// What came after the journal was opened. Indices are those of a log that began there: a draft takes more
/// events to open one.
fn since_opening(entries: Vec<Entry>) -> Vec<Entry> {
    let before = |entry: &Entry| {
        let kind = &entry.event.kind;
        !matches!(kind, AuditEventKind::JournalCreated { .. } | AuditEventKind::DraftSealed { .. })
    };
    let mut after: Vec<Entry> = entries.into_iter().skip_while(before).skip(1).collect();
    for (index, entry) in (0..).zip(&mut after) {
        entry.event.index = index;
    }
    assert!(after.len() > 400, "two events for each operation");
    after
}
