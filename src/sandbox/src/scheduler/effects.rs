//! After an execution: sends the answer and the calls, and closes the call context if it is over.

use crate::canister::{Canister, Executed};
use crate::model::{
    call::{Callback, ContextId, Event, Origin, OutgoingCall, Request, Route},
    reject::{Reject, error_code},
    step::Outcome,
};
use crate::vm::frame::Effects;
use crate::world::World;
use candid::Principal;

const NANOS_PER_SECOND: u64 = 1_000_000_000;

/// Sends what an execution leaves, and returns how it ended.
pub(crate) fn finish(
    world: &mut World,
    id: Principal,
    context: ContextId,
    executed: Executed,
) -> Outcome {
    let canister =
        world.canisters.get_mut(&id).expect("BUG: an execution of a canister that is gone");
    canister.version += 1;
    let open =
        canister.contexts.get_mut(&context).expect("BUG: an execution without a call context");
    open.instructions += executed.cost.instructions;
    match executed.result {
        Ok(effects) => {
            publish(world, id, context, effects);
            close_if_over(world, id, context, None);
            Outcome::Completed
        }
        Err(trap) => {
            close_if_over(world, id, context, Some(&trap));
            Outcome::Trapped(trap)
        }
    }
}

fn publish(world: &mut World, id: Principal, context: ContextId, effects: Effects) {
    for call in effects.calls {
        send(world, id, context, call);
    }
    let open = world
        .canisters
        .get_mut(&id)
        .and_then(|canister| canister.contexts.get_mut(&context))
        .expect("BUG: an execution without a call context");
    open.cycles -= effects.cycles_accepted;
    if let Some(answer) = effects.answer {
        open.responded = true;
        let refund = std::mem::take(&mut open.cycles);
        let origin = open.origin.clone();
        let result = answer.map_err(Reject::refused);
        world.answer(&origin, result, refund);
    }
}

fn send(world: &mut World, from: Principal, context: ContextId, call: OutgoingCall) {
    let time = world.time;
    let canister =
        world.canisters.get_mut(&from).expect("BUG: a call from a canister that is gone");
    let deadline = call.timeout_seconds.map(|seconds| time + u64::from(seconds) * NANOS_PER_SECOND);
    let callback = canister.add_callback(Callback {
        context,
        callee: call.callee,
        on_reply: call.on_reply,
        on_reject: call.on_reject,
        on_cleanup: call.on_cleanup,
        deadline,
    });
    if let Some(open) = canister.contexts.get_mut(&context) {
        open.outstanding += 1;
    }
    let route = Route::Callback { caller: from, callback };
    let origin = Origin { deadline, ..Origin::new(from, route) };
    let request = Request {
        origin,
        callee: call.callee,
        method: call.method,
        arg: call.arg,
        cycles: call.cycles,
    };
    if world.latency == 0 || request.callee == from {
        world.queue.push_back(Event::Request(request));
    } else {
        world.held_back.push((time.saturating_add(world.latency), request));
    }
}

/// Closes a call context that waits for no answer. A call that was not answered is rejected.
pub(crate) fn close_if_over(
    world: &mut World,
    id: Principal,
    context: ContextId,
    trap: Option<&str>,
) {
    let Some(canister) = world.canisters.get_mut(&id) else {
        return;
    };
    let waits = |canister: &Canister| canister.contexts[&context].outstanding > 0;
    if !canister.contexts.contains_key(&context) || waits(canister) {
        return;
    }
    let Some(open) = canister.contexts.remove(&context) else {
        return;
    };
    if !open.responded {
        let reject = match trap {
            Some(trap) => Reject::canister_error(error_code::TRAPPED, trap),
            None => Reject::did_not_reply(id),
        };
        world.answer(&open.origin, Err(reject), open.cycles);
    }
}
