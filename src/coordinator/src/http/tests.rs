//! Names with characters that hide text, put it in another place or end a line are refused, and earlier releases
//! took them: such a name is shown with escapes.

use super::{health, logs, metrics, pages};
use crate::storage::{
    FleetKey, LastBackup, LastBackups, Memories, PlanRecord, RunKey, RunNumber, StoppedKey,
    Storage, Stored, TargetKey,
};
use backup_journal::{
    RunId, Timestamp,
    journal::{Header, OwedStart, Shape},
    plan::{
        AuthorityEvidence, BackupScopeKind, PlanHeader, QuiescencePolicy, SnapshotReadAuthority,
        SnapshotReadAuthoritySource,
    },
    rules::Rules,
    text::visible,
};
use candid::Principal;
use ic_stable_structures::DefaultMemoryImpl;

/// A name that turns around the line that it is in.
const NAME: &str = "a\u{202e}b\u{0}c\u{1b}[2Jd\ne\u{2066}f";

const CANISTER: Principal = Principal::from_slice(&[7]);

fn plan() -> PlanHeader {
    PlanHeader {
        plan_id: NAME.into(),
        run_id: NAME.into(),
        fleet: NAME.to_string(),
        network: NAME.to_string(),
        root_canister_id: CANISTER,
        selected_subtree_root: None,
        selected_scope_kind: BackupScopeKind::NonRootFleet,
        include_descendants: true,
        root_included: false,
        requires_root_controller: false,
        snapshot_read_authority: SnapshotReadAuthority {
            source: SnapshotReadAuthoritySource::Unknown,
            evidence: AuthorityEvidence::Unknown,
        },
        quiescence_policy: QuiescencePolicy::CrashConsistent,
        topology_hash_before_quiesce: String::new(),
        restore: None,
    }
}

/// A run without operations, which owes a start nevertheless.
fn storage() -> Storage {
    let mut storage = Storage::open(&Memories::new(DefaultMemoryImpl::default()));
    let (run, since, header) = (RunNumber(0), Timestamp(0), plan());
    let shape = Shape {
        operations: 0,
        preflight_operations: 0,
        starts: 0,
        roll_backs: 0,
        first_preflight: None,
        first_mutating: None,
    };
    let stored = Header { starts_owed: 1, ..Header::new(&header, Rules::V1, 1, shape, since) };
    storage.keep_run_of_fleet(run, None, &stored);
    storage.headers.set(run, Some(Stored(stored)));
    storage.save();
    storage.run_numbers.insert(RunKey::from(&header.run_id), run);
    let record = PlanRecord { header, digest: Vec::new(), created_by: CANISTER };
    storage.plans.insert(run, Stored(record));
    let owed = OwedStart::after_claim(None, since);
    storage.owed_starts.insert(TargetKey { run, target: CANISTER }, Stored(owed));
    storage.stopped.insert(StoppedKey { since, run, target: CANISTER }, ());
    let last = Some(LastBackup { completed_at: since, run });
    let backup = LastBackups { on_network: last, complete: last, proven: last };
    storage.last_backups.insert(FleetKey(NAME.to_string()), Stored(backup));
    storage
}

/// Checks that a text of so many lines, or any number, shows the name.
fn check(what: &str, text: &str, lines: Option<usize>) {
    let raw = |it: &char| NAME.contains(*it) && !it.is_ascii_graphic() && *it != '\n';
    assert_eq!(text.chars().find(raw), None, "{what}: {text:?}");
    assert!(text.contains(&*visible(NAME)), "{what}: {text}");
    if let Some(lines) = lines {
        assert_eq!(text.lines().count(), lines, "{what}: {text}");
    }
}

#[test]
fn names_are_written_out_on_pages() {
    let (storage, now) = (storage(), Timestamp(1));
    let dashboard = pages::dashboard(&storage, true, now).body;
    check("the dashboard", &dashboard, None);
    assert_eq!(
        dashboard.matches(&*visible(NAME)).count(),
        4,
        "in the banner, its fleet, its last run and what is wrong with that"
    );
    let link = "/dashboard/run/a%E2%80%AEb%00c%1B%5B2Jd%0Ae%E2%81%A6f";
    assert_eq!(dashboard.matches(link).count(), 2);
    let runs = pages::runs(&storage, None, now).body;
    check("the runs", &runs, None);
    assert_eq!(runs.matches(&*visible(NAME)).count(), 2, "a run and its fleet");
    let run = pages::run(&storage, &RunId::from(NAME), 1, now).expect("it is there").body;
    check("the page of the run", &run, None);
    assert_eq!(run.matches(&*visible(NAME)).count(), 4, "title, heading, fleet and plan");
}

#[test]
fn names_are_written_out_for_machines() {
    let (storage, now) = (storage(), Timestamp(1 << 60));
    let health = health::overdue(&storage, true, now).concat();
    check("health", &health, Some(2));
    let text = |figures: fn(&mut metrics::Encoder, &Storage, Timestamp) -> std::io::Result<()>| {
        let mut encoder = metrics::Encoder::new(Vec::new(), 1);
        figures(&mut encoder, &storage, now).expect("a vector takes all");
        String::from_utf8(encoder.into_inner()).expect("text").replace(r"\\", r"\")
    };
    check("stopped", &text(|to, storage, _| metrics::owed(to, storage, true)), Some(3));
    check("fleets", &text(|to, storage, now| metrics::fleets(to, storage, true, now)), Some(12));
}

#[test]
fn names_are_written_out_in_the_log() {
    let line = logs::shown(&format!("operation_claimed of {NAME} by {CANISTER}"));
    check("the log", &line, Some(1));
}
