//! Looks at the fleet as it is, at many canisters at once, and turns what is seen into preflight receipts.

use crate::{
    backup::folder::Folder,
    driver::{
        look::statuses,
        origins::Origins,
        restorable::{check_restorable, find_foreign},
    },
    network::Network,
};
use anyhow::{Context, Result, bail, ensure};
use backup_coordinator_client::CoordinatorClient;
use backup_fleet::{
    Management,
    observe::observed,
    types::{CanisterStatusResult, CanisterStatusType},
};
use backup_journal::{
    PreflightId, RunId, Timestamp,
    execution::check_ready,
    limits::MAX_PAGE,
    plan::{
        AuthorityEvidence, BackupOperationKind, BackupTarget, ControlAuthority,
        ControlAuthoritySource, PlanHeader, SnapshotReadAuthority, SnapshotReadAuthoritySource,
    },
    preflight::{
        AuthorityProofSource, ControlAuthorityReceipt, PreflightReceipts,
        QuiescencePreflightReceipt, QuiescencePreflightTarget, SnapshotReadAuthorityReceipt,
        TopologyPreflightReceipt, TopologyPreflightTarget,
    },
    registry::RegistryEntry,
    topology::topology_hash,
};
use candid::Principal;
use futures_util::{StreamExt, TryStreamExt, stream};
use std::collections::BTreeMap;

/// How long what was seen counts: long enough to begin, short enough that a fleet does not change.
const VALIDITY_NANOS: u64 = 3_600 * 1_000_000_000;
/// What looking at one target may take, on top of that.
const LOOK_NANOS: u64 = 10 * 1_000_000_000;

/// The preflight of a plan.
pub struct Preflight<'a, N> {
    management: Management<N>,
    network: N,
    coordinator: Principal,
    folder: &'a Folder,
    header: PlanHeader,
    targets: Vec<BackupTarget>,
    /// What is restored; none if the run is a backup.
    origins: Option<&'a Origins>,
    parallel: usize,
}

/// The status of each canister that was asked.
type Seen = BTreeMap<Principal, CanisterStatusResult>;

impl<'a, N: Network> Preflight<'a, N> {
    /// Fetches the plan and its targets. The checks call `parallel` canisters at a time.
    pub async fn of(
        network: &N,
        coordinator: &CoordinatorClient<N>,
        run_id: &RunId,
        folder: &'a Folder,
        origins: Option<&'a Origins>,
        parallel: usize,
    ) -> Result<Self> {
        let mut plan = coordinator.get_plan(run_id, 0, MAX_PAGE).await?;
        let mut targets = plan.targets.items;
        while let Some(start) = plan.targets.next {
            plan = coordinator.get_plan(run_id, start, MAX_PAGE).await?;
            targets.append(&mut plan.targets.items);
        }
        Ok(Self {
            management: Management::new(network.clone()),
            network: network.clone(),
            coordinator: coordinator.coordinator(),
            folder,
            header: plan.header,
            targets,
            origins,
            parallel,
        })
    }

    /// Makes one of the four checks for itself; what is seen is thrown away.
    pub async fn check(&self, kind: BackupOperationKind) -> Result<()> {
        let stamp = self.stamp();
        match kind {
            BackupOperationKind::ValidateTopology => {
                self.topology(&stamp, &self.look().await?).map(drop)
            }
            BackupOperationKind::ValidateControlAuthority => {
                self.control(&stamp, &self.look().await?).map(drop)
            }
            BackupOperationKind::ValidateSnapshotReadAuthority => {
                self.snapshot_read(&stamp, &self.look().await?).await.map(drop)
            }
            BackupOperationKind::ValidateQuiescencePolicy => {
                self.quiescence(&stamp, &self.look().await?).map(drop)
            }
            other => bail!("BUG: {other} is no preflight check"),
        }
    }

