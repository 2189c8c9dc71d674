//! What goes wrong with drivers on purpose: operations that fail, drivers that die, upgrades in between.

use crate::{
    driver::CrashMoment,
    rehearse::{
        args::RunArgs,
        specs::{CrashSpec, FailSpec},
    },
    usage::UsageError,
};
use backup_journal::{Sequence, journal::Operation, plan::BackupOperationKind as Kind};
use std::collections::BTreeMap;

/// The operations of a run.
#[derive(Clone, Copy, Debug)]
pub struct Operations<'a> {
    /// The kind of each, in the order of the run.
    pub kinds: &'a [Kind],
    /// Whether a driver performs only the transfers, because the coordinator performs the others.
    pub transfers_only: bool,
}

/// The faults of one rehearsal, tied to the operations of its run.
#[derive(Debug, Default)]
pub struct Faults {
    /// How often which operation is to fail, and why.
    failures: BTreeMap<Sequence, (u32, String)>,
    crash: Option<CrashSpec>,
    /// The operation after whose claim nothing more is done.
    pause: Option<Sequence>,
    /// The operation after whose claim the run is aborted.
    abort: Option<Sequence>,
    upgrade_every: Option<u32>,
    /// Transitions that were made so far.
    pub transitions: u32,
}

impl Faults {
    /// The faults that `args` order, and a pause; all must be about operations that a driver performs.
    pub fn new(
        args: &RunArgs,
        pause_at: Option<u32>,
        operations: Operations<'_>,
    ) -> Result<Self, UsageError> {
        let mut failures = BTreeMap::new();
        for spec in &args.fail {
            let told = || format!("it was told to fail (--fail {}:{})", spec.kind, spec.number);
            let reason = args.fail_reason.clone().unwrap_or_else(told);
            failures.entry(operations.sequence_of(*spec)?).or_insert((0, reason)).0 += 1;
        }
        let crash_at = args.crash_at.map(|crash| crash.sequence);
        for (option, at) in
            [("--crash-at", crash_at), ("--abort-at", args.abort_at), ("--pause-at", pause_at)]
        {
            at.map_or(Ok(()), |at| operations.check(option, at))?;
        }
        Ok(Self {
            failures,
            crash: args.crash_at,
            pause: pause_at.map(Sequence),
            abort: args.abort_at.map(Sequence),
            upgrade_every: args.upgrade_every,
            transitions: 0,
        })
    }

    /// Why this attempt is to fail, if it is.
    ///
    /// Only the attempt decides, so that a second driver comes to the same answer as the first.
    pub fn failure(&self, operation: &Operation) -> Option<String> {
        let (times, reason) = self.failures.get(&operation.sequence)?;
        (operation.attempt.0 <= *times).then(|| reason.clone())
    }

    /// Whether the driver that has claimed this operation dies now; no other one will.
    pub fn crash(&mut self, operation: &Operation) -> Option<CrashMoment> {
        let crash = self.crash.take_if(|crash| crash.sequence == operation.sequence.0)?;
        Some(crash.moment)
    }

    /// Whether the run is aborted now that this operation is claimed; it is not aborted again.
    pub fn aborts(&mut self, operation: &Operation) -> bool {
        self.abort.take_if(|abort| *abort == operation.sequence).is_some()
    }

    /// Whether this is the operation over which the run pauses.
    pub fn pauses(&self, operation: &Operation) -> bool {
        self.pause == Some(operation.sequence)
    }

    /// Counts transitions; true when it is time for an upgrade.
    pub const fn count_transitions(&mut self, count: u32) -> bool {
        let before = self.transitions;
        self.transitions += count;
        match self.upgrade_every {
            Some(every) => before / every < self.transitions / every,
            None => false,
        }
    }
}

impl Operations<'_> {
    fn sequence_of(&self, spec: FailSpec) -> Result<Sequence, UsageError> {
        let FailSpec { kind, number } = spec;
        let of_kind = || (0_u32..).zip(self.kinds).filter(|(_, other)| **other == kind);
        let Some((sequence, _)) = of_kind().nth(number as usize - 1) else {
            let count = of_kind().count();
            return Err(UsageError(format!(
                "--fail {kind}:{number}: this run has {count} operations of that kind"
            )));
        };
        self.check(&format!("--fail {kind}:{number}, which is"), sequence)?;
        Ok(Sequence(sequence))
    }

    fn check(&self, option: &str, at: u32) -> Result<(), UsageError> {
        let last = self.kinds.len() - 1;
        let Some(kind) = self.kinds.get(at as usize) else {
            let problem = format!("{option} {at}: the operations of this run are 0 to {last}");
            return Err(UsageError(problem));
        };
        if *kind == Kind::RollBack {
            let problem = format!("{option} {at}: a roll back is not rehearsed");
            return Err(UsageError(problem));
        }
        if self.transfers_only && !kind.is_transfer() {
            return Err(UsageError(format!(
                "{option} {at}: the coordinator performs that {kind} by itself; see --fault"
            )));
        }
        Ok(())
    }
}
