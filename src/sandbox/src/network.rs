//! The canisters, what is on its way between them, and the order in which it is executed.

use crate::call::{Event, MessageId, Origin, Response, Route};
use crate::canister::{Canister, CanisterStatus};
use crate::{Cost, Fault, Reject, RejectCode, Step};
use candid::Principal;
use std::collections::{BTreeMap, VecDeque};

/// 2026-01-01 00:00:00 UTC.
const FIRST_MOMENT: u64 = 1_767_225_600_000_000_000;

pub(crate) struct Network {
    pub(crate) canisters: BTreeMap<Principal, Canister>,
    pub(crate) queue: VecDeque<Event>,
    pub(crate) answers: BTreeMap<MessageId, Result<Vec<u8>, Reject>>,
    pub(crate) faults: Vec<Fault>,
    /// Nanoseconds.
    pub(crate) time: u64,
    pub(crate) last_cost: Cost,
    /// How often randomness was asked for.
    pub(crate) draws: u64,
    next_message: u64,
    next_canister: u64,
}

impl Network {
    pub(crate) fn new() -> Self {
        Self {
            canisters: BTreeMap::new(),
            queue: VecDeque::new(),
            answers: BTreeMap::new(),
            faults: Vec::new(),
            time: FIRST_MOMENT,
            last_cost: Cost::default(),
            draws: 0,
            next_message: 0,
            next_canister: 1,
        }
    }

    /// Creates an empty canister; its id has the form that the network gives.
    pub(crate) fn create_canister(&mut self, controllers: &[Principal]) -> Principal {
        let mut id = self.next_canister.to_be_bytes().to_vec();
        id.extend_from_slice(&[0x01, 0x01]);
        self.next_canister += 1;
        let id = Principal::from_slice(&id);
        self.canisters.insert(id, Canister::new(id, controllers));
        id
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

    /// Executes the next message; `None` when there is none.
    pub(crate) fn step(&mut self) -> Option<Step> {
        loop {
            self.settle();
            let step = match self.queue.pop_front()? {
                Event::Request(request) => Some(self.deliver(request)),
                Event::Response(response) => self.respond(response),
                Event::Timer(canister) => self.fire_timer(canister),
            };
            self.settle();
            if let Some(step) = step {
                self.last_cost = step.cost;
                return Some(step);
            }
        }
    }

    /// Sends an answer on its way.
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
                }));
            }
            Route::Nobody => {}
        }
    }

    /// Brings about what is due: answers to calls whose time is up, stops, and timers.
    fn settle(&mut self) {
        self.expire_calls();
        self.finish_stops();
        self.give_up_stops();
        self.queue_timers();
    }

    fn expire_calls(&mut self) {
        let time = self.time;
        for (caller, canister) in &mut self.canisters {
            for (id, callback) in &mut canister.callbacks {
                if callback.deadline.is_none_or(|deadline| time < deadline) {
                    continue;
                }
                callback.deadline = None;
                self.queue.push_back(Event::Response(Response {
                    caller: *caller,
                    callback: *id,
                    result: Err(unknown_outcome("the deadline of the call has passed")),
                    refund: 0,
                }));
            }
        }
    }

    /// A stopping canister without open calls is stopped, and whoever waits is told.
    fn finish_stops(&mut self) {
        let mut told = Vec::new();
        for canister in self.canisters.values_mut() {
            if canister.status == CanisterStatus::Stopping && canister.contexts.is_empty() {
                canister.status = CanisterStatus::Stopped;
                canister.version += 1;
                told.append(&mut canister.stop_requests);
            }
        }
        for request in told {
            let nothing = crate::management::no_result();
            self.answer(&request.origin, Ok(nothing), request.cycles);
        }
    }

    /// The network waits for a stop for five minutes only; the canister goes on stopping.
    fn give_up_stops(&mut self) {
        let time = self.time;
        let mut given_up = Vec::new();
        for canister in self.canisters.values_mut() {
            given_up.extend(
                canister.stop_requests.extract_if(.., |request| request.gives_up_at <= time),
            );
        }
        for request in given_up {
            let timeout = Reject::new(RejectCode::SysTransient, "Stop canister request timed out");
            self.answer(&request.origin, Err(timeout), request.cycles);
        }
    }

    fn queue_timers(&mut self) {
        for (id, canister) in &mut self.canisters {
            if !canister.timer_queued && canister.timer_is_due(self.time) {
                canister.timer_queued = true;
                self.queue.push_back(Event::Timer(*id));
            }
        }
    }
}

fn unknown_outcome(why: &str) -> Reject {
    Reject::new(RejectCode::SysUnknown, format!("the outcome of the call is unknown: {why}"))
}
