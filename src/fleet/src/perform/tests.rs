//! A performer at work on a canister that can lose answers, with somebody else at work beside it.

use super::*;
use crate::snapshot_id::SnapshotIds;
use async_trait::async_trait;
use candid::{
    CandidType, Decode, Encode, Nat,
    utils::{ArgumentEncoder, encode_args},
};
use ic_canister_runtime::IcError;
use ic_error_types::RejectCode;
use ic_management_canister_types::{
    CanisterStatusResult, DefiniteCanisterSettings, MemoryMetrics, QueryStats, Snapshot,
    UploadCanisterSnapshotMetadataResult,
};
use pollster::block_on;
use serde::de::DeserializeOwned;
use std::{
    collections::BTreeMap,
    fmt,
    sync::{Arc, Mutex, MutexGuard},
};

const OPERATION: Sequence = Sequence(6);
const CANISTER: Principal = Principal::anonymous();

/// What happens to the next call that takes or loads a snapshot.
#[derive(Clone, Copy, Debug, Default, Eq, PartialEq)]
enum Fate {
    #[default]
    Answered,
    /// It is executed, and the answer is lost.
    Lost,
    /// It never arrives.
    Dropped,
}

/// A canister of which only status and snapshots matter, and the notes of the driver that takes them.
#[derive(Default)]
struct World {
    snapshots: Vec<u8>,
    last: u8,
    runs: bool,
    loads: u32,
    fate: Fate,
    notes: BTreeMap<Sequence, SnapshotIds>,
    notes_fail: bool,
    /// The calls that were made, and the notes that were written, in order.
    made: Vec<String>,
}

impl World {
    fn take(&mut self) -> u8 {
        self.last += 1;
        self.snapshots.push(self.last);
        self.last
    }
}

#[derive(Clone, Default)]
struct Shared(Arc<Mutex<World>>);

impl Shared {
    fn world(&self) -> MutexGuard<'_, World> {
        self.0.lock().expect("nobody panics with the lock")
    }

    /// A performer that has just come up; it knows nothing but the notes.
    fn take(&self) -> Result<SnapshotId, FleetError> {
        let performer = Performer::new(self.clone(), self.clone());
        block_on(performer.take_snapshot(OPERATION, CANISTER))
    }

    fn load(&self, id: u8) -> Result<(), FleetError> {
        let performer = Performer::new(self.clone(), self.clone());
        block_on(performer.load_snapshot(CANISTER, &vec![id].into()))
    }

    fn takes(&self) -> usize {
        let world = self.world();
        world.made.iter().filter(|made| *made == "take_canister_snapshot").count()
    }
}

/// The status of a canister of which nothing else matters.
fn status(status: CanisterStatusType) -> CanisterStatusResult {
    let zero = || Nat::from(0_u8);
    CanisterStatusResult {
        status,
        ready_for_migration: false,
        version: 0,
        settings: DefiniteCanisterSettings::default(),
        module_hash: None,
        memory_size: zero(),
        memory_metrics: MemoryMetrics {
            wasm_memory_size: zero(),
            stable_memory_size: zero(),
            global_memory_size: zero(),
            wasm_binary_size: zero(),
            custom_sections_size: zero(),
            canister_history_size: zero(),
            wasm_chunk_store_size: zero(),
            snapshots_size: zero(),
            log_memory_store_size: zero(),
        },
        cycles: zero(),
        reserved_cycles: zero(),
        idle_cycles_burned_per_day: zero(),
        query_stats: QueryStats {
            num_calls_total: zero(),
            num_instructions_total: zero(),
            request_payload_bytes_total: zero(),
            response_payload_bytes_total: zero(),
        },
    }
}

fn snapshot(id: u8) -> Snapshot {
    Snapshot { id: vec![id], taken_at_timestamp: id.into(), total_size: 0 }
}

fn encode(value: &impl CandidType) -> Vec<u8> {
    Encode!(value).expect("it can be encoded")
}

fn argument<T: CandidType + DeserializeOwned>(args: impl ArgumentEncoder) -> T {
    let bytes = encode_args(args).expect("it can be encoded");
    Decode!(&bytes, T).expect("it is of that type")
}

#[async_trait]
impl Runtime for Shared {
    async fn update_call<In, Out>(
        &self,
        _id: Principal,
        method: &str,
        args: In,
        _cycles: u128,
    ) -> Result<Out, IcError>
    where
        In: ArgumentEncoder + Send,
        Out: CandidType + DeserializeOwned,
    {
        let mut world = self.world();
        world.made.push(method.to_owned());
        let lost = IcError::CallRejected { code: RejectCode::SysUnknown, message: "lost".into() };
        let answer = match method {
            "list_canister_snapshots" => {
                let listed: Vec<Snapshot> = world.snapshots.iter().copied().map(snapshot).collect();
                encode(&listed)
            }
            "upload_canister_snapshot_metadata" => {
                let args: UploadCanisterSnapshotMetadataArgs = argument(args);
                assert_eq!(args.replace_snapshot, None);
                let snapshot_id = vec![world.take()];
                encode(&UploadCanisterSnapshotMetadataResult { snapshot_id })
            }
            "take_canister_snapshot" => match std::mem::take(&mut world.fate) {
                Fate::Answered => encode(&snapshot(world.take())),
                Fate::Lost => {
                    world.take();
                    return Err(lost);
                }
                Fate::Dropped => return Err(lost),
            },
            "canister_status" if world.runs => encode(&status(CanisterStatusType::Running)),
            "canister_status" => encode(&status(CanisterStatusType::Stopped)),
            "load_canister_snapshot" => {
                let fate = std::mem::take(&mut world.fate);
                world.loads += u32::from(fate != Fate::Dropped);
                match fate {
                    Fate::Answered => encode(&()),
                    Fate::Lost | Fate::Dropped => return Err(lost),
                }
            }
            other => panic!("{other} is not expected"),
        };
        Ok(Decode!(&answer, Out).expect("it is of that type"))
    }

