//! The order of execution: messages are executed one by one, in the order in which they were sent.

mod deliver;
mod due;
mod effects;
mod ingress;

use crate::model::{call::Event, step::Step};
use crate::world::World;

pub(crate) use due::next as next_due;
pub(crate) use ingress::{query, submit};

/// Executes the next message; `None` when there is none.
pub(crate) fn step(world: &mut World) -> Option<Step> {
    loop {
        due::settle(world);
        let step = match world.queue.pop_front()? {
            Event::Request(request) => Some(deliver::deliver(world, request)),
            Event::Response(response) => deliver::respond(world, response),
            Event::Timer(canister) => deliver::fire_timer(world, canister),
        };
        due::settle(world);
        if let Some(step) = step {
            world.executed(step.canister);
            world.last_cost = step.cost;
            return Some(step);
        }
    }
}
