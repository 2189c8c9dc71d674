//! What is due without a message: timeouts, stops that are over, and timers.

use crate::management;
use crate::model::{
    call::{Event, Response},
    reject::{Reject, error_code},
    status::CanisterStatus,
};
use crate::world::{World, unknown_outcome};
use ic_error_types::RejectCode;

/// Does what is due at this time: timeouts of calls, stops, and timers.
pub(super) fn settle(world: &mut World) {
    deliver_held_back(world);
    expire_calls(world);
    finish_stops(world);
    give_up_stops(world);
    queue_timers(world);
}

/// When something is due next without a message; only what is not due yet.
pub(crate) fn next(world: &World) -> Option<u64> {
    let canisters = world.canisters.values();
    let of_canisters = canisters.flat_map(|canister| {
        let deadlines = canister.callbacks.values().filter_map(|callback| callback.deadline);
        let stops = canister.stop_requests.iter().map(|request| request.gives_up_at);
        deadlines.chain(stops).chain(canister.next_timer())
    });
    let on_their_way = world.held_back.iter().map(|(at, _)| *at);
    on_their_way.chain(of_canisters).filter(|at| *at > world.time).min()
}

fn deliver_held_back(world: &mut World) {
    let time = world.time;
    let due = world.held_back.extract_if(.., |(at, _)| *at <= time);
    world.queue.extend(due.map(|(_, request)| Event::Request(request)));
}

fn expire_calls(world: &mut World) {
    let time = world.time;
    for (caller, canister) in &mut world.canisters {
        for (id, callback) in &mut canister.callbacks {
            if callback.deadline.is_none_or(|deadline| time < deadline) {
                continue;
            }
            callback.deadline = None;
            world.queue.push_back(Event::Response(Response {
                caller: *caller,
                callback: *id,
                result: Err(unknown_outcome("the deadline of the call has passed")),
                refund: 0,
                traps: false,
            }));
        }
    }
}

/// Stops each stopping canister that has no open calls, and answers the calls that wait for it.
fn finish_stops(world: &mut World) {
    let mut answered = Vec::new();
    for canister in world.canisters.values_mut() {
        if canister.status == CanisterStatus::Stopping && canister.contexts.is_empty() {
            canister.status = CanisterStatus::Stopped;
            canister.version += 1;
            answered.append(&mut canister.stop_requests);
        }
    }
    for request in answered {
        let nothing = management::no_result();
        world.answer(&request.origin, Ok(nothing), request.cycles);
    }
}

/// Answers the calls that have waited for a stop for too long; the canister stays in `Stopping`.
fn give_up_stops(world: &mut World) {
    let time = world.time;
    let mut given_up = Vec::new();
    for canister in world.canisters.values_mut() {
        given_up
            .extend(canister.stop_requests.extract_if(.., |request| request.gives_up_at <= time));
    }
    for request in given_up {
        let timeout = Reject::new(RejectCode::SysTransient, "Stop canister request timed out")
            .named(error_code::STOP_TIMED_OUT);
        world.answer(&request.origin, Err(timeout), request.cycles);
    }
}

fn queue_timers(world: &mut World) {
    for (id, canister) in &mut world.canisters {
        if !canister.timer_queued && canister.timer_is_due(world.time) {
            canister.timer_queued = true;
            world.queue.push_back(Event::Timer(*id));
        }
    }
}