    /// Makes all four checks, and one bundle of their receipts. Each canister is asked once. Answers also with the targets
    /// that the coordinator does not control, so that it could not start them.
    pub async fn receipts(&self) -> Result<(PreflightReceipts, Vec<Principal>)> {
        let stamp = self.stamp();
        let seen = self.look().await?;
        let controlled = |id| {
            seen.get(&id)
                .is_some_and(|status| status.settings.controllers.contains(&self.coordinator))
        };
        let targets = self.targets.iter().map(|target| target.canister_id);
        let uncontrolled = targets.filter(|id| !controlled(*id)).collect();
        let receipts = PreflightReceipts {
            plan_id: self.header.plan_id.clone(),
            preflight_id: stamp.preflight_id.clone(),
            validated_at: stamp.validated_at,
            expires_at: stamp.expires_at,
            topology: self.topology(&stamp, &seen)?,
            control_authority: self.control(&stamp, &seen)?,
            snapshot_read_authority: self.snapshot_read(&stamp, &seen).await?,
            quiescence: self.quiescence(&stamp, &seen)?,
        };
        Ok((receipts, uncontrolled))
    }

    /// The status of every canister of the fleet, and in a restore of every target. Only a controller may ask for it.
    async fn look(&self) -> Result<Seen> {
        let ids: Vec<Principal> = if self.origins.is_some() {
            self.targets.iter().map(|target| target.canister_id).collect()
        } else {
            self.folder.registry()?.into_iter().map(|entry| entry.canister_id).collect()
        };
        let seen = statuses(&self.network, ids, self.parallel).map(|(id, status)| {
            let status = status.with_context(|| format!("the operator does not control {id}"))?;
            anyhow::Ok((id, status))
        });
        seen.try_collect().await
    }

    /// Each bundle has an id of its own, also one that replaces another after that has expired.
    fn stamp(&self) -> Stamp {
        let now = self.network.now();
        let looking = LOOK_NANOS * self.targets.len() as u64;
        Stamp {
            preflight_id: format!("preflight-{now}").into(),
            validated_at: now,
            expires_at: Timestamp(now.0 + VALIDITY_NANOS + looking),
        }
    }

    /// The topology hash again, over the canisters as they are now.
    fn topology(&self, stamp: &Stamp, seen: &Seen) -> Result<TopologyPreflightReceipt> {
        let planned = &self.header.topology_hash_before_quiesce;
        // A restore does not ask whether the fleet still is as it was: it makes it so.
        let hash = if self.origins.is_some() { planned.clone() } else { self.hash_as_it_is(seen)? };
        ensure!(
            hash == *planned,
            "the fleet has changed since the plan was made: its topology hash is {hash}, not {planned}"
        );
        Ok(TopologyPreflightReceipt {
            plan_id: self.header.plan_id.clone(),
            preflight_id: stamp.preflight_id.clone(),
            topology_hash_before_quiesce: planned.clone(),
            topology_hash_at_preflight: hash,
            targets: self.targets.iter().map(TopologyPreflightTarget::from).collect(),
            validated_at: stamp.validated_at,
            expires_at: stamp.expires_at,
            message: None,
        })
    }

    fn hash_as_it_is(&self, seen: &Seen) -> Result<String> {
        let registry = self.folder.registry()?.into_iter();
        let entries: Result<Vec<_>> = registry.map(|entry| entry_as_it_is(entry, seen)).collect();
        Ok(topology_hash(&entries?))
    }

    /// A canister that answered with its status is controlled by the operator.
    fn control(&self, stamp: &Stamp, seen: &Seen) -> Result<Vec<ControlAuthorityReceipt>> {
        let mut receipts = Vec::new();
        for target in &self.targets {
            let id = target.canister_id;
            of(seen, id)?;
            receipts.push(ControlAuthorityReceipt {
                plan_id: self.header.plan_id.clone(),
                preflight_id: stamp.preflight_id.clone(),
                target_canister_id: id,
                authority: ControlAuthority {
                    source: ControlAuthoritySource::OperatorController,
                    evidence: AuthorityEvidence::Proven,
                },
                proof_source: AuthorityProofSource::ManagementStatus,
                validated_at: stamp.validated_at,
                expires_at: stamp.expires_at,
                message: None,
            });
        }
        Ok(receipts)
    }

