//! What can be wrong with a plan. A flaw changes a plan; some plans it leaves as right as before.

use crate::plans::{ROOT, STRANGER, canister};
use backup_journal::plan::{
    AuthorityEvidence, BackupOperation, BackupOperationKind, BackupPlan, BackupTarget,
    ControlAuthority, ControlAuthoritySource, SnapshotReadAuthoritySource,
};
use proptest::{prelude::*, sample::select};

#[derive(Clone, Debug)]
pub struct PlanFlaw {
    kind: Flaw,
    /// Which target or operation it is about.
    at: usize,
    /// A blank text is as bad as none.
    blank: &'static str,
}

#[derive(Clone, Copy, Debug)]
enum Flaw {
    PlanId,
    RunId,
    Fleet,
    Network,
    TopologyHash,
    Role,
    ModuleHash,
    OperationId,
    NoReason,
    NoTargets,
    NoPhases,
    SameTarget,
    SameOperationId,
    Order,
    Swap,
    RootIncluded,
    RootAmongTargets,
    SelectNothing,
    SelectStranger,
    UnknownTarget,
    NoPreflight,
    EarlyMutation,
    Control,
    ControlSource,
    SnapshotRead,
    SnapshotReadSource,
    RootRequired,
    /// Departure 10.
    Hidden,
    /// Departure 10.
    Nobody,
    /// Departure 10.
    Idle,
    /// Departure 10.
    Exchanged,
}

const ALL: [Flaw; 31] = [
    Flaw::PlanId,
    Flaw::RunId,
    Flaw::Fleet,
    Flaw::Network,
    Flaw::TopologyHash,
    Flaw::Role,
    Flaw::ModuleHash,
    Flaw::OperationId,
    Flaw::NoReason,
    Flaw::NoTargets,
    Flaw::NoPhases,
    Flaw::SameTarget,
    Flaw::SameOperationId,
    Flaw::Order,
    Flaw::Swap,
    Flaw::RootIncluded,
    Flaw::RootAmongTargets,
    Flaw::SelectNothing,
    Flaw::SelectStranger,
    Flaw::UnknownTarget,
    Flaw::NoPreflight,
    Flaw::EarlyMutation,
    Flaw::Control,
    Flaw::ControlSource,
    Flaw::SnapshotRead,
    Flaw::SnapshotReadSource,
    Flaw::RootRequired,
    Flaw::Hidden,
    Flaw::Nobody,
    Flaw::Idle,
    Flaw::Exchanged,
];

pub fn plan_flaw() -> impl Strategy<Value = PlanFlaw> {
    (select(ALL.to_vec()), 0..24_usize, select(vec!["", " ", "\t\n", "\u{2003}"]))
        .prop_map(|(kind, at, blank)| PlanFlaw { kind, at, blank })
}

impl PlanFlaw {
    pub fn apply(&self, plan: &mut BackupPlan) {
        let blank = || self.blank.to_string();
        let header = &mut plan.header;
        match self.kind {
            Flaw::PlanId => header.plan_id = self.blank.into(),
            Flaw::RunId => header.run_id = self.blank.into(),
            Flaw::Fleet => header.fleet = blank(),
            Flaw::Network => header.network = blank(),
            Flaw::TopologyHash => header.topology_hash_before_quiesce = blank(),
            Flaw::RootIncluded => header.root_included = !header.root_included,
            Flaw::SelectNothing => header.selected_subtree_root = None,
            Flaw::SelectStranger => header.selected_subtree_root = Some(canister(STRANGER)),
            Flaw::RootRequired => header.requires_root_controller = true,
            Flaw::Hidden => header.fleet.push('\u{202e}'),
            Flaw::Nobody => rename_target(plan, candid::Principal::anonymous()),
            Flaw::Idle => {
                let target = plan.targets.first().cloned();
                let idle = target.map(|t| BackupTarget { canister_id: canister(STRANGER), ..t });
                plan.targets.extend(idle);
            }
            Flaw::Exchanged => self.exchange(plan),
            Flaw::NoTargets => plan.targets.clear(),
            Flaw::NoPhases => plan.phases.clear(),
            Flaw::SameTarget => self.repeat_target(plan),
            Flaw::RootAmongTargets => plan.header.root_canister_id = self.some_target(plan),
            _ => {
                self.apply_to_target(plan);
                self.apply_to_operation(&mut plan.phases);
            }
        }
    }

