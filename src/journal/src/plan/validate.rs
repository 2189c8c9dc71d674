//! When a plan is valid.
//!
//! The rules and the order in which they are checked are those of `canic-backup`, less the ones that
//! typed principals make impossible to break.

use super::{
    BackupOperation, BackupOperationKind, BackupPlan, BackupScopeKind, BackupTarget,
    ControlAuthority, ControlAuthoritySource, PlanError, PlanHeader, SnapshotReadAuthority,
    restore::check_restore, workable::check_workable,
};
use crate::Rules;
use candid::{CandidType, Principal};
use serde::{Deserialize, Serialize};
use std::{collections::BTreeSet, ops::Deref};

/// What a plan is checked for.
#[derive(CandidType, Clone, Copy, Debug, Deserialize, Eq, PartialEq, Serialize)]
pub enum ValidationPurpose {
    /// To create a run; authorities need no proof yet.
    Planning,
    /// To change canisters; every authority must be proven.
    Execution,
}

/// A plan that has passed [`BackupPlan::validate`].
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct ValidPlan {
    plan: BackupPlan,
    rules: Rules,
}

impl ValidPlan {
    /// The rules under which it is valid, and by which its run is judged.
    pub const fn rules(&self) -> Rules {
        self.rules
    }

    /// The plan itself.
    pub fn into_inner(self) -> BackupPlan {
        self.plan
    }
}

impl Deref for ValidPlan {
    type Target = BackupPlan;

    fn deref(&self) -> &BackupPlan {
        &self.plan
    }
}

impl BackupPlan {
    /// Checks the plan for planning and hands it back as valid.
    ///
    /// # Errors
    /// The first rule that the plan breaks.
    ///
    /// [`super::build_backup_plan`] has an example.
    pub fn validate(self) -> Result<ValidPlan, PlanError> {
        self.validate_under(Rules::CURRENT)
    }

    /// Checks the plan for planning by the rules of one version and hands it back as valid.
    ///
    /// # Errors
    /// The first rule that the plan breaks.
    pub fn validate_under(self, rules: Rules) -> Result<ValidPlan, PlanError> {
        self.check_under(ValidationPurpose::Planning, rules)?;
        Ok(ValidPlan { plan: self, rules })
    }

    /// Checks the plan for `purpose`.
    ///
    /// # Errors
    /// The first rule that the plan breaks.
    pub fn check(&self, purpose: ValidationPurpose) -> Result<(), PlanError> {
        self.check_under(purpose, Rules::CURRENT)
    }

    /// Checks the plan for `purpose` by the rules of one version.
    ///
    /// # Errors
    /// The first rule that the plan breaks.
    pub fn check_under(&self, purpose: ValidationPurpose, rules: Rules) -> Result<(), PlanError> {
        self.header.check_first()?;
        let targets = check_targets(&self.header, &self.targets)?;
        check_operations(&self.phases, &targets)?;
        self.header.check_selection(|canister| targets.contains(canister))?;
        check_phase_order(&self.phases)?;
        if rules >= Rules::V2 {
            self.check_names()?;
            check_restore(self)?;
            check_workable(self)?;
        }
        match purpose {
            ValidationPurpose::Planning => Ok(()),
            ValidationPurpose::Execution => {
                self.targets.iter().try_for_each(|t| check_authorities(&self.header, t))
            }
        }
    }
}

impl PlanHeader {
    /// Checks the header of a plan whose targets are sent in batches.
    ///
    /// # Errors
    /// The first rule that the header breaks.
    pub fn check(&self, rules: Rules) -> Result<(), PlanError> {
        self.check_first()?;
        if self.restore.is_some() {
            return Err(PlanError::RestoreInBatches);
        }
        if rules >= Rules::V2 { self.check_names() } else { Ok(()) }
    }

    fn check_first(&self) -> Result<(), PlanError> {
        PlanError::require("plan_id", self.plan_id.as_str())?;
        PlanError::require("run_id", self.run_id.as_str())?;
        PlanError::require("fleet", &self.fleet)?;
        PlanError::require("network", &self.network)?;
        PlanError::require("topology_hash_before_quiesce", &self.topology_hash_before_quiesce)?;
        match (self.selected_scope_kind, self.root_included) {
            (BackupScopeKind::MaintenanceRoot, false) => {
                Err(PlanError::MaintenanceRootExcludesRoot)
            }
            (BackupScopeKind::MaintenanceRoot, true) | (_, false) => Ok(()),
            (_, true) => Err(PlanError::RootIncludedWithoutMaintenance),
        }
    }

    /// Checks that the selected canister fits the scope, given what is a target.
    ///
    /// # Errors
    /// [`PlanError::NonRootFleetHasSelectedRoot`], [`PlanError::EmptyField`] or
    /// [`PlanError::SelectedRootNotInTargets`].
    pub fn check_selection(
        &self,
        is_target: impl FnOnce(&Principal) -> bool,
    ) -> Result<(), PlanError> {
        match (self.selected_scope_kind, &self.selected_subtree_root) {
            (BackupScopeKind::NonRootFleet, None) => Ok(()),
            (BackupScopeKind::NonRootFleet, Some(_)) => Err(PlanError::NonRootFleetHasSelectedRoot),
            (_, None) => Err(PlanError::EmptyField { field: "selected_subtree_root".to_string() }),
            (_, Some(selected)) if is_target(selected) => Ok(()),
            (_, Some(selected)) => {
                Err(PlanError::SelectedRootNotInTargets { canister_id: *selected })
            }
        }
    }
}

