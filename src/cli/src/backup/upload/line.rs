//! A line to a sandbox on which calls get lost or are refused, and the notes that outlive a program; for tests.

use crate::network::Network;
use async_trait::async_trait;
use backup_fleet::{SnapshotIds, TakeNotes};
use backup_journal::{Sequence, Timestamp};
use candid::{CandidType, Principal, utils::ArgumentEncoder};
use canister_sandbox::SandboxRuntime;
use ic_canister_runtime::{IcError, Runtime};
use ic_error_types::RejectCode;
use serde::de::DeserializeOwned;
use std::{
    collections::BTreeMap,
    convert::Infallible,
    future,
    sync::{Arc, Mutex},
    time::Duration,
};

/// What becomes of a call.
#[derive(Clone, Debug)]
pub enum Fate {
    /// It is answered.
    Answered,
    /// It is executed, and the answer is lost.
    Lost,
    /// It is refused.
    Refused(IcError),
    /// It is never answered, and not executed.
    Hanging,
}

/// What becomes of a call of a method, the how many-th it is, from 0.
type Script = Box<dyn FnMut(&str, usize) -> Fate + Send>;

pub struct State {
    script: Script,
    /// How often each method was called.
    pub calls: BTreeMap<String, usize>,
    /// How long callers have waited.
    pub waits: Vec<Duration>,
    notes: BTreeMap<(Sequence, Principal), SnapshotIds>,
}

/// The line to the sandbox, and the notes that outlive a program.
#[derive(Clone)]
pub struct Line {
    /// The sandbox itself.
    pub runtime: SandboxRuntime,
    state: Arc<Mutex<State>>,
}

impl Line {
    pub fn new(runtime: SandboxRuntime) -> Self {
        let state = State {
            script: Box::new(|_, _| Fate::Answered),
            calls: BTreeMap::new(),
            waits: Vec::new(),
            notes: BTreeMap::new(),
        };
        Self { runtime, state: Arc::new(Mutex::new(state)) }
    }

    pub fn state<T>(&self, act: impl FnOnce(&mut State) -> T) -> T {
        act(&mut self.state.lock().expect("nobody panics with the lock"))
    }

    /// From now on this becomes of calls, which are counted anew.
    pub fn script(&self, script: impl FnMut(&str, usize) -> Fate + Send + 'static) {
        self.state(|state| {
            state.script = Box::new(script);
            state.calls.clear();
            state.waits.clear();
        });
    }

    pub fn calls(&self, method: &str) -> usize {
        self.state(|state| state.calls.get(method).copied().unwrap_or_default())
    }
}

impl Network for Line {
    fn now(&self) -> Timestamp {
        Timestamp(self.runtime.sandbox().time_nanos())
    }

    async fn sleep(&self, time: Duration) {
        self.state(|state| state.waits.push(time));
    }
}

impl TakeNotes for Line {
    type Error = Infallible;

    fn noted(
        &self,
        operation: Sequence,
        canister: Principal,
    ) -> Result<Option<SnapshotIds>, Infallible> {
        Ok(self.state(|state| state.notes.get(&(operation, canister)).cloned()))
    }

    fn note(
        &self,
        operation: Sequence,
        canister: Principal,
        before: &SnapshotIds,
    ) -> Result<(), Infallible> {
        self.state(|state| state.notes.insert((operation, canister), before.clone()));
        Ok(())
    }
}

#[async_trait]
impl Runtime for Line {
    async fn update_call<In, Out>(
        &self,
        id: Principal,
        method: &str,
        args: In,
        cycles: u128,
    ) -> Result<Out, IcError>
    where
        In: ArgumentEncoder + Send,
        Out: CandidType + DeserializeOwned,
    {
        let fate = self.state(|state| {
            let calls = state.calls.entry(method.to_owned()).or_default();
            let number = *calls;
            *calls += 1;
            (state.script)(method, number)
        });
        match fate {
            Fate::Answered => self.runtime.update_call(id, method, args, cycles).await,
            Fate::Lost => {
                self.runtime.update_call::<In, Out>(id, method, args, cycles).await?;
                Err(rejected(RejectCode::SysUnknown, "lost"))
            }
            Fate::Refused(error) => Err(error),
            Fate::Hanging => future::pending().await,
        }
    }

    async fn query_call<In, Out>(&self, _: Principal, method: &str, _: In) -> Result<Out, IcError>
    where
        In: ArgumentEncoder + Send,
        Out: CandidType + DeserializeOwned,
    {
        panic!("{method} is an update")
    }
}

pub fn rejected(code: RejectCode, message: &str) -> IcError {
    IcError::CallRejected { code, message: message.to_owned() }
}
