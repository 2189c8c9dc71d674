//! What goes wrong on purpose: operations that fail, drivers that die, upgrades in between.

use crate::{
    driver::CrashMoment,
    rehearse::{
        args::RunArgs,
        specs::{CrashSpec, FailSpec},
    },
    usage::UsageError,
};
use backup_journal::{Sequence, journal::Operation, plan::BackupPlan};
use std::collections::BTreeMap;

/// The faults of one rehearsal, tied to the operations of its plan.
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
    /// The faults that `args` order, and a pause; all must be about operations that `plan` has.
    pub fn new(
        args: &RunArgs,
        pause_at: Option<u32>,
        plan: &BackupPlan,
    ) -> Result<Self, UsageError> {
        let mut failures = BTreeMap::new();
        for spec in &args.fail {
            let told = || format!("it was told to fail (--fail {}:{})", spec.kind, spec.number);
            let reason = args.fail_reason.clone().unwrap_or_else(told);
            failures.entry(sequence_of(*spec, plan)?).or_insert((0, reason)).0 += 1;
        }
        if let Some(crash) = args.crash_at {
            check_sequence("--crash-at", crash.sequence, plan)?;
        }
        if let Some(abort_at) = args.abort_at {
            check_sequence("--abort-at", abort_at, plan)?;
        }
        if let Some(pause_at) = pause_at {
            check_sequence("--pause-at", pause_at, plan)?;
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

fn sequence_of(spec: FailSpec, plan: &BackupPlan) -> Result<Sequence, UsageError> {
    let of_kind = || plan.phases.iter().filter(|phase| phase.kind == spec.kind);
    let found = of_kind().nth(spec.number as usize - 1);
    found.map(|phase| Sequence(phase.order)).ok_or_else(|| {
        let (kind, number, count) = (spec.kind, spec.number, of_kind().count());
        UsageError(format!("--fail {kind}:{number}: this run has {count} operations of that kind"))
    })
}

fn check_sequence(option: &str, at: u32, plan: &BackupPlan) -> Result<(), UsageError> {
    let last = plan.phases.len() - 1;
    if at as usize <= last {
        return Ok(());
    }
    Err(UsageError(format!("{option} {at}: the operations of this run are 0 to {last}")))
}
