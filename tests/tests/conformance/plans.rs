//! Plans that are accepted, ordinary and odd ones.

use backup_journal::plan::{
    AuthorityEvidence, BackupOperation, BackupOperationKind, BackupPlan, BackupScopeKind,
    BackupTarget, ControlAuthority, ControlAuthoritySource, IdentityMode, PlanHeader,
    QuiescencePolicy, SnapshotReadAuthority, SnapshotReadAuthoritySource, derive_phases,
};
use candid::Principal;
use proptest::{collection::vec, option, prelude::*, sample::select};

/// The root of every generated fleet.
pub const ROOT: u8 = 250;
/// A canister of no generated fleet.
pub const STRANGER: u8 = 251;
/// The topology hash of every generated plan.
pub const TOPOLOGY: &str = "0123456789abcdefABCDEF9876543210000011112222333344445555666677ff";

pub fn canister(number: u8) -> Principal {
    Principal::from_slice(&[number, number.wrapping_mul(37), 1, 1])
}

pub fn role() -> impl Strategy<Value = Option<String>> {
    option::of(select(vec!["orders", "users", "index"]).prop_map(String::from))
}

pub fn evidence() -> impl Strategy<Value = AuthorityEvidence> {
    prop_oneof![
        4 => Just(AuthorityEvidence::Proven),
        1 => Just(AuthorityEvidence::Declared),
        1 => Just(AuthorityEvidence::Unknown),
    ]
}

pub fn control() -> impl Strategy<Value = ControlAuthority> {
    let source = prop_oneof![
        4 => Just(ControlAuthoritySource::RootController),
        3 => Just(ControlAuthoritySource::OperatorController),
        1 => Just(ControlAuthoritySource::Unknown),
        1 => Just(ControlAuthoritySource::AlternateController {
            controller: canister(STRANGER),
            reason: "the fleet is moving".to_string(),
        }),
    ];
    (source, evidence()).prop_map(|(source, evidence)| ControlAuthority { source, evidence })
}

pub fn snapshot_read() -> impl Strategy<Value = SnapshotReadAuthority> {
    let source = select(vec![
        SnapshotReadAuthoritySource::OperatorController,
        SnapshotReadAuthoritySource::SnapshotVisibility,
        SnapshotReadAuthoritySource::RootConfiguredRead,
        SnapshotReadAuthoritySource::RootMediatedTransfer,
        SnapshotReadAuthoritySource::Unknown,
    ]);
    (source, evidence()).prop_map(|(source, evidence)| SnapshotReadAuthority { source, evidence })
}

pub fn policy() -> impl Strategy<Value = QuiescencePolicy> {
    select(vec![
        QuiescencePolicy::CrashConsistent,
        QuiescencePolicy::RootCoordinated,
        QuiescencePolicy::AppQuiesced,
    ])
}

pub fn identity() -> impl Strategy<Value = IdentityMode> {
    select(vec![IdentityMode::Fixed, IdentityMode::Relocatable])
}

pub fn scope() -> impl Strategy<Value = BackupScopeKind> {
    select(vec![
        BackupScopeKind::Member,
        BackupScopeKind::Subtree,
        BackupScopeKind::NonRootFleet,
        BackupScopeKind::MaintenanceRoot,
    ])
}

/// A plan that is accepted; mostly of one or two targets.
pub fn valid_plan() -> impl Strategy<Value = BackupPlan> {
    (header(), targets(), any::<u8>(), layout()).prop_map(|(mut header, targets, pick, layout)| {
        let selected = targets[usize::from(pick) % targets.len()].canister_id;
        header.root_included = header.selected_scope_kind == BackupScopeKind::MaintenanceRoot;
        header.selected_subtree_root =
            (header.selected_scope_kind != BackupScopeKind::NonRootFleet).then_some(selected);
        if header.root_included && pick % 2 == 0 {
            header.root_canister_id = selected;
        }
        let phases = layout.phases(&targets);
        BackupPlan { header, targets, phases }
    })
}