    async fn query_call<In, Out>(
        &self,
        _id: Principal,
        method: &str,
        _args: In,
    ) -> Result<Out, IcError>
    where
        In: ArgumentEncoder + Send,
        Out: CandidType + DeserializeOwned,
    {
        panic!("{method} is not called as a query: what decides is replicated")
    }
}

impl TakeNotes for Shared {
    type Error = fmt::Error;

    fn noted(&self, operation: Sequence, _: Principal) -> Result<Option<SnapshotIds>, fmt::Error> {
        Ok(self.world().notes.get(&operation).cloned())
    }

    fn note(
        &self,
        operation: Sequence,
        _: Principal,
        before: &SnapshotIds,
    ) -> Result<(), fmt::Error> {
        let mut world = self.world();
        if world.notes_fail {
            return Err(fmt::Error);
        }
        world.made.push("note".to_owned());
        world.notes.insert(operation, before.clone());
        Ok(())
    }
}

fn id(id: u8) -> SnapshotId {
    vec![id].into()
}

#[test]
fn the_list_is_noted_before_the_call() {
    let shared = Shared::default();
    let old = shared.world().take();
    assert_eq!(shared.take().expect("taken"), id(old + 1));
    assert_eq!(shared.world().made, ["list_canister_snapshots", "note", "take_canister_snapshot"]);
    assert_eq!(shared.world().notes[&OPERATION], [id(old)].into());
}

#[test]
fn a_snapshot_that_was_taken_is_found_and_not_taken_again() {
    let shared = Shared::default();
    shared.world().fate = Fate::Lost;
    assert!(shared.take().expect_err("nobody knows").is_unknown());
    let taken = shared.world().last;
    for _ in 0..3 {
        assert_eq!(shared.take().expect("found"), id(taken));
    }
    assert_eq!(shared.takes(), 1);
}

#[test]
fn one_that_was_not_taken_is_taken() {
    let shared = Shared::default();
    let old = shared.world().take();
    shared.world().fate = Fate::Dropped;
    assert!(shared.take().expect_err("nobody knows").is_unknown());
    assert_eq!(shared.take().expect("taken"), id(old + 1));
    assert_eq!(shared.takes(), 2);
}

/// What somebody else takes before the list is noted is as old as any other, no matter what was claimed before.
#[test]
fn what_was_there_before_is_never_ours() {
    let shared = Shared::default();
    let foreign = shared.world().take();
    assert_eq!(shared.take().expect("taken"), id(foreign + 1));
}

#[test]
fn between_two_that_are_new_a_person_decides() {
    let shared = Shared::default();
    shared.world().fate = Fate::Lost;
    assert!(shared.take().is_err());
    let own = shared.world().last;
    let foreign = shared.world().take();
    for _ in 0..2 {
        let error = shared.take().expect_err("two are new");
        assert!(error.needs_a_person());
        assert!(
            matches!(error, FleetError::Undecided { new, .. } if new == [id(own), id(foreign)].into())
        );
    }
    assert_eq!(shared.takes(), 1, "nothing is taken while a person has to decide");
    shared.world().snapshots.retain(|id| *id != foreign);
    assert_eq!(shared.take().expect("decided"), id(own));
}

#[test]
fn without_a_note_nothing_is_taken() {
    let shared = Shared::default();
    shared.world().notes_fail = true;
    assert!(matches!(shared.take(), Err(FleetError::Notes(_))));
    assert_eq!(shared.takes(), 0);
}

#[test]
fn a_load_whose_outcome_is_not_known_is_made_again() {
    for (fate, loads) in [(Fate::Lost, 2), (Fate::Dropped, 1)] {
        let shared = Shared::default();
        shared.world().fate = fate;
        assert!(shared.load(1).expect_err("nobody knows").is_unknown());
        shared.load(1).expect("loaded");
        assert_eq!(shared.world().loads, loads, "{fate:?}");
    }
}

#[test]
fn nothing_is_loaded_into_a_canister_that_runs() {
    let shared = Shared::default();
    shared.world().runs = true;
    let error = shared.load(1).expect_err("it runs");
    assert!(matches!(error, FleetError::NotStopped { canister } if canister == CANISTER));
    assert!(!error.is_unknown());
    assert_eq!(shared.world().made, ["canister_status"]);
}

#[test]
fn an_upload_is_begun_once_and_replaces_nothing() {
    let shared = Shared::default();
    let foreign = shared.world().take();
    let args = || UploadCanisterSnapshotMetadataArgs {
        canister_id: CANISTER,
        replace_snapshot: Some(vec![foreign]),
        wasm_module_size: 1,
        globals: Vec::new(),
        wasm_memory_size: 0,
        stable_memory_size: 0,
        certified_data: Vec::new(),
        global_timer: None,
        on_low_wasm_memory_hook_status: None,
    };
    for _ in 0..3 {
        let performer = Performer::new(shared.clone(), shared.clone());
        let begun = block_on(performer.begin_upload(OPERATION, args())).expect("begun");
        assert_eq!(begun, id(foreign + 1));
    }
    assert_eq!(shared.world().snapshots, [foreign, foreign + 1]);
}
