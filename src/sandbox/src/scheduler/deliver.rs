//! Delivers one message to one canister: a call, an answer to a callback, or the timer.

use crate::canister::{Executed, entry::TIMER};
use crate::management;
use crate::model::{
    call::{Closure, ContextId, Origin, Request, Response, Route},
    cost::Cost,
    fault::{self, FaultAction},
    reject::Reject,
    step::{Outcome, Step, StepKind},
};
use crate::scheduler::effects::{close_if_over, finish};
use crate::vm::{
    execution::Commit,
    frame::{EntryKind, Message},
    instance::Entry,
};
use crate::world::{World, unknown_outcome};
use candid::Principal;
use ic_error_types::RejectCode;
use std::time::Duration;

/// Why a callback traps that a fault makes trap.
const TRAPPED: &str = "a fault was injected";

/// Delivers a call, unless a fault prevents it.
pub(crate) fn deliver(world: &mut World, mut request: Request) -> Step {
    match fault::take_matching(&mut world.faults, &request) {
        Some(FaultAction::DropReply) => request.origin.reply_lost = true,
        Some(FaultAction::TrapCallback) => request.origin.callback_traps = true,
        Some(FaultAction::Reject { code, message }) => {
            return refuse(world, request, Reject::new(code, message));
        }
        Some(FaultAction::Late { by }) => return hold_back(world, request, by),
        None => {}
    }
    if request.origin.deadline.is_some_and(|at| at <= world.time) {
        let late = Reject::new(RejectCode::SysUnknown, "the call was not delivered in time");
        return refuse(world, request, late);
    }
    if request.callee == Principal::management_canister() {
        return management::execute(world, request);
    }
    let canister = world.canister(request.callee);
    match canister.and_then(|canister| canister.update_entry(&request.method)) {
        Ok((kind, export)) => call(world, request, kind, export),
        Err(reject) => refuse(world, request, reject),
    }
}

/// The caller is answered that the outcome is unknown; the callee gets the call later, and nobody its answer.
fn hold_back(world: &mut World, request: Request, by: Duration) -> Step {
    let at = world.time + u64::try_from(by.as_nanos()).unwrap_or(u64::MAX - world.time);
    let origin = Origin::new(request.origin.sender, Route::Nobody);
    world.held_back.push((at, Request { origin, cycles: 0, ..request.clone() }));
    refuse(world, request, unknown_outcome("the call is late"))
}

fn refuse(world: &mut World, request: Request, reject: Reject) -> Step {
    world.answer(&request.origin, Err(reject.clone()), request.cycles);
    let to_network = request.callee == Principal::management_canister();
    Step {
        canister: request.callee,
        kind: StepKind::Call,
        sender: Some(request.origin.sender),
        about: if to_network { management::target(&request) } else { None },
        method: request.method,
        outcome: Outcome::Refused(reject),
        cost: Cost::default(),
    }
}

fn call(world: &mut World, request: Request, kind: EntryKind, export: String) -> Step {
    let time = world.time;
    let Request { origin, callee, method, arg, cycles } = request;
    let canister = world
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
    let commit = if kind == EntryKind::Update { Commit::OnSuccess } else { Commit::Never };
    let executed = canister.execute(&Entry::Export(export), frame, commit);
    if let (EntryKind::ReplicatedQuery, Ok(effects)) = (kind, &executed.result) {
        canister.state.cycles += effects.cycles_accepted;
    }
    let cost = executed.cost;
    let outcome = finish(world, callee, context, executed);
    let (kind, sender) = (StepKind::Call, Some(caller));
    Step { canister: callee, kind, sender, about: None, method, outcome, cost }
}

/// Executes the callback that an answer is for; `None` if there is none any more.
pub(crate) fn respond(world: &mut World, response: Response) -> Option<Step> {
    let Response { caller, callback, result, refund, traps } = response;
    let canister = world.canisters.get_mut(&caller)?;
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
        close_if_over(world, caller, id, None);
        return None;
    }
    let message = message_of(result, refund);
    let closure = (!traps).then_some(closure);
    let executed = execute_callback(world, caller, id, closure, message, callback.on_cleanup);
    let cost = executed.cost;
    let outcome = finish(world, caller, id, executed);
    Some(Step { canister: caller, kind, sender: None, about: None, method, outcome, cost })
}

/// Runs a callback, and after a trap the cleanup callback, which has effects of its own. Without `closure` a fault makes
/// the callback trap.
fn execute_callback(
    world: &mut World,
    id: Principal,
    context: ContextId,
    closure: Option<Closure>,
    mut message: Message,
    cleanup: Option<Closure>,
) -> Executed {
    let time = world.time;
    let canister =
        world.canisters.get_mut(&id).expect("BUG: a callback of a canister that is gone");
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
    let mut executed = match closure {
        Some(closure) => canister.execute(&Entry::Closure(closure), frame, Commit::OnSuccess),
        None => Executed { result: Err(TRAPPED.to_owned()), cost: Cost::default() },
    };
    if let (Err(_), Some(cleanup)) = (&executed.result, cleanup) {
        let frame = canister.frame(EntryKind::Cleanup, caller, message, time);
        let cleaned = canister.execute(&Entry::Closure(cleanup), frame, Commit::OnSuccess);
        executed.cost.add(cleaned.cost);
    }
    executed
}

/// Executes the global timer; `None` if it was cancelled meanwhile.
pub(crate) fn fire_timer(world: &mut World, id: Principal) -> Option<Step> {
    let time = world.time;
    let canister = world.canisters.get_mut(&id)?;
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
    let executed = canister.execute(&entry, frame, Commit::OnSuccess);
    let cost = executed.cost;
    let outcome = finish(world, id, context, executed);
    let (kind, method) = (StepKind::Timer, TIMER.to_owned());
    Some(Step { canister: id, kind, sender: None, about: None, method, outcome, cost })
}

/// The message of a callback.
fn message_of(result: Result<Vec<u8>, Reject>, refund: u128) -> Message {
    let mut message = Message { cycles_refunded: refund, ..Message::default() };
    match result {
        Ok(reply) => message.arg = reply,
        Err(reject) => message.reject = Some((reject.code as u32, reject.message)),
    }
    message
}
