//! The replay of a log, entry by entry.

use super::{
    Reason, ReplayError, ReplayedFleet, ReplayedRun,
    access::Access,
    draft::Draft,
    fleets::Fleets,
    holds::Holds,
    logged::{Logged, Opened},
};
use crate::{
    FleetName, PlanId, Rules, RunId, Timestamp,
    api::{AuditEvent, AuditEventKind as Kind, DraftStatus, RoleAssignment, Settings},
    block::Entry,
    journal::JournalView,
};
use std::collections::{BTreeMap, BTreeSet};

/// What follows from the entries of a log that were performed so far.
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
/// let principal = Principal::from_slice(&[7]);
/// let operator = RoleAssignment { principal, role: Role::Operator, fleet: None };
/// let granted = |index| Entry {
///     event: AuditEvent {
///         index,
///         time: Timestamp(1),
///         caller: Principal::from_slice(&[1]),
///         run_id: None,
///         kind: AuditEventKind::RoleGranted(operator.clone()),
///     },
///     payload: None,
/// };
/// let mut replay = Replay::default();
/// replay.apply(&granted(0))?;
/// assert_eq!(replay.roles(), [operator.clone()]);
///
/// let refused = replay.apply(&granted(1)).unwrap_err();
/// assert_eq!((refused.index, refused.reason), (1, Reason::RoleHeld(operator.clone())));
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
    fleets: Fleets,
}

impl Replay {
    /// Performs the next entry. A replay that has refused one is of no further use.
    ///
    /// # Errors
    /// When the rules refuse what the entry tells, or give another outcome than it records.
    pub fn apply(&mut self, entry: &Entry) -> Result<(), ReplayError> {
        let Entry { event, payload } = entry;
        let logged = Logged { event, payload: payload.as_ref() };
        self.follows(event).and_then(|()| self.perform(&logged)).map_err(|reason| ReplayError {
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

    /// The role holders, sorted by principal, role and fleet.
    pub fn roles(&self) -> Vec<RoleAssignment> {
        self.access.roles()
    }

    /// What an administrator has set.
    pub const fn settings(&self) -> Settings {
        self.access.settings()
    }

    /// The registered fleets, sorted by name.
    pub fn fleets(&self) -> impl Iterator<Item = &ReplayedFleet> {
        self.fleets.all()
    }

    /// One registered fleet.
    pub fn fleet(&self, name: &FleetName) -> Option<&ReplayedFleet> {
        self.fleets.get(name)
    }

    /// Whether a fleet of this name was removed. A log does not tell when the last of it is gone.
    pub fn is_fleet_removed(&self, name: &FleetName) -> bool {
        self.fleets.is_removed(name)
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

    fn perform(&mut self, logged: &Logged<'_>) -> Result<(), Reason> {
        match &logged.event.kind {
            Kind::Configured { .. }
            | Kind::RoleGranted(_)
            | Kind::RoleRevoked(_)
            | Kind::SettingsUpdated { .. } => self.access.perform(logged),
            Kind::JournalCreated { plan_id, targets, operations, rules } => {
                let (targets, operations, rules) = (*targets, *operations, *rules);
                self.create(logged, Opened { plan_id, targets, operations, rules })
            }
            Kind::DraftSealed { plan_id, targets, operations } => {
                self.seal(logged, plan_id, *targets, *operations)
            }
            Kind::DraftBegun { plan_id, rules } => self.begin(logged, plan_id, *rules),
            Kind::DraftTargetsAppended { start, count } => self.append(logged, *start, *count),
            Kind::DraftDiscarded { plan_id } => self.discard(logged, plan_id),
            Kind::FleetRegistered { .. }
            | Kind::FleetMembersAppended { .. }
            | Kind::FleetUpdated { .. }
            | Kind::FleetRemoved { .. }
            | Kind::ScheduleSet { .. }
            | Kind::ScheduleRemoved { .. }
            | Kind::ScheduledBackupSkipped { .. }
            | Kind::SnapshotsDropped { .. } => {
                let runs = &self.runs;
                self.fleets.perform(logged, |fleet| open_runs(runs, fleet))
            }
            _ => self.move_run(logged),
        }
    }

    fn move_run(&mut self, logged: &Logged<'_>) -> Result<(), Reason> {
        let number = *self.numbers.get(logged.run_id()?).ok_or(Reason::RunNotFound)?;
        let run = self.runs.get_mut(&number).ok_or(Reason::RunNotFound)?;
        for target in run.perform(logged, &self.holds.beside(number))? {
            self.holds.update(number, run, target);
        }
        Ok(())
    }

    fn create(&mut self, logged: &Logged<'_>, opened: Opened<'_>) -> Result<(), Reason> {
        let run_id = self.free_run(logged)?;
        let run = ReplayedRun::created(logged, opened)?;
        let number = self.take_number();
        self.open(run_id, number, run);
        Ok(())
    }

    fn begin(&mut self, logged: &Logged<'_>, plan_id: &PlanId, rules: Rules) -> Result<(), Reason> {
        let run_id = self.free_run(logged)?;
        let draft = Draft::begun(logged, plan_id, rules, self.next_run)?;
        self.take_number();
        self.discarded.remove(&run_id);
        self.drafts.insert(run_id, draft);
        Ok(())
    }

    fn append(&mut self, logged: &Logged<'_>, start: u32, count: u32) -> Result<(), Reason> {
        let draft = self.drafts.get_mut(logged.run_id()?).ok_or(Reason::DraftNotFound)?;
        draft.append(logged, start, count)
    }

    fn seal(
        &mut self,
        logged: &Logged<'_>,
        plan_id: &PlanId,
        targets: u32,
        operations: u32,
    ) -> Result<(), Reason> {
        let run_id = logged.run_id()?.clone();
        let draft = self.drafts.remove(&run_id).ok_or(Reason::DraftNotFound)?;
        let number = draft.number();
        let opened = Opened { plan_id, targets, operations, rules: draft.rules() };
        let run = ReplayedRun::sealed(logged, opened, draft)?;
        self.open(run_id, number, run);
        Ok(())
    }

    fn discard(&mut self, logged: &Logged<'_>, plan_id: &PlanId) -> Result<(), Reason> {
        logged.without_payload()?;
        let run_id = logged.run_id()?;
        let draft = self.drafts.remove(run_id).ok_or(Reason::DraftNotFound)?;
        self.discarded.insert(run_id.clone());
        Reason::compare("plan id", plan_id, draft.plan_id())
    }

    /// The run that the entry names, which must not exist yet.
    fn free_run(&self, logged: &Logged<'_>) -> Result<RunId, Reason> {
        let run_id = logged.run_id()?;
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

/// How many runs of a fleet are not over.
fn open_runs(runs: &BTreeMap<u32, ReplayedRun>, fleet: &FleetName) -> u32 {
    let open = runs.values().filter(|run| {
        let journal = run.journal();
        journal.plan().header.fleet == fleet.as_str() && !journal.header().is_over()
    });
    u32::try_from(open.count()).unwrap_or(u32::MAX)
}
