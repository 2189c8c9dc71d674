//! Rebuilding everything that a coordinator knows from its audit trail, by the same rules.
//!
//! [`Replay`] takes the entries of the log one after the other. Each is performed with the transitions of
//! [`crate::journal`], at the time and by the caller that the block names, so that a log which tells of
//! something that cannot have happened is refused where it says so. Bounds of [`crate::limits`] are not
//! checked: they may differ from release to release, and none of them is a rule. Who may call what is not
//! checked either, since the controllers of a canister are not in its log.

mod access;
mod draft;
mod error;
mod holds;
mod run;
mod told;

#[cfg(test)]
mod tests;

pub use error::{Reason, ReplayError};
pub use run::ReplayedRun;

use crate::{
    PlanId, Rules, RunId, Timestamp,
    api::{AuditEvent, AuditEventKind as Kind, DraftStatus, RoleAssignment, Settings},
    block::Entry,
};
use access::Access;
use draft::Draft;
use holds::Holds;
use std::collections::{BTreeMap, BTreeSet};
use told::{Opened, Told};

/// What a log has told so far.
///
/// # Examples
/// ```
/// use backup_journal::{
///     Timestamp,
///     api::{AuditEvent, AuditEventKind, Role, RoleAssignment},
///     block::Entry,
///     replay::{Reason, Replay},
/// };
/// use candid::Principal;
///
/// let operator = RoleAssignment { principal: Principal::from_slice(&[7]), role: Role::Operator };
/// let granted = |index| Entry {
///     event: AuditEvent {
///         index,
///         time: Timestamp(1),
///         caller: Principal::from_slice(&[1]),
///         run_id: None,
///         kind: AuditEventKind::RoleGranted(operator),
///     },
///     payload: None,
/// };
/// let mut replay = Replay::default();
/// replay.apply(&granted(0))?;
/// assert_eq!(replay.roles(), [operator]);
///
/// let refused = replay.apply(&granted(1)).unwrap_err();
/// assert_eq!((refused.index, refused.reason), (1, Reason::RoleHeld(operator)));
/// # Ok::<(), backup_journal::replay::ReplayError>(())
/// ```
#[derive(Clone, Debug, Default)]
pub struct Replay {
    length: u64,
    time: Timestamp,
    access: Access,
    next_run: u32,
    numbers: BTreeMap<RunId, u32>,
    runs: BTreeMap<u32, ReplayedRun>,
    drafts: BTreeMap<RunId, Draft>,
    discarded: BTreeSet<RunId>,
    holds: Holds,
}

impl Replay {
    /// Performs the next entry. A replay that has refused one is of no further use.
    ///
    /// # Errors
    /// When the rules refuse what the entry tells, or give another outcome than it records.
    pub fn apply(&mut self, entry: &Entry) -> Result<(), ReplayError> {
        let Entry { event, payload } = entry;
        let told = Told { event, payload: payload.as_ref() };
        self.follows(event).and_then(|()| self.perform(&told)).map_err(|reason| ReplayError {
            index: event.index,
            run_id: event.run_id.clone(),
            reason,
        })?;
        self.length += 1;
        self.time = event.time;
        Ok(())
    }

