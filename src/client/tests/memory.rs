//! What an audit takes in memory: the state that follows from a log, and none of its blocks.

use backup_coordinator_client::{
    audit::Log,
    journal::{
        Attempt, Rules, RunId, Sequence, Timestamp,
        api::{AuditEvent, AuditEventKind as Kind},
        block::{Entry, Hash, Payload, block},
        journal::{
            Journal, JournalView, OperationReceipt, ReceiptOutcome, accept_preflight_bundle,
        },
        plan::{
            AuthorityEvidence, BackupPlan, BackupPlanInput, BackupScopeKind, ControlAuthority,
            ControlAuthoritySource, IdentityMode, QuiescencePolicy, SnapshotReadAuthority,
            SnapshotReadAuthoritySource, build_backup_plan,
        },
        registry::RegistryEntry,
    },
};
use candid::Principal;
use peak_alloc::PeakAlloc;

#[global_allocator]
static ALLOCATOR: PeakAlloc = PeakAlloc;

/// Members of the fleet that each run backs up.
const MEMBERS: u32 = 1_000;
/// Blocks of such a run: one that opens it, one that accepts its preflight, and a claim and a receipt for each of the
/// five operations on a member and for the manifest.
const BLOCKS_PER_RUN: usize = 2 + 2 * (5 * MEMBERS as usize + 1);

fn canister(number: u32) -> Principal {
    Principal::from_slice(&[&number.to_be_bytes()[..], &[1; 6]].concat())
}

fn plan(run_id: &str) -> BackupPlan {
    let entry = |number| RegistryEntry {
        canister_id: canister(number),
        role: None,
        kind: None,
        parent_canister_id: (number > 0).then(|| canister(0)),
        module_hash: None,
    };
    let input = BackupPlanInput {
        plan_id: "plan".into(),
        run_id: run_id.into(),
        fleet: "shop".to_string(),
        network: "ic".to_string(),
        root_canister_id: canister(0),
        selected_canister_id: None,
        selected_scope_kind: BackupScopeKind::NonRootFleet,
        include_descendants: true,
        topology_hash_before_quiesce: "0".repeat(64),
        registry: (0..=MEMBERS).map(entry).collect(),
        control_authority: ControlAuthority {
            source: ControlAuthoritySource::OperatorController,
            evidence: AuthorityEvidence::Declared,
        },
        snapshot_read_authority: SnapshotReadAuthority {
            source: SnapshotReadAuthoritySource::OperatorController,
            evidence: AuthorityEvidence::Declared,
        },
        quiescence_policy: QuiescencePolicy::CrashConsistent,
        identity_mode: IdentityMode::Fixed,
    };
    build_backup_plan(input).expect("the registry makes a plan")
}

/// Writes a log and reads it, block by block.
#[derive(Default)]
struct Tape {
    log: Log,
    tip: Option<Hash>,
}

impl Tape {
    fn now(&self) -> Timestamp {
        Timestamp(self.log.length() + 1)
    }

    fn push(&mut self, run_id: &RunId, kind: Kind, payload: Option<Payload>) {
        let event = AuditEvent {
            index: self.log.length(),
            time: self.now(),
            caller: canister(MEMBERS + 1),
            run_id: Some(run_id.clone()),
            kind,
        };
        let block = block(&Entry { event, payload }, self.tip);
        self.tip = Some(block.hash());
        self.log.add(&block).expect("the block is in order");
    }

    /// Backs the fleet up, as a coordinator would record it.
    fn run(&mut self, number: usize) {
        let run_id = RunId::from(format!("run-{number}"));
        let plan = plan(run_id.as_str());
        let mut journal = Journal::new(plan.clone().validate().expect("valid"), self.now());
        let opened = Kind::JournalCreated {
            plan_id: plan.header.plan_id.clone(),
            targets: MEMBERS,
            operations: u32::try_from(plan.phases.len()).expect("few operations"),
            rules: Rules::CURRENT,
        };
        self.push(&run_id, opened, Some(Payload::Plan(plan)));
        let now = self.now();
        journal
            .change(|it| accept_preflight_bundle(it, &"checked".into(), now))
            .expect("the first one");
        self.push(&run_id, Kind::PreflightAccepted { preflight_id: "checked".into() }, None);
        while let Some(sequence) = journal.header().cursor {
            self.operation(&run_id, &mut journal, sequence);
        }
    }

    fn operation(&mut self, run_id: &RunId, journal: &mut Journal, sequence: Sequence) {
        journal.mark_operation_pending(sequence, self.now()).expect("it is next");
        self.push(run_id, Kind::OperationClaimed { sequence, attempt: Attempt(1) }, None);
        let header = journal.header();
        let operation = journal.operation(header, sequence).expect("it is there");
        let text = || Some("a text of some length".to_string());
        let (plan_id, preflight_id) = (header.plan_id.clone(), header.preflight_id().cloned());
        let receipt = OperationReceipt {
            snapshot_id: text(),
            artifact_path: text(),
            checksum: text(),
            ..OperationReceipt::new(
                plan_id,
                run_id.clone(),
                preflight_id.clone(),
                &operation,
                ReceiptOutcome::Completed,
            )
        };
        let (caller, now) = (canister(MEMBERS + 1), self.now());
        journal.record_operation_receipt(receipt, caller, now).expect("it is claimed");
        let recorded = journal.receipts().last().expect("one was recorded");
        let kind = Kind::ReceiptRecorded {
            sequence,
            attempt: Attempt(1),
            outcome: ReceiptOutcome::Completed,
            receipt_index: recorded.index,
            preflight_id,
            snapshot_id: text(),
            artifact_path: text(),
            checksum: text(),
            failure_reason: None,
            performed_at: None,
        };
        self.push(run_id, kind, None);
    }
}

/// Reads a log of so many runs; the most bytes that were in use for a block.
fn bytes_per_block(runs: usize) -> usize {
    let mut tape = Tape::default();
    tape.run(0);
    ALLOCATOR.reset_peak_usage();
    let before = ALLOCATOR.current_usage();
    (1..=runs).for_each(|number| tape.run(number));
    let blocks = runs * BLOCKS_PER_RUN;
    assert_eq!(tape.log.length(), (blocks + BLOCKS_PER_RUN) as u64);
    let peak = ALLOCATOR.peak_usage_as_mb() * 1_024.0 * 1_024.0;
    #[allow(
        clippy::cast_possible_truncation,
        clippy::cast_precision_loss,
        clippy::cast_sign_loss,
        reason = "the allocator gives its figure in megabytes only"
    )]
    let grown = (peak - before as f32) as usize;
    println!("{blocks} blocks: {} MB, {} bytes a block", grown >> 20, grown / blocks);
    grown / blocks
}

#[test]
fn no_block_is_kept() {
    // A claim and a receipt are two blocks of about 700 bytes each as values; what follows from both is a receipt.
    let bytes = bytes_per_block(4);
    assert!(bytes <= 700, "a block takes {bytes} bytes");
}

#[test]
#[ignore = "it takes minutes: cargo test --release -p backup-coordinator-client --test memory -- --ignored --nocapture"]
fn a_million_blocks_are_read_in_a_gigabyte() {
    let bytes = bytes_per_block(100);
    assert!(bytes <= 1_000, "a block takes {bytes} bytes");
}
