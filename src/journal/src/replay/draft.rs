//! A plan that is still arriving, under replay.

use super::{Reason, logged::Logged};
use crate::{
    PlanId, Rules, Timestamp,
    api::{DraftPhase, DraftStatus},
    plan::{
        BackupPlan, BackupTarget, DerivedLayout, PlanDigest, PlanError, PlanHeader, derive_phases,
    },
};
use candid::Principal;
use std::collections::BTreeSet;

/// A plan that is still arriving.
#[derive(Clone, Debug)]
pub(super) struct Draft {
    number: u32,
    rules: Rules,
    header: PlanHeader,
    targets: Vec<BackupTarget>,
    known: BTreeSet<Principal>,
    digest: PlanDigest,
    created_by: Principal,
    created_at: Timestamp,
}

impl Draft {
    pub(super) fn begun(
        logged: &Logged<'_>,
        plan_id: &PlanId,
        rules: Rules,
        number: u32,
    ) -> Result<Self, Reason> {
        let header = logged.header()?;
        Reason::compare("run id", logged.run_id()?, &header.run_id)?;
        Reason::compare("plan id", plan_id, &header.plan_id)?;
        header.check(rules)?;
        Ok(Self {
            number,
            rules,
            header: header.clone(),
            targets: Vec::new(),
            known: BTreeSet::new(),
            digest: PlanDigest::begin(header),
            created_by: logged.event.caller,
            created_at: logged.event.time,
        })
    }

    pub(super) fn append(
        &mut self,
        logged: &Logged<'_>,
        start: u32,
        count: u32,
    ) -> Result<(), Reason> {
        let targets = logged.targets()?;
        Reason::compare("position of the batch", &start, &length(&self.targets))?;
        Reason::compare("number of targets", &count, &length(targets))?;
        for target in targets {
            target.check(self.rules)?;
            if !self.known.insert(target.canister_id) {
                let canister_id = target.canister_id;
                return Err(PlanError::DuplicateTarget { canister_id }.into());
            }
            target.check_scope(&self.header)?;
        }
        self.targets.extend_from_slice(targets);
        self.digest = self.digest.targets(targets);
        Ok(())
    }

    pub(super) fn status(&self) -> DraftStatus {
        let targets = length(&self.targets);
        DraftStatus {
            plan_id: self.header.plan_id.clone(),
            run_id: self.header.run_id.clone(),
            targets,
            operations: DerivedLayout::new(targets).operations(),
            phase: DraftPhase::Collecting,
            created_at: self.created_at,
            digest: PlanDigest::begin(&self.header).targets(&self.targets).as_bytes().to_vec(),
        }
    }

    pub(super) const fn rules(&self) -> Rules {
        self.rules
    }

    pub(super) const fn number(&self) -> u32 {
        self.number
    }

    pub(super) const fn plan_id(&self) -> &PlanId {
        &self.header.plan_id
    }

    pub(super) const fn created_by(&self) -> Principal {
        self.created_by
    }

    /// The plan that it has become.
    pub(super) fn into_plan(self) -> BackupPlan {
        let phases = derive_phases(&self.targets);
        BackupPlan { header: self.header, targets: self.targets, phases }
    }
}

/// How many there are, as logs count.
fn length(targets: &[BackupTarget]) -> u32 {
    u32::try_from(targets.len()).expect("BUG: more targets than a u32 counts")
}
