//! Delivers one message to one canister: a call, an answer to a callback, or the timer.

use crate::call::{Closure, ContextId, Origin, Request, Response, Route};
use crate::canister::{Canister, CanisterStatus, Executed, Keep};
use crate::execution::Entry;
use crate::fault::{self, FaultAction};
use crate::frame::{EntryKind, Message};
use crate::network::Network;
use crate::{Cost, Outcome, Reject, RejectCode, Step, StepKind};
use candid::Principal;

const TIMER: &str = "canister_global_timer";

impl Canister {
    /// Whether the global timer is to be executed now.
    pub(crate) fn timer_is_due(&self, time: u64) -> bool {
        let timer = self.state.global_timer;
        timer != 0 && timer <= time && self.status == CanisterStatus::Running && self.exports(TIMER)
    }

    /// The entry point of an update method, or of a query method that is called as one.
    pub(crate) fn update_entry(&self, method: &str) -> Result<(EntryKind, String), Reject> {
        self.check_takes_calls()?;
        let candidates = [
            (EntryKind::Update, format!("canister_update {method}")),
            (EntryKind::ReplicatedQuery, format!("canister_query {method}")),
        ];
        let found = candidates.into_iter().find(|(_, export)| self.exports(export));
        found.ok_or_else(|| {
            let id = self.id;
            Reject::canister_error(format!(
                "Error from Canister {id}: Canister has no update method '{method}'."
            ))
        })
    }

    /// Refuses unless the canister is running and has a module.
    pub(crate) fn check_takes_calls(&self) -> Result<(), Reject> {
        let id = self.id;
        match self.status {
            CanisterStatus::Running if self.vm.is_some() => Ok(()),
            CanisterStatus::Running => Err(Reject::canister_error(format!(
                "Error from Canister {id}: Attempted to execute a message, but the canister contains no Wasm module."
            ))),
            CanisterStatus::Stopping => {
                Err(Reject::canister_error(format!("Canister {id} is stopping")))
            }
            CanisterStatus::Stopped => {
                Err(Reject::canister_error(format!("Canister {id} is stopped")))
            }
        }
    }
}

impl Network {
    /// Delivers a call, unless a fault prevents it.
    pub(crate) fn deliver(&mut self, mut request: Request) -> Step {
        match fault::strike(&mut self.faults, &request) {
            Some(FaultAction::DropReply) => request.origin.reply_lost = true,
            Some(FaultAction::Reject { code, message }) => {
                return self.refuse(request, Reject::new(code, message));
            }
            None => {}
        }
        if request.origin.deadline.is_some_and(|at| at <= self.time) {
            let late = Reject::new(RejectCode::SysUnknown, "the call was not delivered in time");
            return self.refuse(request, late);
        }
        if request.callee == Principal::management_canister() {
            return self.manage(request);
        }
        let canister = self.canister(request.callee);
        match canister.and_then(|canister| canister.update_entry(&request.method)) {
            Ok((kind, export)) => self.call(request, kind, export),
            Err(reject) => self.refuse(request, reject),
        }
    }

    fn refuse(&mut self, request: Request, reject: Reject) -> Step {
        self.answer(&request.origin, Err(reject.clone()), request.cycles);
        Step {
            canister: request.callee,
            kind: StepKind::Call,
            method: request.method,
            outcome: Outcome::Refused(reject),
            cost: Cost::default(),
        }
    }

    fn call(&mut self, request: Request, kind: EntryKind, export: String) -> Step {
        let time = self.time;
        let Request { origin, callee, method, arg, cycles } = request;
        let canister = self
            .canisters
            .get_mut(&callee)
            .expect("BUG: a call is delivered to a canister that is gone");
        let caller = origin.sender;
        let message = Message {
            arg,
            method: method.clone(),
            deadline: origin.deadline.unwrap_or_default(),
            cycles_available: cycles,
            ..Message::default()
        };
        let context = canister.open_context(origin, method.clone(), cycles);
        let frame = canister.frame(kind, caller, message, time);
        let keep = if kind == EntryKind::Update { Keep::Effects } else { Keep::Nothing };
        let executed = canister.execute(&Entry::Export(export), frame, keep);
        if let (EntryKind::ReplicatedQuery, Ok(effects)) = (kind, &executed.result) {
            canister.state.cycles += effects.cycles_accepted;
        }
        let cost = executed.cost;
        let outcome = self.finish(callee, context, executed);
        Step { canister: callee, kind: StepKind::Call, method, outcome, cost }
    }