fn header() -> impl Strategy<Value = PlanHeader> {
    let flags = (any::<bool>(), proptest::bool::weighted(0.3));
    (scope(), policy(), snapshot_read(), flags).prop_map(
        |(selected_scope_kind, quiescence_policy, snapshot_read_authority, flags)| PlanHeader {
            plan_id: "plan".into(),
            run_id: "run".into(),
            fleet: "fleet".to_string(),
            network: "ic".to_string(),
            root_canister_id: canister(ROOT),
            selected_subtree_root: None,
            selected_scope_kind,
            include_descendants: flags.0,
            root_included: false,
            requires_root_controller: flags.1,
            snapshot_read_authority,
            quiescence_policy,
            topology_hash_before_quiesce: TOPOLOGY.to_string(),
            restore: None,
        },
    )
}

fn targets() -> impl Strategy<Value = Vec<BackupTarget>> {
    let details = (role(), option::of(0..9_u8), 0..3_u32, control(), snapshot_read(), identity());
    let hash = option::weighted(0.2, Just("0a0b".to_string()));
    let target = (details, hash).prop_map(|(details, expected_module_hash)| BackupTarget {
        canister_id: canister(0),
        role: details.0,
        parent_canister_id: details.1.map(canister),
        depth: details.2,
        control_authority: details.3,
        snapshot_read_authority: details.4,
        identity_mode: details.5,
        expected_module_hash,
        restore: None,
    });
    let target = target.boxed();
    let count = prop_oneof![6 => Just(1..=1), 6 => Just(2..=2), 2 => Just(3..=4)];
    let targets = count.prop_flat_map(move |count| vec(target.clone(), count));
    (targets, 1..200_u8).prop_map(|(mut targets, first)| {
        for (number, target) in (first..).zip(&mut targets) {
            target.canister_id = canister(number);
        }
        targets
    })
}

/// In which order a plan lists which operations.
#[derive(Clone, Debug)]
enum Layout {
    /// As a plan is derived from a registry.
    Derived,
    /// Whatever the rules still allow.
    Odd {
        /// The four preflight kinds in some order.
        preflight: Vec<BackupOperationKind>,
        /// What stands between them although it is none of them.
        between: Vec<(usize, BackupOperationKind)>,
        /// What follows, each on the target of that number, if there is one.
        rest: Vec<(BackupOperationKind, usize)>,
    },
}

fn layout() -> impl Strategy<Value = Layout> {
    use BackupOperationKind as Kind;
    let preflight: Vec<Kind> =
        Kind::BACKUP.into_iter().filter(|kind| kind.is_preflight()).collect();
    let harmless: Vec<Kind> =
        Kind::BACKUP.into_iter().filter(|kind| !kind.touches_canister()).collect();
    let anything = prop_oneof![
        2 => select(Kind::BACKUP.to_vec()),
        3 => select(vec![Kind::Stop, Kind::Start]),
    ];
    let odd = (
        Just(preflight).prop_shuffle(),
        vec((0..=4_usize, select(harmless)), 0..3),
        vec((anything, 0..6_usize), 0..8),
    );
    prop_oneof![
        Just(Layout::Derived),
        odd.prop_map(|(preflight, between, rest)| Layout::Odd { preflight, between, rest }),
    ]
}

impl Layout {
    fn phases(self, targets: &[BackupTarget]) -> Vec<BackupOperation> {
        let Self::Odd { preflight, between, rest } = self else {
            return derive_phases(targets);
        };
        let mut rows: Vec<(BackupOperationKind, Option<Principal>)> =
            preflight.into_iter().map(|kind| (kind, None)).collect();
        for (position, kind) in between {
            rows.insert(position, (kind, None));
        }
        rows.extend(
            rest.into_iter()
                .map(|(kind, target)| (kind, targets.get(target).map(|t| t.canister_id))),
        );
        let operation = |(order, (kind, target_canister_id))| BackupOperation {
            operation_id: format!("operation-{order}"),
            order,
            kind,
            target_canister_id,
        };
        (0..).zip(rows).map(operation).collect()
    }
}
