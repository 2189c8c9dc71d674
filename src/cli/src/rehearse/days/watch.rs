//! Looks whether what must hold does, all the time.

use super::{invariants::Invariant, person::Person};
use crate::{network::Network, rehearse::stage::Stage, words::time};
use anyhow::{Context, Result};
use backup_journal::{
    FleetName, RunId, Span, Timestamp,
    journal::RunOutcome,
    retention::{KeptBecause, SetStatus, Verdict},
};
use candid::Principal;
use canister_sandbox::CanisterStatus;
use std::collections::{BTreeMap, BTreeSet};

/// The network keeps so many snapshots of a canister.
const MOST_SNAPSHOTS: usize = 10;
/// How long after the restart deadline the last start may be done: it is noticed within 20 seconds, and starts go wrong as
/// other calls do and are made again.
const TOLERANCE_SECONDS: u64 = 120;
const SECOND: u64 = 1_000_000_000;

/// What was seen so far.
#[derive(Debug)]
pub struct Watch {
    fleet: FleetName,
    members: Vec<Principal>,
    restart_within_seconds: u64,
    /// The night, and the time of its backup.
    night: (u32, Timestamp),
    /// The members that the coordinator has stopped, and since when.
    down: BTreeMap<Principal, Timestamp>,
    /// Since when there are any.
    down_since: Option<Timestamp>,
    last: Option<LastBackup>,
    last_verified: Option<LastBackup>,
    seen: Seen,
}

/// The most that was seen in a night.
#[derive(Clone, Copy, Debug, Default)]
pub struct Seen {
    /// How long a member was down that the coordinator had stopped, in nanoseconds.
    pub down_nanos: u64,
    /// How many snapshots a member had.
    pub slots: usize,
}

/// A backup that must stay on the network.
#[derive(Clone, Debug)]
struct LastBackup {
    run_id: RunId,
    created_at: Timestamp,
    snapshots: BTreeSet<(Principal, Vec<u8>)>,
}

impl Watch {
    /// Nothing was seen yet.
    pub fn new(stage: &Stage, fleet: FleetName, restart_within_seconds: u64) -> Self {
        Self {
            fleet,
            members: stage.fleet.entries.iter().map(|entry| entry.canister_id).collect(),
            restart_within_seconds,
            night: (0, stage.network.now()),
            down: BTreeMap::new(),
            down_since: None,
            last: None,
            last_verified: None,
            seen: Seen::default(),
        }
    }

    /// A night begins.
    pub fn begin(&mut self, night: u32, at: Timestamp) {
        self.night = (night, at);
    }

    /// The night, for a person.
    pub fn night(&self) -> String {
        let (night, at) = self.night;
        format!("night {night} ({})", &time(at)[..10])
    }

    /// What was seen since this was asked last.
    pub fn take_seen(&mut self) -> Seen {
        std::mem::take(&mut self.seen)
    }

    /// Looks at the members and their snapshots.
    pub async fn look(&mut self, stage: &Stage, person: &mut Person) -> Result<()> {
        person.notice_snapshots(stage, &self.members);
        for member in self.members.clone() {
            let (status, snapshots) = {
                let sandbox = stage.network.sandbox();
                (sandbox.status(member), sandbox.snapshots(member))
            };
            let runs = status == Some(CanisterStatus::Running);
            self.see_status(member, runs, stage.network.now(), person);
            let snapshots = snapshots.into_iter().map(|snapshot| snapshot.id).collect();
            self.see_slots(member, &snapshots)?;
            self.check_foreign(stage, member, &snapshots, person).await?;
        }
        self.check_deadline(stage.network.now())
    }

    fn see_status(&mut self, member: Principal, runs: bool, now: Timestamp, person: &mut Person) {
        if runs {
            person.stopped.remove(&member);
            if let Some(since) = self.down.remove(&member) {
                self.seen.down_nanos = self.seen.down_nanos.max(now.nanos_since(since));
            }
        } else if person.stopped.contains(&member) {
            self.down.remove(&member);
        } else {
            self.down.entry(member).or_insert(now);
        }
    }

    fn see_slots(&mut self, member: Principal, snapshots: &BTreeSet<Vec<u8>>) -> Result<()> {
        self.seen.slots = self.seen.slots.max(snapshots.len());
        if snapshots.len() > MOST_SNAPSHOTS {
            let what = format!("{}, {member}: it has {} snapshots", self.night(), snapshots.len());
            return Err(Invariant::TenSnapshots.broken(what));
        }
        Ok(())
    }

    /// Looks whether the snapshots of others are there. One that a journal names was taken for that of the coordinator, which
    /// does not know what became of its own call: the network does not say who has taken a snapshot.
    async fn check_foreign(
        &mut self,
        stage: &Stage,
        member: Principal,
        snapshots: &BTreeSet<Vec<u8>>,
        person: &mut Person,
    ) -> Result<()> {
        let gone = person.foreign(member).filter(|id| !snapshots.contains(*id));
        for id in gone.cloned().collect::<Vec<_>>() {
            let shown = hex::encode(&id);
            if !is_in_a_journal(stage, member, &shown).await? {
                return Err(Invariant::Foreign.broken(format!(
                    "{}, {member}: the snapshot {shown} is gone, which somebody else has taken",
                    self.night()
                )));
            }
            person.lose(member, &id);
        }
        Ok(())
    }