    /// Executes the callback that an answer is for; `None` if nobody wants the answer any more.
    pub(crate) fn respond(&mut self, response: Response) -> Option<Step> {
        let Response { caller, callback, result, refund } = response;
        let canister = self.canisters.get_mut(&caller)?;
        canister.state.cycles += refund;
        let callback = canister.callbacks.remove(&callback)?;
        let id = callback.context;
        let context =
            canister.contexts.get_mut(&id).expect("BUG: a callback outlives its call context");
        context.outstanding -= 1;
        let method = context.method.clone();
        let (kind, closure) = match &result {
            Ok(_) => (StepKind::Reply, callback.on_reply),
            Err(_) => (StepKind::Reject, callback.on_reject),
        };
        if closure.is_void() {
            self.close_if_over(caller, id, None);
            return None;
        }
        let message = message_of(result, refund);
        let executed = self.execute_callback(caller, id, closure, message, callback.on_cleanup);
        let cost = executed.cost;
        let outcome = self.finish(caller, id, executed);
        Some(Step { canister: caller, kind, method, outcome, cost })
    }

    /// Runs a callback, and after a trap the cleanup callback, which has effects of its own.
    fn execute_callback(
        &mut self,
        id: Principal,
        context: ContextId,
        closure: Closure,
        mut message: Message,
        cleanup: Option<Closure>,
    ) -> Executed {
        let time = self.time;
        let canister =
            self.canisters.get_mut(&id).expect("BUG: a callback of a canister that is gone");
        let open = &canister.contexts[&context];
        message.responded = open.responded;
        message.cycles_available = open.cycles;
        message.deadline = open.origin.deadline.unwrap_or_default();
        message.instructions_before = open.instructions;
        let caller = open.origin.sender;
        let kind = match message.reject {
            Some(_) => EntryKind::Reject,
            None => EntryKind::Reply,
        };
        let frame = canister.frame(kind, caller, message.clone(), time);
        let mut executed = canister.execute(&Entry::Closure(closure), frame, Keep::Effects);
        if let (Err(_), Some(cleanup)) = (&executed.result, cleanup) {
            let frame = canister.frame(EntryKind::Cleanup, caller, message, time);
            let cleaned = canister.execute(&Entry::Closure(cleanup), frame, Keep::Effects);
            executed.cost.add(cleaned.cost);
        }
        executed
    }

    /// Executes the global timer; `None` if it was cancelled meanwhile.
    pub(crate) fn fire_timer(&mut self, id: Principal) -> Option<Step> {
        let time = self.time;
        let canister = self.canisters.get_mut(&id)?;
        canister.timer_queued = false;
        if !canister.timer_is_due(time) {
            return None;
        }
        canister.state.global_timer = 0;
        let network = Principal::management_canister();
        let origin = Origin::new(network, Route::Nobody);
        let context = canister.open_context(origin, TIMER.to_owned(), 0);
        let frame = canister.frame(EntryKind::Timer, network, Message::default(), time);
        let entry = Entry::Export(TIMER.to_owned());
        let executed = canister.execute(&entry, frame, Keep::Effects);
        let cost = executed.cost;
        let outcome = self.finish(id, context, executed);
        Some(Step { canister: id, kind: StepKind::Timer, method: TIMER.to_owned(), outcome, cost })
    }
}

/// What a callback is told.
fn message_of(result: Result<Vec<u8>, Reject>, refund: u128) -> Message {
    let mut message = Message { cycles_refunded: refund, ..Message::default() };
    match result {
        Ok(reply) => message.arg = reply,
        Err(reject) => message.reject = Some((reject.code as u32, reject.message)),
    }
    message
}
