//! Whether the queries of a coordinator say what its log says, while both may change.
//!
//! Each query shows the coordinator at one moment between two lengths of the log: that up to which it was read
//! before, and that which it has afterwards. So an answer is right if it is what follows from the log at one of
//! these lengths. As long as it is not, the blocks that have come since are read, one after the other.

use super::{
    AuditError, Difference, Log,
    fetch::{ATTEMPTS, PAGE},
    log::{blocks_from, length_told},
    question::{Question, Said, first_difference, shown},
};
use crate::{ClientError, CoordinatorClient};
use backup_journal::{
    FleetName, RunId,
    api::{AuditEvent, CoordinatorError},
    block::Entry,
    limits::MAX_PAGE,
    replay::{ReplayedFleet, ReplayedRun},
};
use candid::Principal;
use ic_canister_runtime::Runtime;

/// The most blocks by which a log may grow while it is compared; these blocks are not certified yet.
const MAX_GROWTH: u64 = 1_000_000;

impl<R: Runtime> CoordinatorClient<R> {
    /// Compares what follows from a log with the answers of the queries: roles, settings, drafts, fleets, and of each run the
    /// plan, summary, operations, receipts, targets and owed starts. Where the log has grown meanwhile, `log` is
    /// read further; nothing is certified here.
    ///
    /// # Errors
    /// [`AuditError::Differs`] with the first difference, [`AuditError::Client`], or what is wrong with the blocks
    /// that were added.
    pub async fn compare(&self, log: &mut Log) -> Result<(), AuditError> {
        self.compare_and_tell(log, |_, _| {}).await
    }

    pub(super) async fn compare_and_tell(
        &self,
        log: &mut Log,
        tell: impl FnMut(usize, usize),
    ) -> Result<(), AuditError> {
        let begun = log.length();
        Comparison { client: self, log, begun }.all(tell).await
    }

    /// Holds what blocks tell against the audit trail as the queries tell it.
    ///
    /// # Errors
    /// [`AuditError::Differs`] with the first difference, or [`AuditError::Client`].
    pub async fn compare_events(&self, entries: &[Entry]) -> Result<(), AuditError> {
        let mut rest = entries;
        while let Some(first) = rest.first() {
            let (start, limit) = (first.event.index, rest.len().min(MAX_PAGE as usize));
            let events = self.events(start, limit).await?;
            let same = rest.iter().zip(&events).take_while(|(e, listed)| e.event == **listed);
            let same = same.count();
            if same < events.len() || events.is_empty() {
                let index = start + same as u64;
                let log = rest.get(same).map(|entry| &entry.event);
                let at = |event| shown(&[event]).swap_remove(0);
                let (field, log, queries) = first_difference(at(log), at(events.get(same)));
                let what = format!("event {index}");
                return Err(Box::new(Difference { what, field, block: index, log, queries }).into());
            }
            rest = &rest[same..];
        }
        Ok(())
    }

    /// Some events from `start` on; none when no replica that is asked knows of any.
    async fn events(&self, start: u64, limit: usize) -> Result<Vec<AuditEvent>, AuditError> {
        let limit = u32::try_from(limit).unwrap_or(MAX_PAGE);
        for _ in 0..ATTEMPTS {
            match self.list_audit_events(start, limit).await {
                Ok(page) if !page.items.is_empty() => return Ok(page.items),
                Ok(_) | Err(ClientError::Refused(CoordinatorError::PageOutOfRange { .. })) => {}
                Err(other) => return Err(other.into()),
            }
        }
        Ok(Vec::new())
    }
}

/// A log that is held against queries, and read further where they know more.
struct Comparison<'a, R> {
    client: &'a CoordinatorClient<R>,
    log: &'a mut Log,
    begun: u64,
}

