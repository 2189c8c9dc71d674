//! The calls that are under way, in the order in which they end.

use candid::Principal;
use canister_sandbox::{CallFaults, Reject, Sandbox};
use std::{
    collections::{BTreeMap, BTreeSet},
    time::Duration,
};

/// What a canister, or the network in its place, says to a call.
pub type Answer = Result<Vec<u8>, Reject>;

/// A call, as it is sent.
#[derive(Debug)]
pub struct Call {
    /// Who sends it.
    pub sender: Principal,
    /// The canister.
    pub canister: Principal,
    /// Its method.
    pub method: String,
    /// The argument, encoded.
    pub arg: Vec<u8>,
}

/// Names a call by when it ends, and by how many were begun before it.
#[derive(Clone, Copy, Debug, Eq, Ord, PartialEq, PartialOrd)]
pub struct Ticket {
    end: u64,
    number: u64,
}

/// The calls that are under way.
#[derive(Debug, Default)]
pub struct Traffic {
    under_way: BTreeMap<Ticket, Call>,
    /// The calls that somebody waits for. Whose caller has died has effect all the same.
    awaited: BTreeSet<Ticket>,
    answers: BTreeMap<Ticket, Answer>,
    begun: u64,
    /// How often a call was begun, time passed, or an answer was taken.
    changes: u64,
    /// What goes wrong with the calls of a canister.
    faults: Option<CallFaults>,
}

impl Traffic {
    /// Lets these faults happen from now on.
    pub fn disturb(&mut self, faults: CallFaults) {
        self.faults = Some(faults);
    }

    /// The faults that happen.
    pub const fn faults(&self) -> Option<&CallFaults> {
        self.faults.as_ref()
    }

    /// Sends a call that ends at this time.
    pub fn begin(&mut self, end: u64, call: Call) -> Ticket {
        let ticket = Ticket { end, number: self.begun };
        self.begun += 1;
        self.changes += 1;
        self.awaited.insert(ticket);
        self.under_way.insert(ticket, call);
        ticket
    }

    /// The answer, if the call is over.
    pub fn take(&mut self, ticket: Ticket) -> Option<Answer> {
        let answer = self.answers.remove(&ticket)?;
        self.changes += 1;
        Some(answer)
    }

    /// Nobody waits for this call any more.
    pub fn forget(&mut self, ticket: Ticket) {
        self.awaited.remove(&ticket);
        self.answers.remove(&ticket);
    }

    /// Grows with whatever happens to calls. As long as it does, the program has something to do.
    pub const fn changes(&self) -> u64 {
        self.changes
    }

    /// Lets time pass until the next call that somebody waits for is over.
    pub fn pass_to_next_end(&mut self, sandbox: &mut Sandbox) {
        let under_way = |ticket: &&Ticket| self.under_way.contains_key(ticket);
        if let Some(next) = self.awaited.iter().find(under_way).copied() {
            self.pass_to(next.end, sandbox);
        }
    }

    /// Lets time pass until `end`: each call that ends on the way has its effect at its own end, and canisters do what
    /// they have to do when it is due.
    pub fn pass_to(&mut self, end: u64, sandbox: &mut Sandbox) {
        self.changes += 1;
        loop {
            self.execute(sandbox);
            let call = self.under_way.first_key_value().map(|(ticket, _)| ticket.end);
            let next = call.into_iter().chain(sandbox.next_due_nanos()).min();
            let Some(next) = next.filter(|next| *next <= end) else { break };
            advance(sandbox, next);
            self.execute(sandbox);
            self.end_calls(sandbox);
        }
        advance(sandbox, end);
    }

    /// Lets the calls have their effect whose end has come.
    fn end_calls(&mut self, sandbox: &mut Sandbox) {
        while let Some(first) = self.under_way.first_entry() {
            let ticket = *first.key();
            if ticket.end > sandbox.time_nanos() {
                return;
            }
            let Call { sender, canister, method, arg } = first.remove();
            let answer = sandbox.update(sender, canister, &method, arg);
            if self.awaited.contains(&ticket) {
                self.answers.insert(ticket, answer);
            }
        }
    }

    /// Lets canisters do what they have to do now.
    fn execute(&mut self, sandbox: &mut Sandbox) {
        while let Some(step) = sandbox.step() {
            if let Some(faults) = &mut self.faults {
                faults.observe(sandbox, &step);
            }
        }
    }
}

/// Sets the clock to `time`, unless it is later than that already.
fn advance(sandbox: &mut Sandbox, time: u64) {
    let left = time.saturating_sub(sandbox.time_nanos());
    sandbox.advance_time(Duration::from_nanos(left));
}
