//! One canister: its module, its state, and the calls that it has not finished.

mod backup;
pub(crate) mod chunks;
pub(crate) mod entry;
pub(crate) mod install;
pub(crate) mod snapshot;

use crate::canister::{chunks::ChunkStore, snapshot::Snapshot};
use crate::model::{
    call::{CallContext, Callback, CallbackId, ContextId, Origin},
    cost::Cost,
    status::CanisterStatus,
};
use crate::vm::{
    execution::{Commit, Vm},
    frame::{Effects, EntryKind, Environment, Frame, Message, State},
    instance::Entry,
};
use candid::Principal;
use ic_management_canister_types::{Change, SnapshotVisibility};
use std::collections::BTreeMap;

/// The balance of a new canister, in cycles.
const INITIAL_CYCLES: u128 = 100_000_000_000_000;
/// The most lines that a log has; later ones are dropped.
const MAX_LOG_LINES: usize = 10_000;

/// A call that waits until the canister is stopped.
pub(crate) struct StopRequest {
    pub(crate) origin: Origin,
    pub(crate) cycles: u128,
    /// Nanoseconds; the network answers with a timeout then.
    pub(crate) gives_up_at: u64,
}

/// How an execution ended.
pub(crate) struct Executed {
    /// What leaves the canister, or why it trapped.
    pub(crate) result: Result<Effects, String>,
    pub(crate) cost: Cost,
}

pub(crate) struct Canister {
    pub(crate) id: Principal,
    pub(crate) controllers: Vec<Principal>,
    pub(crate) snapshot_visibility: SnapshotVisibility,
    pub(crate) status: CanisterStatus,
    pub(crate) version: u64,
    /// `None` while no module is installed.
    pub(crate) vm: Option<Vm>,
    pub(crate) state: State,
    pub(crate) contexts: BTreeMap<ContextId, CallContext>,
    pub(crate) callbacks: BTreeMap<CallbackId, Callback>,
    next_id: u64,
    /// A timer message of this canister is in the queue.
    pub(crate) timer_queued: bool,
    pub(crate) stop_requests: Vec<StopRequest>,
    pub(crate) snapshots: Vec<Snapshot>,
    next_snapshot: u64,
    pub(crate) chunks: ChunkStore,
    pub(crate) history: Vec<Change>,
    pub(crate) log: Vec<String>,
}

impl Canister {
    pub(crate) fn new(id: Principal, controllers: &[Principal]) -> Self {
        Self {
            id,
            controllers: controllers.to_vec(),
            snapshot_visibility: SnapshotVisibility::Controllers,
            status: CanisterStatus::Running,
            version: 0,
            vm: None,
            state: State { cycles: INITIAL_CYCLES, ..State::default() },
            contexts: BTreeMap::new(),
            callbacks: BTreeMap::new(),
            next_id: 0,
            timer_queued: false,
            stop_requests: Vec::new(),
            snapshots: Vec::new(),
            next_snapshot: 0,
            chunks: ChunkStore::default(),
            history: Vec::new(),
            log: Vec::new(),
        }
    }

    pub(crate) fn exports(&self, function: &str) -> bool {
        self.vm.as_ref().is_some_and(|vm| vm.module().exports(function))
    }

    /// Opens a context for a call that is about to be executed.
    pub(crate) fn open_context(
        &mut self,
        origin: Origin,
        method: String,
        cycles: u128,
    ) -> ContextId {
        let context = CallContext {
            origin,
            method,
            responded: false,
            outstanding: 0,
            cycles,
            instructions: 0,
        };
        let id = self.new_id();
        self.contexts.insert(id, context);
        id
    }

    /// Stores the callback of a call that is sent.
    pub(crate) fn add_callback(&mut self, callback: Callback) -> CallbackId {
        let id = self.new_id();
        self.callbacks.insert(id, callback);
        id
    }

    fn new_id(&mut self) -> u64 {
        self.next_id += 1;
        self.next_id
    }

    /// A frame for an execution at this time.
    pub(crate) fn frame(
        &self,
        kind: EntryKind,
        caller: Principal,
        message: Message,
        time: u64,
    ) -> Frame {
        let environment = Environment {
            canister: self.id,
            controllers: self.controllers.clone(),
            status: self.status,
            version: self.version,
            time,
            outstanding: self.outstanding(),
        };
        Frame::new(kind, caller, message, environment, self.state.clone())
    }

    fn outstanding(&self) -> Vec<(Principal, usize)> {
        let mut counts = BTreeMap::new();
        for callback in self.callbacks.values() {
            *counts.entry(callback.callee).or_default() += 1;
        }
        counts.into_iter().collect()
    }

    /// Runs an entry point. A trap undoes everything except for the log.
    pub(crate) fn execute(&mut self, entry: &Entry, frame: Frame, commit: Commit) -> Executed {
        let vm = self.vm.as_mut().expect("BUG: an empty canister is executed");
        let run = vm.run(entry, frame, commit);
        let cost = run.frame.meter.cost(run.instructions);
        if run.result.is_ok() && commit == Commit::OnSuccess {
            self.state = run.frame.state;
        }
        for line in run.frame.log {
            self.note(line);
        }
        let result = match run.result {
            Ok(()) => Ok(run.frame.effects),
            Err(trap) => {
                self.note(trap.clone());
                Err(format!("Error from Canister {}: {trap}", self.id))
            }
        };
        Executed { result, cost }
    }

    /// Adds a line to the log.
    fn note(&mut self, line: String) {
        if self.log.len() < MAX_LOG_LINES {
            self.log.push(line);
        }
    }
}
