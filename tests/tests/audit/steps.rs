//! Steps of several callers over several runs, right and wrong ones.

use backup_coordinator_client::{
    Answer, ClientError,
    journal::{
        Attempt, Sequence,
        api::{CoordinatorArgs, Role, Visibility},
        journal::{Operation, OperationReceipt, ReceiptOutcome},
        preflight::PreflightReceipts,
    },
};
use integration_tests::{Driver, Outcome, Setup, fleet};
use proptest::{prelude::*, sample::select};
use std::time::Duration;

/// How many runs there are; the run at 2 has more targets than one batch of the script.
pub const RUNS: usize = 3;

/// What somebody does.
#[derive(Clone, Debug)]
pub enum Step {
    Create(usize),
    Begin(usize),
    /// The targets from a position on, so many of them.
    Append(usize, usize, usize),
    Seal(usize),
    Discard(usize),
    /// A preflight with receipts, by this name.
    Receipts(usize, &'static str),
    /// The batch at a position, of so many targets each, of the preflight that was last named.
    Batch(usize, usize, usize, Option<&'static str>),
    /// A preflight by its name alone.
    Bundle(usize, &'static str),
    /// Claims the next operation and reports on it.
    Work(usize, ReceiptOutcome),
    ClaimNext(usize),
    Claim(usize, u32),
    /// About the next operation, about this attempt or the current one.
    Report(usize, ReceiptOutcome, Option<u32>),
    /// The receipt that was sent last.
    Repeat(usize),
    RetryNext(usize),
    /// For all fleets, or for one.
    Grant(u32, Role, Option<&'static str>),
    Revoke(u32, Role, Option<&'static str>),
    Upgrade,
    Configure(Visibility),
    Wait(u64),
}

fn outcome() -> impl Strategy<Value = ReceiptOutcome> {
    prop_oneof![
        6 => Just(ReceiptOutcome::Completed),
        1 => Just(ReceiptOutcome::Failed),
        1 => Just(ReceiptOutcome::Skipped),
    ]
}

fn role() -> impl Strategy<Value = Role> {
    select(vec![Role::Auditor, Role::Operator, Role::Administrator])
}

fn fleet_of_a_role() -> impl Strategy<Value = Option<&'static str>> {
    select(vec![None, None, Some("demo"), Some("another")])
}

/// Any step; those that move a run are most likely.
pub fn step() -> impl Strategy<Value = Step> {
    let run = || 0..RUNS;
    let id = || select(vec!["preflight-1", "preflight-1", "preflight-2", " "]);
    prop_oneof![
        6 => run().prop_map(Step::Create),
        3 => run().prop_map(Step::Begin),
        6 => (run(), 0..3_usize, 1..4_usize).prop_map(|(r, from, n)| Step::Append(r, from, n)),
        3 => run().prop_map(Step::Seal),
        1 => run().prop_map(Step::Discard),
        4 => (run(), id()).prop_map(|(r, id)| Step::Receipts(r, id)),
        2 => (run(), id()).prop_map(|(r, id)| Step::Bundle(r, id)),
        8 => (run(), 0..3_usize, 1..3_usize, prop::option::weighted(0.3, id()))
            .prop_map(|(r, number, size, id)| Step::Batch(r, number, size, id)),
        25 => (run(), outcome()).prop_map(|(r, outcome)| Step::Work(r, outcome)),
        5 => run().prop_map(Step::ClaimNext),
        1 => (run(), 0..8_u32).prop_map(|(r, sequence)| Step::Claim(r, sequence)),
        5 => (run(), outcome(), prop::option::weighted(0.1, 0..3_u32))
            .prop_map(|(r, outcome, attempt)| Step::Report(r, outcome, attempt)),
        2 => run().prop_map(Step::Repeat),
        3 => run().prop_map(Step::RetryNext),
        2 => (0..3_u32, role(), fleet_of_a_role()).prop_map(|(who, role, f)| Step::Grant(who, role, f)),
        2 => (0..3_u32, role(), fleet_of_a_role()).prop_map(|(who, role, f)| Step::Revoke(who, role, f)),
        3 => Just(Step::Upgrade),
        1 => select(vec![Visibility::Members, Visibility::Public]).prop_map(Step::Configure),
        1 => (1..700_u64).prop_map(Step::Wait),
    ]
}

/// The callers and what they remember.
pub struct World<'a> {
    setup: &'a Setup,
    runs: Vec<Driver>,
    last: Vec<Option<OperationReceipt>>,
    preflights: Vec<Option<PreflightReceipts>>,
    /// Steps that were accepted.
    pub accepted: usize,
    /// Steps that were refused.
    pub refused: usize,
}

impl<'a> World<'a> {
    pub fn new(setup: &'a Setup) -> Self {
        let plan = |size| fleet::plan(&format!("run-{size}"), &fleet::paper_fleet(size));
        let runs = (1..).take(RUNS).map(|size| setup.driver_of(plan(size))).collect();
        let (last, preflights) = (vec![None; RUNS], vec![None; RUNS]);
        Self { setup, runs, last, preflights, accepted: 0, refused: 0 }
    }

    /// Takes a step; a refusal is as good as any answer.
    pub async fn take(&mut self, step: &Step) -> Outcome {
        self.setup.network.advance(Duration::from_millis(500));
        match self.perform(step).await {
            Ok(()) => self.accepted += 1,
            Err(ClientError::Refused(_)) => self.refused += 1,
            Err(other) => return Err(format!("{step:?}: {other}").into()),
        }
        Ok(())
    }

    async fn perform(&mut self, step: &Step) -> Answer<()> {
        match step {
            Step::Create(run) => self.runs[*run].create().await.map(drop),
            Step::Begin(_) | Step::Append(..) | Step::Seal(_) | Step::Discard(_) => {
                self.draft(step).await
            }
            Step::Receipts(run, id) => {
                let run = &self.runs[*run];
                run.accept(&run.preflight(id)).await.map(drop)
            }
            Step::Batch(run, number, size, id) => self.append(*run, *number, *size, *id).await,
            Step::Bundle(run, id) => {
                let run = &self.runs[*run];
                run.client.accept_preflight_bundle(&run.run_id, &(*id).into()).await.map(drop)
            }
            Step::Work(run, outcome) => {
                self.runs[*run].claim().await?;
                self.report(*run, *outcome, None).await
            }
            Step::ClaimNext(run) => self.runs[*run].claim().await.map(drop),
            Step::Claim(run, sequence) => {
                let run = &self.runs[*run];
                let sequence = Sequence(*sequence);
                run.client.mark_operation_pending(&run.run_id, sequence).await.map(drop)
            }
            Step::Report(run, outcome, attempt) => self.report(*run, *outcome, *attempt).await,
            Step::Repeat(run) => match &self.last[*run] {
                Some(receipt) => self.runs[*run].report(receipt).await.map(drop),
                None => Ok(()),
            },
            Step::RetryNext(run) => {
                let Some(next) = self.next(*run).await? else { return Ok(()) };
                let run = &self.runs[*run];
                run.client.retry_failed_operation(&run.run_id, next.sequence).await.map(drop)
            }
            _ => self.administer(step).await,
        }
    }

    async fn draft(&self, step: &Step) -> Answer<()> {
        match step {
            Step::Append(run, from, count) => {
                let run = &self.runs[*run];
                let targets = run.plan.targets.iter().skip(*from).take(*count);
                let targets: Vec<_> = targets.cloned().collect();
                let start = u32::try_from(*from).expect("a small number");
                run.client.append_draft_targets(&run.run_id, start, &targets).await.map(drop)
            }
            Step::Begin(run) => {
                let run = &self.runs[*run];
                run.client.begin_journal_draft(&run.plan.header).await.map(drop)
            }
            Step::Seal(run) => {
                let run = &self.runs[*run];
                run.client.seal_journal_draft(&run.run_id).await.map(drop)
            }
            Step::Discard(run) => {
                let run = &self.runs[*run];
                run.client.discard_journal_draft(&run.run_id).await.map(drop)
            }
            _ => Ok(()),
        }
    }

    async fn append(
        &mut self,
        run: usize,
        number: usize,
        size: usize,
        id: Option<&str>,
    ) -> Answer<()> {
        let driver = &self.runs[run];
        if let Some(id) = id {
            self.preflights[run] = Some(driver.preflight(id));
        }
        let batches = self.preflights[run].as_ref().map(|receipts| receipts.batches(size));
        let Some((start, batch)) = batches.and_then(|batches| batches.into_iter().nth(number))
        else {
            return Ok(());
        };
        let appended = driver.client.append_preflight_receipts(&driver.run_id, start, &batch);
        appended.await.map(drop)
    }

    async fn next(&self, run: usize) -> Answer<Option<Operation>> {
        let run = &self.runs[run];
        run.client.next_ready_operation(&run.run_id).await
    }

    async fn report(
        &mut self,
        run: usize,
        outcome: ReceiptOutcome,
        attempt: Option<u32>,
    ) -> Answer<()> {
        let Some(next) = self.next(run).await? else { return Ok(()) };
        let driver = &self.runs[run];
        let mut receipt = match outcome {
            ReceiptOutcome::Completed => driver.completed(&next),
            ReceiptOutcome::Failed => driver.failed(&next, "the subnet is busy"),
            ReceiptOutcome::Skipped => driver.receipt(&next, outcome),
        };
        receipt.attempt = attempt.map(Attempt).or(receipt.attempt);
        self.last[run] = Some(receipt.clone());
        driver.report(&receipt).await.map(drop)
    }

    async fn administer(&self, step: &Step) -> Answer<()> {
        let (administrator, setup) = (self.setup.as_administrator(), self.setup);
        let upgrade = |args| setup.upgrade(args).expect("the module takes its own memory");
        match step {
            Step::Grant(who, role, fleet) => {
                let who = fleet::paper_canister(*who);
                match fleet {
                    None => administrator.grant_role(who, *role).await,
                    Some(fleet) => administrator.grant_role_for(who, *role, &(*fleet).into()).await,
                }
            }
            Step::Revoke(who, role, fleet) => {
                let who = fleet::paper_canister(*who);
                match fleet {
                    None => administrator.revoke_role(who, *role).await,
                    Some(fleet) => {
                        administrator.revoke_role_for(who, *role, &(*fleet).into()).await
                    }
                }
            }
            Step::Upgrade => {
                upgrade(None);
                Ok(())
            }
            Step::Configure(visibility) => {
                let visibility = Some(*visibility);
                let roles = integration_tests::setup::roles();
                upgrade(Some(CoordinatorArgs { roles, visibility, ..CoordinatorArgs::default() }));
                Ok(())
            }
            Step::Wait(seconds) => {
                setup.network.advance(Duration::from_secs(*seconds));
                Ok(())
            }
            _ => Ok(()),
        }
    }
}