    /// The deadline begins with the first stop of a run, so it is the same for all that are down.
    fn check_deadline(&mut self, now: Timestamp) -> Result<()> {
        let Some(member) = self.down.keys().next() else {
            self.down_since = None;
            return Ok(());
        };
        let since = *self.down_since.get_or_insert(now);
        let passed = now.nanos_since(since);
        if passed <= (self.restart_within_seconds + TOLERANCE_SECONDS) * SECOND {
            return Ok(());
        }
        let within = Span::seconds(self.restart_within_seconds);
        let passed = Span(passed);
        Err(Invariant::Restarted.broken(format!(
            "{}, {member}: it does not run {passed} after the first stop; the restart deadline is {within}",
            self.night()
        )))
    }

    /// Looks whether a member is stopped, some time after the coordinator has done its part of a run.
    pub fn check_restarted(&self) -> Result<()> {
        match self.down.keys().next() {
            Some(member) => Err(Invariant::Restarted
                .broken(format!("{}, {member}: it is stopped after the run", self.night()))),
            None => Ok(()),
        }
    }

    /// Looks whether the last backup, and the last that was verified, are where the coordinator says, and whether one is lost.
    pub async fn check_last_backups(&mut self, stage: &Stage, person: &Person) -> Result<()> {
        let preview = stage.client().preview_retention(&self.fleet).await;
        let sets = preview.context("what is kept on the network cannot be asked")?.sets;
        let whole = |set: &&SetStatus| self.is_whole(set);
        let newest = sets.iter().find(whole);
        let complete = |set: &&SetStatus| set.outcome == Some(RunOutcome::Complete);
        let verified = sets.iter().filter(whole).find(complete);
        let newest = self.backup(stage, newest).await?;
        let verified = self.backup(stage, verified).await?;
        for backup in newest.iter().chain(&verified) {
            self.check_there(stage, person, backup)?;
        }
        self.check_not_lost(self.last.as_ref(), newest.as_ref(), person)?;
        self.check_not_lost(self.last_verified.as_ref(), verified.as_ref(), person)?;
        (self.last, self.last_verified) = (newest, verified);
        Ok(())
    }

    /// Whether a run is a backup of all members, and all its snapshots are on the network, as far as the coordinator knows.
    fn is_whole(&self, set: &SetStatus) -> bool {
        let under_way = set.verdict == Verdict::Keep(KeptBecause::UnderWay);
        set.deleted == 0 && set.snapshots as usize == self.members.len() && !under_way
    }

    async fn backup(&self, stage: &Stage, set: Option<&SetStatus>) -> Result<Option<LastBackup>> {
        let Some(SetStatus { run_id, created_at, .. }) = set else { return Ok(None) };
        let mut snapshots = BTreeSet::new();
        for target in stage.client().all_targets(run_id).await? {
            let artifact = target.artifact.unwrap_or_default();
            for id in artifact.on_network() {
                snapshots.insert((target.target.canister_id, hex::decode(id)?));
            }
        }
        Ok(Some(LastBackup { run_id: run_id.clone(), created_at: *created_at, snapshots }))
    }

    /// The snapshots of a backup are on the network, and there is one of each member.
    fn check_there(&self, stage: &Stage, person: &Person, backup: &LastBackup) -> Result<()> {
        let LastBackup { run_id, snapshots, .. } = backup;
        let sandbox = stage.network.sandbox();
        for member in &self.members {
            let there = sandbox.snapshots(*member);
            let mut noted = snapshots.iter().filter(|(of, _)| of == member).peekable();
            if noted.peek().is_none() {
                let what =
                    format!("{}, {member}: run {run_id} has no snapshot of it", self.night());
                return Err(Invariant::LastBackups.broken(what));
            }
            let gone = noted.find(|noted| {
                !there.iter().any(|it| it.id == noted.1) && !person.deleted.contains(*noted)
            });
            if let Some((_, id)) = gone {
                let (night, id) = (self.night(), hex::encode(id));
                let what = format!("{night}, {member}: the snapshot {id} of run {run_id} is gone");
                return Err(Invariant::LastBackups.broken(what));
            }
        }
        Ok(())
    }

    /// The last backup is never replaced by an older one, or by none, unless a person has deleted a snapshot of it.
    fn check_not_lost(
        &self,
        before: Option<&LastBackup>,
        now: Option<&LastBackup>,
        person: &Person,
    ) -> Result<()> {
        let Some(before) = before else { return Ok(()) };
        let by_person = before.snapshots.iter().any(|id| person.deleted.contains(id));
        if by_person || now.is_some_and(|now| now.created_at >= before.created_at) {
            return Ok(());
        }
        let LastBackup { run_id, snapshots, .. } = before;
        let member = snapshots.first().map(|(member, _)| member.to_text()).unwrap_or_default();
        Err(Invariant::LastBackups.broken(format!(
            "{}, {member}: run {run_id} is a last backup no more, and there is no newer one",
            self.night()
        )))
    }
}

/// Whether a run says that it has taken this snapshot.
async fn is_in_a_journal(stage: &Stage, member: Principal, snapshot: &str) -> Result<bool> {
    for run in stage.client().all_journals().await? {
        let mut targets = stage.client().all_targets(&run.run_id).await?.into_iter();
        let target = targets.find(|target| target.target.canister_id == member);
        let artifact = target.and_then(|target| target.artifact);
        if artifact.is_some_and(|artifact| artifact.snapshot_id.as_deref() == Some(snapshot)) {
            return Ok(true);
        }
    }
    Ok(false)
}