    /// A caller that may list snapshots may read them. The canister must also be able to take those that the run adds, and
    /// live on.
    async fn snapshot_read(
        &self,
        stamp: &Stamp,
        seen: &Seen,
    ) -> Result<Vec<SnapshotReadAuthorityReceipt>> {
        let look = async |id| {
            let snapshots = self.management.snapshots(id).await;
            let snapshots =
                snapshots.with_context(|| format!("the snapshots of {id} cannot be read"))?;
            let observed = observed(of(seen, id)?, &snapshots);
            if let Some(origins) = self.origins {
                let restored = origins.restored(id)?;
                check_restorable(id, &observed, &restored)
                    .and(find_foreign(&self.management, &restored).await?)
                    .with_context(|| format!("nothing can be restored to {id}"))?;
            } else {
                check_ready(observed).with_context(|| format!("{id} cannot be backed up"))?;
            }
            Ok(self.read_receipt(id, stamp))
        };
        let ids: Vec<Principal> = self.targets.iter().map(|target| target.canister_id).collect();
        stream::iter(ids).map(look).buffered(self.parallel).try_collect().await
    }

    fn read_receipt(&self, id: Principal, stamp: &Stamp) -> SnapshotReadAuthorityReceipt {
        SnapshotReadAuthorityReceipt {
            plan_id: self.header.plan_id.clone(),
            preflight_id: stamp.preflight_id.clone(),
            target_canister_id: id,
            authority: SnapshotReadAuthority {
                source: SnapshotReadAuthoritySource::OperatorController,
                evidence: AuthorityEvidence::Proven,
            },
            proof_source: AuthorityProofSource::SnapshotReadCheck,
            validated_at: stamp.validated_at,
            expires_at: stamp.expires_at,
            message: None,
        }
    }

    /// A canister that does not run was stopped for another reason, and a backup must not start it. A restore may: it is to
    /// bring the fleet back.
    fn quiescence(&self, stamp: &Stamp, seen: &Seen) -> Result<QuiescencePreflightReceipt> {
        for target in &self.targets {
            let id = target.canister_id;
            let status = of(seen, id)?.status;
            ensure!(
                status == CanisterStatusType::Running || self.origins.is_some(),
                "{id} is not running, so the run cannot stop it and start it again; start it first"
            );
        }
        Ok(QuiescencePreflightReceipt {
            plan_id: self.header.plan_id.clone(),
            preflight_id: stamp.preflight_id.clone(),
            quiescence_policy: self.header.quiescence_policy,
            accepted: true,
            targets: self.targets.iter().map(QuiescencePreflightTarget::from).collect(),
            validated_at: stamp.validated_at,
            expires_at: stamp.expires_at,
            message: None,
        })
    }
}

/// A module is compared if the registry names one. The network does not know who has created a canister.
fn entry_as_it_is(entry: RegistryEntry, seen: &Seen) -> Result<RegistryEntry> {
    let status = of(seen, entry.canister_id)?;
    let module_hash = status.module_hash.as_ref().map(hex::encode);
    Ok(RegistryEntry { module_hash: module_hash.filter(|_| entry.module_hash.is_some()), ..entry })
}

fn of(seen: &Seen, id: Principal) -> Result<&CanisterStatusResult> {
    seen.get(&id).with_context(|| format!("{id} is not in the registry"))
}

/// What all receipts of one bundle have in common.
struct Stamp {
    preflight_id: PreflightId,
    validated_at: Timestamp,
    expires_at: Timestamp,
}