    fn some_target(&self, plan: &BackupPlan) -> candid::Principal {
        plan.targets
            .get(self.at % plan.targets.len().max(1))
            .map_or(canister(ROOT), |target| target.canister_id)
    }

    /// Exchanges two operations on one target that have an order.
    fn exchange(&self, plan: &mut BackupPlan) {
        use BackupOperationKind::{CreateSnapshot, DownloadSnapshot, Start, Stop, VerifyArtifact};
        let pairs =
            [(Stop, Start), (CreateSnapshot, DownloadSnapshot), (DownloadSnapshot, VerifyArtifact)];
        let (first, second) = pairs[self.at % pairs.len()];
        let target = plan.targets.first().map(|target| target.canister_id);
        let find = |kind| {
            let is = |o: &BackupOperation| o.kind == kind && o.target_canister_id == target;
            plan.phases.iter().position(is)
        };
        if let (Some(first), Some(second)) = (find(first), find(second)) {
            plan.phases.swap(first, second);
            renumber(&mut plan.phases);
        }
    }

    fn repeat_target(&self, plan: &mut BackupPlan) {
        if let Some(target) = plan.targets.first().cloned() {
            plan.targets.insert(self.at % (plan.targets.len() + 1), target);
        }
    }

    fn apply_to_target(&self, plan: &mut BackupPlan) {
        let count = plan.targets.len().max(1);
        let Some(BackupTarget {
            role,
            expected_module_hash,
            control_authority,
            snapshot_read_authority,
            ..
        }) = plan.targets.get_mut(self.at % count)
        else {
            return;
        };
        match self.kind {
            Flaw::Role => *role = Some(self.blank.to_string()),
            Flaw::ModuleHash => *expected_module_hash = Some(self.blank.to_string()),
            Flaw::Control => control_authority.evidence = AuthorityEvidence::Declared,
            Flaw::ControlSource => control_authority.source = ControlAuthoritySource::Unknown,
            Flaw::SnapshotRead => snapshot_read_authority.evidence = AuthorityEvidence::Unknown,
            Flaw::SnapshotReadSource => {
                snapshot_read_authority.source = SnapshotReadAuthoritySource::Unknown;
            }
            Flaw::NoReason => {
                *control_authority = ControlAuthority {
                    source: ControlAuthoritySource::AlternateController {
                        controller: canister(STRANGER),
                        reason: self.blank.to_string(),
                    },
                    evidence: AuthorityEvidence::Proven,
                }
            }
            _ => {}
        }
    }

    fn apply_to_operation(&self, phases: &mut Vec<BackupOperation>) {
        let count = phases.len();
        if count < 2 {
            return;
        }
        let at = self.at % count;
        let other = (at + 1) % count;
        match self.kind {
            Flaw::OperationId => phases[at].operation_id = self.blank.to_string(),
            Flaw::SameOperationId => phases[at].operation_id = phases[other].operation_id.clone(),
            Flaw::Order => phases[at].order += 1,
            Flaw::Swap => phases.swap(at, other),
            Flaw::UnknownTarget => phases[at].target_canister_id = Some(canister(STRANGER)),
            Flaw::NoPreflight => {
                let kind = BackupOperationKind::BACKUP[self.at % 4];
                phases.retain(|operation| operation.kind != kind);
                renumber(phases);
            }
            Flaw::EarlyMutation => {
                let kind = BackupOperationKind::BACKUP[4 + self.at % 6];
                phases[at.min(3)].kind = kind;
                let again = BackupOperationKind::BACKUP[self.at % 4];
                phases.push(BackupOperation {
                    operation_id: "late".to_string(),
                    order: 0,
                    kind: again,
                    target_canister_id: None,
                });
                renumber(phases);
            }
            _ => {}
        }
    }
}

/// Another canister takes the place of the first target, everywhere.
fn rename_target(plan: &mut BackupPlan, new: candid::Principal) {
    let Some(old) = plan.targets.first().map(|target| target.canister_id) else { return };
    let renamed = |id: candid::Principal| if id == old { new } else { id };
    for target in &mut plan.targets {
        target.canister_id = renamed(target.canister_id);
    }
    for operation in &mut plan.phases {
        operation.target_canister_id = operation.target_canister_id.map(renamed);
    }
    let selected = &mut plan.header.selected_subtree_root;
    *selected = selected.map(renamed);
    plan.header.root_canister_id = renamed(plan.header.root_canister_id);
}

fn renumber(phases: &mut [BackupOperation]) {
    for (order, operation) in (0..).zip(phases) {
        operation.order = order;
    }
}
