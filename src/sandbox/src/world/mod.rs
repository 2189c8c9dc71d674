//! The canisters, the clock, and the queue of messages and answers.

mod history;
mod instances;

use crate::canister::Canister;
use crate::model::{
    call::{Event, MessageId, Origin, Request, Response, Route},
    cost::Cost,
    fault::Fault,
    reject::Reject,
};
use crate::world::instances::Instances;
use candid::Principal;
use ic_error_types::RejectCode;
use std::collections::{BTreeMap, VecDeque};

/// 2026-01-01 00:00:00 UTC.
const FIRST_MOMENT: u64 = 1_767_225_600_000_000_000;

/// The simulated network.
pub(crate) struct World {
    pub(crate) canisters: BTreeMap<Principal, Canister>,
    pub(crate) queue: VecDeque<Event>,
    /// How long a call of one canister by another is on its way, in nanoseconds.
    pub(crate) latency: u64,
    /// Calls that are on their way, and the nanoseconds at which they are delivered.
    pub(crate) held_back: Vec<(u64, Request)>,
    pub(crate) answers: BTreeMap<MessageId, Result<Vec<u8>, Reject>>,
    pub(crate) faults: Vec<Fault>,
    /// Nanoseconds.
    pub(crate) time: u64,
    pub(crate) last_cost: Cost,
    /// How many times `raw_rand` was called.
    pub(crate) draws: u64,
    instances: Instances,
    next_message: u64,
    next_canister: u64,
}

impl World {
    /// The number of the last canister that there is an id for, as on a subnet of the network.
    pub(crate) const MAX_CANISTER: u64 = 0xf_ffff;

    pub(crate) fn new() -> Self {
        Self {
            canisters: BTreeMap::new(),
            queue: VecDeque::new(),
            latency: 0,
            held_back: Vec::new(),
            answers: BTreeMap::new(),
            faults: Vec::new(),
            time: FIRST_MOMENT,
            last_cost: Cost::default(),
            draws: 0,
            instances: Instances::default(),
            next_message: 0,
            next_canister: 1,
        }
    }

    /// The id of the canister that is created as the one with this number, in the form that the network gives.
    pub(crate) fn canister_id(number: u64) -> Principal {
        let mut id = number.to_be_bytes().to_vec();
        id.extend_from_slice(&[0x01, 0x01]);
        Principal::from_slice(&id)
    }

    /// Creates an empty canister.
    pub(crate) fn create_canister(&mut self, controllers: &[Principal]) -> Principal {
        let id = Self::canister_id(self.next_canister);
        self.next_canister += 1;
        self.canisters.insert(id, Canister::new(id, controllers));
        id
    }

    pub(crate) fn create_canister_with_id(
        &mut self,
        id: Principal,
        controllers: &[Principal],
    ) -> Result<(), Reject> {
        if self.canisters.contains_key(&id) {
            return Err(Reject::refused(format!("canister {id} exists")));
        }
        self.canisters.insert(id, Canister::new(id, controllers));
        self.record_creation(id, controllers.first().copied().unwrap_or(id))
    }

    pub(crate) fn new_message(&mut self) -> MessageId {
        self.next_message += 1;
        MessageId(self.next_message)
    }

    pub(crate) fn canister(&self, id: Principal) -> Result<&Canister, Reject> {
        self.canisters.get(&id).ok_or_else(|| Reject::not_found(id))
    }

    pub(crate) fn canister_mut(&mut self, id: Principal) -> Result<&mut Canister, Reject> {
        self.canisters.get_mut(&id).ok_or_else(|| Reject::not_found(id))
    }

    /// Records that a canister has executed. Another one may lose its instance, but not its state.
    pub(crate) fn executed(&mut self, canister: Principal) {
        let idle = self.instances.add(canister);
        let idle = idle.and_then(|idle| self.canisters.get_mut(&idle));
        if let Some(vm) = idle.and_then(|idle| idle.vm.as_mut()) {
            vm.suspend();
        }
    }

    /// Sends an answer to the caller.
    pub(crate) fn answer(
        &mut self,
        origin: &Origin,
        result: Result<Vec<u8>, Reject>,
        refund: u128,
    ) {
        let result =
            if origin.reply_lost { Err(unknown_outcome("the reply was dropped")) } else { result };
        match origin.route {
            Route::Ingress(message) => {
                self.answers.insert(message, result);
            }
            Route::Callback { caller, callback } => {
                self.queue.push_back(Event::Response(Response {
                    caller,
                    callback,
                    result,
                    refund,
                    traps: origin.callback_traps,
                }));
            }
            Route::Nobody => {}
        }
    }
}

/// The reject of a call whose outcome the caller does not know.
pub(crate) fn unknown_outcome(why: &str) -> Reject {
    Reject::new(RejectCode::SysUnknown, format!("the outcome of the call is unknown: {why}"))
}