impl BackupTarget {
    /// Checks a target that is sent in a batch, for itself; whether it is listed twice only the list can tell.
    ///
    /// # Errors
    /// [`PlanError::EmptyField`], [`PlanError::RestoreTarget`]; from [`Rules::V2`] on [`PlanError::HiddenCharacter`]
    /// and [`PlanError::NoCanister`].
    pub fn check(&self, rules: Rules) -> Result<(), PlanError> {
        self.check_first()?;
        if self.restore.is_some() {
            return Err(PlanError::RestoreTarget { canister_id: self.canister_id });
        }
        if rules >= Rules::V2 { self.check_names() } else { Ok(()) }
    }

    fn check_first(&self) -> Result<(), PlanError> {
        PlanError::require_if_present("targets[].role", self.role.as_deref())?;
        PlanError::require_if_present(
            "targets[].expected_module_hash",
            self.expected_module_hash.as_deref(),
        )?;
        self.control_authority.check()
    }

    /// Checks that the target is not the root where the root is excluded.
    ///
    /// # Errors
    /// [`PlanError::RootIncludedWithoutMaintenance`].
    pub fn check_scope(&self, header: &PlanHeader) -> Result<(), PlanError> {
        if !header.root_included && self.canister_id == header.root_canister_id {
            return Err(PlanError::RootIncludedWithoutMaintenance);
        }
        Ok(())
    }
}

impl ControlAuthority {
    /// An alternate controller needs a reason.
    ///
    /// # Errors
    /// [`PlanError::EmptyField`].
    pub fn check(&self) -> Result<(), PlanError> {
        match &self.source {
            ControlAuthoritySource::AlternateController { reason, .. } => {
                PlanError::require("targets[].control_authority.reason", reason)
            }
            ControlAuthoritySource::Unknown
            | ControlAuthoritySource::RootController
            | ControlAuthoritySource::OperatorController => Ok(()),
        }
    }
}

fn check_targets(
    header: &PlanHeader,
    targets: &[BackupTarget],
) -> Result<BTreeSet<Principal>, PlanError> {
    if targets.is_empty() {
        return Err(PlanError::EmptyTargets);
    }
    let mut seen = BTreeSet::new();
    for target in targets {
        target.check_first()?;
        if !seen.insert(target.canister_id) {
            return Err(PlanError::DuplicateTarget { canister_id: target.canister_id });
        }
        target.check_scope(header)?;
    }
    Ok(seen)
}

fn check_operations(
    phases: &[BackupOperation],
    targets: &BTreeSet<Principal>,
) -> Result<(), PlanError> {
    if phases.is_empty() {
        return Err(PlanError::EmptyPhases);
    }
    let mut ids = BTreeSet::new();
    for (expected, operation) in (0..).zip(phases) {
        check_operation(operation, expected)?;
        if !ids.insert(operation.operation_id.as_str()) {
            return Err(PlanError::DuplicateOperationId {
                operation_id: operation.operation_id.clone(),
            });
        }
        check_operation_target(operation, targets)?;
    }
    Ok(())
}

fn check_operation(operation: &BackupOperation, expected: u32) -> Result<(), PlanError> {
    PlanError::require("phases[].operation_id", &operation.operation_id)?;
    if operation.order != expected {
        return Err(PlanError::OperationOrderMismatch {
            operation_id: operation.operation_id.clone(),
            order: operation.order,
            expected,
        });
    }
    Ok(())
}

fn check_operation_target(
    operation: &BackupOperation,
    targets: &BTreeSet<Principal>,
) -> Result<(), PlanError> {
    match operation.target_canister_id {
        Some(canister_id) if !targets.contains(&canister_id) => {
            Err(PlanError::UnknownOperationTarget {
                operation_id: operation.operation_id.clone(),
                canister_id,
            })
        }
        _ => Ok(()),
    }
}

/// Every preflight kind is there, and nothing touches a canister before the last of them.
///
/// Of several rows of one preflight kind the first counts.
fn check_phase_order(phases: &[BackupOperation]) -> Result<(), PlanError> {
    let mut preflight_over = 0;
    for kind in BackupOperationKind::BACKUP.into_iter().filter(|kind| kind.is_preflight()) {
        let position = phases
            .iter()
            .position(|operation| operation.kind == kind)
            .ok_or(PlanError::MissingPreflight { kind })?;
        preflight_over = preflight_over.max(position);
    }
    match phases[..preflight_over].iter().find(|operation| operation.kind.touches_canister()) {
        Some(operation) => {
            Err(PlanError::MutationBeforePreflight { operation_id: operation.operation_id.clone() })
        }
        None => Ok(()),
    }
}

/// Both authorities over `target` are proven, and the root's where the plan requires it.
fn check_authorities(header: &PlanHeader, target: &BackupTarget) -> Result<(), PlanError> {
    check_control(target.canister_id, &target.control_authority)?;
    check_snapshot_read(target.canister_id, target.snapshot_read_authority)?;
    check_root_controls(header, target.canister_id, &target.control_authority)
}

pub(crate) fn check_control(
    canister_id: Principal,
    authority: &ControlAuthority,
) -> Result<(), PlanError> {
    if authority.is_proven() {
        return Ok(());
    }
    Err(PlanError::UnprovenControlAuthority { canister_id })
}

pub(crate) fn check_snapshot_read(
    canister_id: Principal,
    authority: SnapshotReadAuthority,
) -> Result<(), PlanError> {
    if authority.is_proven() {
        return Ok(());
    }
    Err(PlanError::UnprovenSnapshotReadAuthority { canister_id })
}

pub(crate) fn check_root_controls(
    header: &PlanHeader,
    canister_id: Principal,
    authority: &ControlAuthority,
) -> Result<(), PlanError> {
    let required = header.requires_root_controller && canister_id != header.root_canister_id;
    if required && !authority.is_proven_root_controller() {
        return Err(PlanError::MissingRootController { canister_id });
    }
    Ok(())
}