impl<R: Runtime> Comparison<'_, R> {
    async fn all(mut self, mut tell: impl FnMut(usize, usize)) -> Result<(), AuditError> {
        self.catch_up().await?;
        for question in [Question::Roles, Question::Settings, Question::Drafts] {
            self.hold(&question).await?;
        }
        self.fleets().await?;
        self.pages(Question::Journals).await?;
        // Runs that are opened later are those of a later audit.
        let runs: Vec<RunId> =
            self.log.replay().runs().map(|run| run.details().summary.run_id).collect();
        for (number, run) in runs.iter().enumerate() {
            tell(number, runs.len());
            self.run(run).await?;
        }
        tell(runs.len(), runs.len());
        Ok(())
    }

    async fn fleets(&mut self) -> Result<(), AuditError> {
        self.hold(&Question::Fleets).await?;
        // Those that are removed meanwhile are no longer there to be asked for.
        let fleets: Vec<FleetName> =
            self.log.replay().fleets().map(|fleet| fleet.fleet().fleet.clone()).collect();
        for fleet in &fleets {
            self.hold(&Question::Fleet(fleet)).await?;
            self.members(fleet).await?;
        }
        Ok(())
    }

    async fn run(&mut self, run: &RunId) -> Result<(), AuditError> {
        self.hold(&Question::Journal(run)).await?;
        self.pages(|start| Question::Operations(run, start)).await?;
        self.pages(|start| Question::Receipts(run, start)).await?;
        self.pages(|start| Question::Targets(run, start)).await?;
        self.starts_owed(run).await
    }

    /// Asks for one page after the other.
    async fn pages<'q>(
        &mut self,
        question: impl Fn(u64) -> Question<'q>,
    ) -> Result<(), AuditError> {
        let mut start = 0;
        while let Some(records) = self.hold(&question(start)).await?.more() {
            start += records;
        }
        Ok(())
    }

    async fn starts_owed(&mut self, run: &RunId) -> Result<(), AuditError> {
        let mut after: Option<Principal> = None;
        while self.hold(&Question::StartsOwed(run, after)).await?.more().is_some() {
            let owed = self.log.replay().run(run).map(ReplayedRun::starts_owed).unwrap_or_default();
            let rest = owed.iter().map(|start| start.canister_id).filter(|id| Some(*id) > after);
            after = rest.take(MAX_PAGE as usize).last();
        }
        Ok(())
    }

    async fn members(&mut self, fleet: &FleetName) -> Result<(), AuditError> {
        let mut after: Option<Principal> = None;
        while self.hold(&Question::Members(fleet, after)).await?.more().is_some() {
            let kept = self.log.replay().fleet(fleet).map(ReplayedFleet::members);
            let ids = kept.unwrap_or_default().into_iter().map(|entry| entry.canister_id);
            after = ids.filter(|id| Some(*id) > after).take(MAX_PAGE as usize).last();
            if after.is_none() {
                break;
            }
        }
        Ok(())
    }

    /// Asks a question until the answer is what the log tells.
    async fn hold(&mut self, question: &Question<'_>) -> Result<Said, AuditError> {
        let mut attempts = 1;
        loop {
            let said = question.ask(self.client).await?;
            if self.read_until(question, &said).await? {
                return Ok(said);
            }
            if attempts == ATTEMPTS {
                question.compare(&said, self.log.replay())?;
                return Ok(said);
            }
            attempts += 1;
        }
    }

    /// Reads the log on until it tells what the answer says; whether it does.
    async fn read_until(
        &mut self,
        question: &Question<'_>,
        said: &Said,
    ) -> Result<bool, AuditError> {
        let agrees = |log: &Log| question.compare(said, log.replay()).is_ok();
        if agrees(self.log) {
            return Ok(true);
        }
        self.read_on(agrees).await
    }

    /// Reads what the log has grown by.
    async fn catch_up(&mut self) -> Result<(), AuditError> {
        self.read_on(|_| false).await.map(drop)
    }

    /// Reads up to the length that the log has now, or until `done`; whether it was.
    async fn read_on(&mut self, done: impl Fn(&Log) -> bool) -> Result<bool, AuditError> {
        let mut end = None;
        loop {
            let start = self.log.length();
            let answer = self.client.icrc3_get_blocks(start, PAGE).await?;
            let end = *end.get_or_insert(length_told(&answer)?);
            if end > self.begun.saturating_add(MAX_GROWTH) {
                return Err(AuditError::Moved { from: self.begun, to: end });
            }
            for block in blocks_from(start, &answer)? {
                self.log.add(block)?;
                if done(self.log) {
                    return Ok(true);
                }
            }
            if self.log.length() >= end || self.log.length() == start {
                return Ok(false);
            }
        }
    }
}