    /// Performs all of `entries`.
    ///
    /// # Errors
    /// As [`Replay::apply`], for the first that is refused.
    pub fn of<'a>(entries: impl IntoIterator<Item = &'a Entry>) -> Result<Self, ReplayError> {
        let mut replay = Self::default();
        entries.into_iter().try_for_each(|entry| replay.apply(entry))?;
        Ok(replay)
    }

    /// How many entries were performed.
    pub const fn length(&self) -> u64 {
        self.length
    }

    /// The runs in the order of creation.
    pub fn runs(&self) -> impl Iterator<Item = &ReplayedRun> {
        self.runs.values()
    }

    /// One run.
    pub fn run(&self, run_id: &RunId) -> Option<&ReplayedRun> {
        self.runs.get(self.numbers.get(run_id)?)
    }

    /// The plans that are still arriving, sorted by run. A log does not tell how far sealing has come, so
    /// all of them are shown as being collected.
    pub fn drafts(&self) -> Vec<DraftStatus> {
        self.drafts.values().map(Draft::status).collect()
    }

    /// Whether the run was drafted and given up. A log does not tell when the last of such a draft is gone.
    pub fn is_discarded(&self, run_id: &RunId) -> bool {
        self.discarded.contains(run_id)
    }

    /// Everybody who was granted a role, sorted by principal and then by role.
    pub fn roles(&self) -> Vec<RoleAssignment> {
        self.access.roles()
    }

    /// What an administrator has set.
    pub const fn settings(&self) -> Settings {
        self.access.settings()
    }

    /// Entries are numbered without a gap, and network time does not run back.
    const fn follows(&self, event: &AuditEvent) -> Result<(), Reason> {
        if event.index != self.length {
            return Err(Reason::Index { expected: self.length });
        }
        if event.time.0 < self.time.0 {
            return Err(Reason::TimeRunsBack { time: event.time, before: self.time });
        }
        Ok(())
    }

    fn perform(&mut self, told: &Told<'_>) -> Result<(), Reason> {
        match &told.event.kind {
            Kind::Configured { .. }
            | Kind::RoleGranted(_)
            | Kind::RoleRevoked(_)
            | Kind::SettingsUpdated { .. } => self.access.perform(told),
            Kind::JournalCreated { plan_id, targets, operations, rules } => {
                let (targets, operations, rules) = (*targets, *operations, *rules);
                self.create(told, Opened { plan_id, targets, operations, rules })
            }
            Kind::DraftSealed { plan_id, targets, operations } => {
                self.seal(told, plan_id, *targets, *operations)
            }
            Kind::DraftBegun { plan_id, rules } => self.begin(told, plan_id, *rules),
            Kind::DraftTargetsAppended { start, count } => self.append(told, *start, *count),
            Kind::DraftDiscarded { plan_id } => self.discard(told, plan_id),
            Kind::PreflightAccepted { .. }
            | Kind::PreflightReceiptsAccepted { .. }
            | Kind::PreflightReceiptsAppended { .. }
            | Kind::OperationClaimed { .. }
            | Kind::ReceiptRecorded { .. }
            | Kind::OperationRetried { .. }
            | Kind::StartSettled { .. } => self.move_run(told),
        }
    }

    fn move_run(&mut self, told: &Told<'_>) -> Result<(), Reason> {
        let number = *self.numbers.get(told.run_id()?).ok_or(Reason::RunNotFound)?;
        let run = self.runs.get_mut(&number).ok_or(Reason::RunNotFound)?;
        run.perform(told, &self.holds.beside(number))?;
        if let Some(target) = run.touched(&told.event.kind) {
            self.holds.update(number, run, target);
        }
        Ok(())
    }

    fn create(&mut self, told: &Told<'_>, opened: Opened<'_>) -> Result<(), Reason> {
        let run_id = self.free_run(told)?;
        let run = ReplayedRun::created(told, opened)?;
        let number = self.take_number();
        self.open(run_id, number, run);
        Ok(())
    }

    fn begin(&mut self, told: &Told<'_>, plan_id: &PlanId, rules: Rules) -> Result<(), Reason> {
        let run_id = self.free_run(told)?;
        let draft = Draft::begun(told, plan_id, rules, self.next_run)?;
        self.take_number();
        self.discarded.remove(&run_id);
        self.drafts.insert(run_id, draft);
        Ok(())
    }

    fn append(&mut self, told: &Told<'_>, start: u32, count: u32) -> Result<(), Reason> {
        let draft = self.drafts.get_mut(told.run_id()?).ok_or(Reason::DraftNotFound)?;
        draft.append(told, start, count)
    }

    fn seal(
        &mut self,
        told: &Told<'_>,
        plan_id: &PlanId,
        targets: u32,
        operations: u32,
    ) -> Result<(), Reason> {
        let run_id = told.run_id()?.clone();
        let draft = self.drafts.remove(&run_id).ok_or(Reason::DraftNotFound)?;
        let number = draft.number();
        let opened = Opened { plan_id, targets, operations, rules: draft.rules() };
        let run = ReplayedRun::sealed(told, opened, draft)?;
        self.open(run_id, number, run);
        Ok(())
    }

    fn discard(&mut self, told: &Told<'_>, plan_id: &PlanId) -> Result<(), Reason> {
        told.without_payload()?;
        let run_id = told.run_id()?;
        let draft = self.drafts.remove(run_id).ok_or(Reason::DraftNotFound)?;
        self.discarded.insert(run_id.clone());
        Reason::compare("plan id", plan_id, draft.plan_id())
    }

    /// The run that the entry names, which must not exist yet.
    fn free_run(&self, told: &Told<'_>) -> Result<RunId, Reason> {
        let run_id = told.run_id()?;
        if self.numbers.contains_key(run_id) || self.drafts.contains_key(run_id) {
            return Err(Reason::RunExists);
        }
        Ok(run_id.clone())
    }

    const fn take_number(&mut self) -> u32 {
        let number = self.next_run;
        self.next_run += 1;
        number
    }

    fn open(&mut self, run_id: RunId, number: u32, run: ReplayedRun) {
        self.discarded.remove(&run_id);
        self.numbers.insert(run_id, number);
        self.runs.insert(number, run);
    }
}
