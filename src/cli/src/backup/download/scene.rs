//! A network that has one snapshot, for tests.

use crate::{
    backup::{
        download::Download,
        files::{Metadata, Part, SLICE},
        folder::Folder,
        hash::sha256,
        in_flight::InFlight,
        meter::NoMeter,
        record::SnapshotRecord,
    },
    network::Network,
};
use anyhow::Result;
use async_trait::async_trait;
use backup_fleet::{
    Management,
    types::{
        ChunkHash, ReadCanisterSnapshotDataArgs, ReadCanisterSnapshotDataResult, SnapshotDataKind,
        SnapshotMetadataGlobal,
    },
};
use backup_journal::Timestamp;
use candid::{
    CandidType, Principal,
    utils::{ArgumentEncoder, encode_args},
};
use ic_canister_runtime::{IcError, Runtime};
use ic_error_types::RejectCode;
use pollster::block_on;
use serde::de::DeserializeOwned;
use std::{
    collections::{BTreeMap, VecDeque},
    sync::{Arc, Mutex, OnceLock},
    time::Duration,
};

/// A chunk of the chunk store.
const CHUNK: &[u8] = b"a chunk";

/// Metadata of a snapshot with a memory of more than one slice, an empty one, and a chunk.
pub fn metadata() -> Metadata {
    Metadata {
        source: None,
        taken_at_timestamp: 1_764_000_000_000_000_000,
        wasm_module_size: 3,
        globals: vec![Some(SnapshotMetadataGlobal::I32(-1)), None],
        wasm_memory_size: 10 * SLICE + 1,
        stable_memory_size: 0,
        wasm_chunk_store: vec![ChunkHash { hash: hex::decode(sha256(CHUNK)).expect("a hash") }],
        canister_version: 1,
        certified_data: vec![1, 2],
        global_timer: None,
        on_low_wasm_memory_hook_status: None,
    }
}

/// What the network has, and how it behaves.
pub struct State {
    /// The bytes of each file.
    pub files: BTreeMap<String, Vec<u8>>,
    /// How often data were read.
    pub reads: usize,
    /// How many reads of data are answered; all others are refused.
    pub answered: usize,
    /// What the next calls are answered with instead.
    pub failures: VecDeque<IcError>,
    /// How long callers have waited.
    pub waits: Vec<Duration>,
}

/// A network that has one snapshot.
#[derive(Clone)]
pub struct Scene(pub Arc<Mutex<State>>);

impl Scene {
    pub fn new() -> Self {
        static FILES: OnceLock<BTreeMap<String, Vec<u8>>> = OnceLock::new();
        let files = FILES.get_or_init(files).clone();
        let (failures, waits) = (VecDeque::new(), Vec::new());
        let state = State { files, reads: 0, answered: usize::MAX, failures, waits };
        Self(Arc::new(Mutex::new(state)))
    }

    /// Downloads the snapshot of [`CANISTER`].
    pub fn download(&self, folder: &Folder) -> Result<SnapshotRecord> {
        self.with(folder, |download| block_on(download.run()))
    }

    pub fn with<T>(&self, folder: &Folder, act: impl FnOnce(Download<'_, Self>) -> T) -> T {
        act(Download {
            network: self,
            management: &Management::new(self.clone()),
            canister: CANISTER,
            snapshot: vec![0, 0xab].into(),
            folder,
            in_flight: &InFlight::default(),
            meter: &NoMeter,
        })
    }

    pub fn state<T>(&self, act: impl FnOnce(&mut State) -> T) -> T {
        act(&mut self.0.lock().expect("nobody panics with the lock"))
    }

    fn answer(&self, method: &str, arg: &[u8]) -> Result<Vec<u8>, IcError> {
        self.state(|state| {
            if let Some(failure) = state.failures.pop_front() {
                return Err(failure);
            }
            Ok(match method {
                "read_canister_snapshot_metadata" => candid::encode_one(metadata()),
                "read_canister_snapshot_data" => {
                    if state.reads >= state.answered {
                        return Err(refusal());
                    }
                    state.reads += 1;
                    let args: ReadCanisterSnapshotDataArgs =
                        candid::decode_one(arg).expect("arguments");
                    let chunk = state.data(args.kind);
                    candid::encode_one(ReadCanisterSnapshotDataResult { chunk })
                }
                other => panic!("{other} is not expected"),
            }
            .expect("encoded"))
        })
    }
}

fn files() -> BTreeMap<String, Vec<u8>> {
    let parts = Part::of(&metadata()).expect("parts");
    let content = |part: &Part| match part.bytes() {
        // No two slices are alike.
        Some(bytes) => (0..bytes).map(|at| (at / 7 + at / SLICE).to_le_bytes()[0]).collect(),
        None => CHUNK.to_vec(),
    };
    parts.iter().map(|part| (part.file(), content(part))).collect()
}

fn refusal() -> IcError {
    IcError::CallRejected { code: RejectCode::CanisterReject, message: "no more".to_owned() }
}

/// Whose snapshot it is.
pub const CANISTER: Principal = Principal::anonymous();

impl State {
    fn data(&self, kind: SnapshotDataKind) -> Vec<u8> {
        let (part, offset, size) = match kind {
            SnapshotDataKind::WasmModule { offset, size } => (Part::WasmModule(0), offset, size),
            SnapshotDataKind::WasmMemory { offset, size } => (Part::WasmMemory(0), offset, size),
            SnapshotDataKind::StableMemory { offset, size } => {
                (Part::StableMemory(0), offset, size)
            }
            SnapshotDataKind::WasmChunk { hash } => {
                return self.files[&Part::Chunk(hash).file()].clone();
            }
        };
        let bytes = &self.files[&part.file()];
        let at = |position: u64| {
            usize::try_from(position).map_or(bytes.len(), |position| position.min(bytes.len()))
        };
        bytes[at(offset)..at(offset + size)].to_vec()
    }
}

impl Network for Scene {
    fn now(&self) -> Timestamp {
        Timestamp(0)
    }

    async fn sleep(&self, time: Duration) {
        self.state(|state| state.waits.push(time));
    }
}

#[async_trait]
impl Runtime for Scene {
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
        let answer = self.answer(method, &encode_args(args).expect("arguments"))?;
        candid::decode_one(&answer)
            .map_err(|error| IcError::CandidDecodeFailed { message: error.to_string() })
    }

    async fn query_call<In, Out>(&self, _: Principal, method: &str, _: In) -> Result<Out, IcError>
    where
        In: ArgumentEncoder + Send,
        Out: CandidType + DeserializeOwned,
    {
        panic!("{method} is an update")
    }
}
