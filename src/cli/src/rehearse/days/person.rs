//! A person who works on the canisters of the fleet while the coordinator does, without telling it.

use crate::rehearse::stage::Stage;
use anyhow::{Context, Result};
use backup_fleet::{CallFailed, SnapshotId};
use backup_journal::FleetName;
use candid::Principal;
use canister_sandbox::CanisterStatus;
use fastrand::Rng;
use std::collections::{BTreeMap, BTreeSet};

/// With so many snapshots of a canister the person begins to delete some, and stops at so few.
const MANY_SNAPSHOTS: usize = 7;
const FEW_SNAPSHOTS: usize = 5;

/// What the person has done.
#[derive(Debug, Default)]
pub struct Person {
    /// The members that the person has stopped and that do not run.
    pub stopped: BTreeSet<Principal>,
    /// The snapshots that the person has deleted.
    pub deleted: BTreeSet<(Principal, Vec<u8>)>,
    /// The snapshots that others than the coordinator have taken, and that the person has not deleted.
    foreign: BTreeMap<Principal, BTreeSet<Vec<u8>>>,
    /// Snapshots of others that the coordinator has taken for its own, and deleted.
    pub lost: BTreeSet<(Principal, Vec<u8>)>,
    /// How often the person has done something.
    pub deeds: u32,
}

/// What the person can do.
#[derive(Clone, Copy, Debug)]
enum Deed {
    TakeSnapshot,
    DeleteForeign,
    DeleteOfCoordinator,
    Stop,
    Start,
}

impl Deed {
    /// Some of them more often than others.
    const DRAWN: [Self; 8] = [
        Self::TakeSnapshot,
        Self::TakeSnapshot,
        Self::DeleteForeign,
        Self::DeleteOfCoordinator,
        Self::Stop,
        Self::Stop,
        Self::Start,
        Self::Start,
    ];
}

impl Person {
    /// The snapshots of a canister that others than the coordinator have taken.
    pub fn foreign(&self, member: Principal) -> impl Iterator<Item = &Vec<u8>> {
        self.foreign.get(&member).into_iter().flatten()
    }

    /// The coordinator has deleted a snapshot that it took for its own.
    pub fn lose(&mut self, member: Principal, id: &[u8]) {
        if let Some(foreign) = self.foreign.get_mut(&member) {
            foreign.remove(id);
        }
        self.lost.insert((member, id.to_vec()));
    }

    /// Notes the snapshots that were taken as a fault of a call.
    pub fn notice_snapshots(&mut self, stage: &Stage, members: &[Principal]) {
        stage.network.with_faults(|faults| {
            for member in members {
                for id in faults.foreign_snapshots(*member) {
                    let snapshot = (*member, id.clone());
                    if !self.deleted.contains(&snapshot) && !self.lost.contains(&snapshot) {
                        self.foreign.entry(*member).or_default().insert(id);
                    }
                }
            }
        });
    }

    /// Does something to a member, if it can be done.
    pub async fn interfere(
        &mut self,
        stage: &Stage,
        rng: &mut Rng,
        members: &[Principal],
    ) -> Result<()> {
        let deed = Deed::DRAWN[rng.usize(0..Deed::DRAWN.len())];
        let member = members[rng.usize(0..members.len())];
        let runs = stage.network.sandbox().status(member) == Some(CanisterStatus::Running);
        let snapshots = stage.network.sandbox().snapshots(member).into_iter();
        let is_foreign = |id: &Vec<u8>| self.foreign(member).any(|foreign| foreign == id);
        let (foreign, of_coordinator): (Vec<Vec<u8>>, Vec<Vec<u8>>) =
            snapshots.map(|snapshot| snapshot.id).partition(is_foreign);
        let done = match deed {
            Deed::TakeSnapshot => self.take_snapshot(stage, member).await,
            Deed::DeleteForeign => self.delete(stage, member, rng.choice(foreign)).await,
            Deed::DeleteOfCoordinator => {
                self.delete(stage, member, rng.choice(of_coordinator)).await
            }
            Deed::Stop if runs => self.stop(stage, member).await,
            Deed::Start if !runs => self.start(stage, member).await,
            Deed::Stop | Deed::Start => Ok(false),
        };
        // What the network refuses, because the coordinator was faster, is not done.
        self.deeds += u32::from(done.unwrap_or(false));
        Ok(())
    }

    /// Starts every member that does not run, and deletes snapshots that the coordinator does not need where there are many.
    pub async fn tidy_up(
        &mut self,
        stage: &Stage,
        fleet: &FleetName,
        members: &[Principal],
    ) -> Result<()> {
        for member in self.stopped.clone() {
            self.deeds += u32::from(self.start(stage, member).await?);
        }
        let full = |member: &&Principal| {
            stage.network.sandbox().snapshots(**member).len() >= MANY_SNAPSHOTS
        };
        let full: Vec<Principal> = members.iter().filter(full).copied().collect();
        if full.is_empty() {
            return Ok(());
        }
        let noted = noted(stage, fleet).await?;
        for member in full {
            let there = stage.network.sandbox().snapshots(member);
            let surplus = there.len() - FEW_SNAPSHOTS;
            let unknown = there.into_iter().map(|snapshot| snapshot.id);
            let unknown = unknown.filter(|id| !noted.contains(&(member, id.clone())));
            for id in unknown.take(surplus).collect::<Vec<_>>() {
                self.deeds += u32::from(self.delete(stage, member, Some(id)).await?);
            }
        }
        Ok(())
    }

    async fn take_snapshot(
        &mut self,
        stage: &Stage,
        member: Principal,
    ) -> Result<bool, CallFailed> {
        let taken = stage.as_operator().take_snapshot(member).await?;
        self.foreign.entry(member).or_default().insert(taken.as_bytes().to_vec());
        Ok(true)
    }

    async fn delete(
        &mut self,
        stage: &Stage,
        member: Principal,
        id: Option<Vec<u8>>,
    ) -> Result<bool, CallFailed> {
        let Some(id) = id else { return Ok(false) };
        stage.as_operator().delete_snapshot(member, &SnapshotId::from(id.clone())).await?;
        if let Some(foreign) = self.foreign.get_mut(&member) {
            foreign.remove(&id);
        }
        self.deleted.insert((member, id));
        Ok(true)
    }

    async fn stop(&mut self, stage: &Stage, member: Principal) -> Result<bool, CallFailed> {
        stage.as_operator().stop(member).await?;
        self.stopped.insert(member);
        Ok(true)
    }

    async fn start(&mut self, stage: &Stage, member: Principal) -> Result<bool, CallFailed> {
        stage.as_operator().start(member).await?;
        self.stopped.remove(&member);
        Ok(true)
    }
}

/// The snapshots that the journals of the fleet name.
async fn noted(stage: &Stage, fleet: &FleetName) -> Result<BTreeSet<(Principal, Vec<u8>)>> {
    let preview = stage.client().preview_retention(fleet).await;
    let mut noted = BTreeSet::new();
    for set in preview.context("what is kept on the network cannot be asked")?.sets {
        for target in stage.client().all_targets(&set.run_id).await? {
            let artifact = target.artifact.unwrap_or_default();
            for id in artifact.on_network() {
                noted.insert((target.target.canister_id, hex::decode(id)?));
            }
        }
    }
    Ok(noted)
}
