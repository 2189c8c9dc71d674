//! What others see of an execution that has ended: the answer, the calls it made, and the end of its call context.

use crate::call::{Callback, ContextId, Event, Origin, OutgoingCall, Request, Route};
use crate::canister::{Canister, Executed};
use crate::frame::Effects;
use crate::network::Network;
use crate::{Outcome, Reject, RejectCode};
use candid::Principal;

const NANOS_PER_SECOND: u64 = 1_000_000_000;

impl Network {
    /// Lets others see what an execution did.
    pub(crate) fn finish(
        &mut self,
        id: Principal,
        context: ContextId,
        executed: Executed,
    ) -> Outcome {
        let canister =
            self.canisters.get_mut(&id).expect("BUG: an execution of a canister that is gone");
        canister.version += 1;
        let open =
            canister.contexts.get_mut(&context).expect("BUG: an execution without a call context");
        open.instructions += executed.cost.instructions;
        match executed.result {
            Ok(effects) => {
                self.publish(id, context, effects);
                self.close_if_over(id, context, None);
                Outcome::Completed
            }
            Err(trap) => {
                self.close_if_over(id, context, Some(&trap));
                Outcome::Trapped(trap)
            }
        }
    }

    fn publish(&mut self, id: Principal, context: ContextId, effects: Effects) {
        for call in effects.calls {
            self.send(id, context, call);
        }
        let open = self
            .canisters
            .get_mut(&id)
            .and_then(|canister| canister.contexts.get_mut(&context))
            .expect("BUG: an execution without a call context");
        open.cycles -= effects.cycles_accepted;
        if let Some(answer) = effects.answer {
            open.responded = true;
            let refund = std::mem::take(&mut open.cycles);
            let origin = open.origin.clone();
            let result = answer.map_err(|text| Reject::new(RejectCode::CanisterReject, text));
            self.answer(&origin, result, refund);
        }
    }

    fn send(&mut self, from: Principal, context: ContextId, call: OutgoingCall) {
        let time = self.time;
        let canister =
            self.canisters.get_mut(&from).expect("BUG: a call from a canister that is gone");
        let deadline =
            call.timeout_seconds.map(|seconds| time + u64::from(seconds) * NANOS_PER_SECOND);
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
        self.queue.push_back(Event::Request(Request {
            origin,
            callee: call.callee,
            method: call.method,
            arg: call.arg,
            cycles: call.cycles,
        }));
    }

    /// Closes a call context that waits for nothing; a caller that got no answer is told why.
    pub(crate) fn close_if_over(&mut self, id: Principal, context: ContextId, trap: Option<&str>) {
        let Some(canister) = self.canisters.get_mut(&id) else {
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
            let message = trap.map_or_else(
                || format!("Error from Canister {id}: Canister did not reply to the call"),
                str::to_owned,
            );
            self.answer(&open.origin, Err(Reject::canister_error(message)), open.cycles);
        }
    }
}
