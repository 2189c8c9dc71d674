//! Runs by their ids.

use super::{
    journals::StoredJournal,
    keys::{RunKey, RunNumber},
    records::PlanRecord,
    store::Storage,
};
use backup_journal::{
    RunId,
    api::CoordinatorError,
    journal::{Header, JournalView, Operation, ResumeSummary},
    limits::check_name,
};

type Answer<T> = Result<T, CoordinatorError>;

impl Storage {
    /// The number of a run.
    ///
    /// # Errors
    /// [`CoordinatorError::RunNotFound`], or that the id is longer than any id may be.
    pub fn run(&self, run_id: &RunId) -> Answer<RunNumber> {
        check_name("run_id", run_id.as_str())?;
        self.run_numbers
            .get(&RunKey::from(run_id))
            .ok_or_else(|| CoordinatorError::RunNotFound { run_id: run_id.clone() })
    }

    /// The plan of a run apart from its lists.
    pub fn plan(&self, run: RunNumber) -> PlanRecord {
        self.plans.get(&run).expect("BUG: a run without a plan").0
    }

    /// Where a run stands.
    ///
    /// # Errors
    /// [`CoordinatorError::RunNotFound`].
    pub fn summary(&self, run_id: &RunId) -> Answer<ResumeSummary> {
        let (journal, header) = self.journal(run_id)?;
        Ok(ResumeSummary::of(&journal, &header))
    }

    /// The next operation of a run; none when all are over, or all that are left are blocked.
    ///
    /// # Errors
    /// [`CoordinatorError::RunNotFound`].
    pub fn next_ready_operation(&self, run_id: &RunId) -> Answer<Option<Operation>> {
        let (journal, header) = self.journal(run_id)?;
        Ok(journal.next_ready_operation(&header))
    }

    /// The journal of a run, with its header.
    ///
    /// # Errors
    /// [`CoordinatorError::RunNotFound`].
    pub fn journal(&self, run_id: &RunId) -> Answer<(StoredJournal<'_>, Header)> {
        let journal = StoredJournal::new(self, self.run(run_id)?);
        let header = journal.header().clone();
        Ok((journal, header))
    }
}
