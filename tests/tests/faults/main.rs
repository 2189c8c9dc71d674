//! Every call that the coordinator makes while it backs a fleet up or restores it, with every fault that a call can have.
//!
//! The fleet has a root and members in two levels below it. After each run all members must run again by the restart deadline,
//! the journal, a replay of the log and the canisters must agree, and no snapshot may be lost without a word. After a restore
//! all members have the state of the backup, or all have the state from before.
//! `docs/faults.md` has the table; with `FAULTS_WRITE=1` the test writes it.

mod deletions;
mod discovery;
mod report;
mod run;
mod table;
mod world;

use backup_coordinator_client::journal::{execution::calls_per_member, journal::RunOutcome};
use canister_sandbox::{CallFault, PlannedFault};
use report::{Report, Tried};
use run::run;
use std::{
    collections::BTreeMap,
    env,
    sync::{
        Mutex,
        atomic::{AtomicUsize, Ordering},
    },
    thread,
};
use world::{What, World};

/// How many pairs of faults are tried of each kind of run, unless `FAULTS_PAIRS` says otherwise.
const PAIRS: usize = 100;
/// Runs on one network; then another is set up, because the log that is replayed grows with each run.
const RUNS_PER_WORLD: usize = 12;

/// The faults of one run.
type Case = Vec<PlannedFault>;

#[test]
fn every_fault_at_every_call() {
    let [backups, restores] = [What::Backup, What::Restore].map(|what| {
        let calls = World::new(what).calls_of_a_run();
        assert!(calls.len() > 40, "a run makes more calls: {calls:?}");
        try_all(what, &singles(&calls))
    });
    let table = table::of(&backups, &restores);
    let path = concat!(env!("CARGO_MANIFEST_DIR"), "/../docs/faults.md");
    if env::var_os("FAULTS_WRITE").is_some() {
        std::fs::write(path, &table).expect("the page can be written");
    }
    let page = std::fs::read_to_string(path).unwrap_or_default();
    assert!(page == table, "docs/faults.md differs: run scripts/faults.sh\n{table}");
}

/// What the coordinator must have for a run follows from the number of its calls.
#[test]
fn a_run_makes_as_many_calls_as_its_cycles_are_counted_for() {
    for what in [What::Backup, What::Restore] {
        let mut world = World::new(what);
        let members = world.canisters().len();
        let calls = calls_per_member(what == What::Restore) as usize;
        assert_eq!(world.calls_of_a_run().len(), calls * members);
    }
}

#[test]
fn pairs_of_faults() {
    let pairs = env::var("FAULTS_PAIRS").ok().and_then(|text| text.parse().ok());
    let seed = env::var("FAULTS_SEED").ok().and_then(|text| text.parse().ok());
    for what in [What::Backup, What::Restore] {
        let tried = try_pairs(what, pairs.unwrap_or(PAIRS), seed.unwrap_or(20_261_126));
        println!("{}", table::summary(what, "pairs of faults", &tried));
    }
}

/// A call that was refused has taken no snapshot, so one that is there afterwards is that of somebody else.
#[test]
fn a_snapshot_of_somebody_else_is_not_mistaken_for_one_that_was_refused() {
    let calls = World::new(What::Backup).calls_of_a_run();
    let take = calls.iter().position(|method| method == "take_canister_snapshot");
    let take = take.expect("a run takes snapshots");
    let faults = [CallFault::RejectedForNow, CallFault::ForeignSnapshot];
    let report = run(&mut World::new(What::Backup), &faults.map(|fault| planned(fault, take)));
    assert_eq!(report.outcome, Some(RunOutcome::OnNetwork));
}

/// Tries so many pairs of faults, drawn at random.
fn try_pairs(what: What, pairs: usize, seed: u64) -> Vec<Tried> {
    let calls = World::new(what).calls_of_a_run();
    let mut random = Random(seed);
    let cases: Vec<Case> = (0..pairs)
        .map(|_| {
            let mut draw = || loop {
                let at = random.below(calls.len());
                let fault = CallFault::ALL[random.below(CallFault::ALL.len())];
                if fault.fits(&calls[at]) {
                    break planned(fault, at);
                }
            };
            let mut pair = vec![draw(), draw()];
            pair.sort_by_key(|planned| planned.at);
            pair
        })
        .collect();
    try_all(what, &cases)
}

/// Every fault at every call that it fits, one at a time.
fn singles(calls: &[String]) -> Vec<Case> {
    let at_each = |fault: &CallFault| {
        let fault = *fault;
        let fits = move |at: &usize| fault.fits(&calls[*at]);
        (0..calls.len()).filter(fits).map(move |at| vec![planned(fault, at)])
    };
    CallFault::ALL.iter().flat_map(at_each).collect()
}

/// A fault of the call with this number, counted from 0.
fn planned(fault: CallFault, at: usize) -> PlannedFault {
    let at = u32::try_from(at).expect("a run makes fewer calls");
    PlannedFault { fault, method: None, at }
}

/// Tries every case. Two threads share the work.
fn try_all(what: What, cases: &[Case]) -> Vec<Tried> {
    let next = AtomicUsize::new(0);
    let done = Mutex::new(BTreeMap::new());
    let chunks: Vec<&[Case]> = cases.chunks(RUNS_PER_WORLD).collect();
    thread::scope(|scope| {
        for _ in 0..2 {
            scope.spawn(|| {
                while let Some(cases) = chunks.get(next.fetch_add(1, Ordering::Relaxed)) {
                    let mut world = World::new(what);
                    for case in *cases {
                        let report: Report = run(&mut world, case);
                        let key = format!("{case:?}");
                        let tried = Tried { case: case.clone(), report };
                        done.lock().expect("no test panics with it").insert(key, tried);
                    }
                }
            });
        }
    });
    let done = done.into_inner().expect("all threads have ended");
    cases.iter().map(|case| done[&format!("{case:?}")].clone()).collect()
}

/// A small generator of numbers that are the same each time.
struct Random(u64);

impl Random {
    fn below(&mut self, end: usize) -> usize {
        self.0 =
            self.0.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        usize::try_from(self.0 >> 33).expect("31 bits") % end
    }
}
