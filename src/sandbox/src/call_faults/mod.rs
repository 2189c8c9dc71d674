//! What goes wrong with the calls that one canister makes to the management canister, and right after them.

mod fault;

pub use fault::{CallFault, PlannedFault};

use crate::management::MAX_SNAPSHOTS;
use crate::model::{
    fault::{Fault, FaultAction},
    reject::Reject,
    step::Step,
};
use crate::sandbox::Sandbox;
use candid::{CandidType, Principal, decode_one, encode_one};
use fault::TAKE;
use ic_error_types::RejectCode;
use ic_management_canister_types::Snapshot;
use std::{
    collections::{BTreeMap, BTreeSet},
    time::Duration,
};

/// How long the network refuses snapshots, in nanoseconds.
const REFUSED_NANOS: u64 = 120_000_000_000;

/// The faults of the calls of one canister, and what has come of them. It must be shown every step.
#[derive(Debug)]
pub struct CallFaults {
    caller: Principal,
    module: Vec<u8>,
    arg: Vec<u8>,
    planned: Vec<PlannedFault>,
    /// The methods of the calls that the canister has made.
    calls: Vec<String>,
    /// Until when the network refuses snapshots, in nanoseconds.
    refuses_until: Option<u64>,
    foreign: BTreeMap<Principal, BTreeSet<Vec<u8>>>,
    upgrades: u32,
    problems: Vec<String>,
}

impl CallFaults {
    /// Plans faults of the calls that `caller` makes from now on. It is upgraded to `module` with `arg`.
    pub fn plan(
        sandbox: &mut Sandbox,
        caller: Principal,
        module: Vec<u8>,
        arg: Vec<u8>,
        planned: Vec<PlannedFault>,
    ) -> Self {
        for PlannedFault { fault, method, at } in &planned {
            if let Some(action) = fault.action() {
                sandbox.inject(fault_of(caller, method.clone(), *at, action));
            }
        }
        Self {
            caller,
            module,
            arg,
            planned,
            calls: Vec::new(),
            refuses_until: None,
            foreign: BTreeMap::new(),
            upgrades: 0,
            problems: Vec::new(),
        }
    }

    /// Sees what the sandbox has executed, and does what is planned to come after it.
    pub fn observe(&mut self, sandbox: &mut Sandbox, step: &Step) {
        self.stop_refusing(sandbox);
        let by_caller = step.sender == Some(self.caller);
        if !by_caller || step.canister != Principal::management_canister() {
            return;
        }
        let now: Vec<CallFault> = self.at_this_call(&step.method).collect();
        self.calls.push(step.method.clone());
        self.go_on_refusing(sandbox, step, &now);
        for fault in now {
            self.happen(sandbox, fault, step.about);
        }
    }

    /// The methods of the calls that the canister has made, in order.
    pub fn calls(&self) -> &[String] {
        &self.calls
    }

    /// The faults whose call has not been made.
    pub fn outstanding(&self) -> impl Iterator<Item = &PlannedFault> {
        self.planned.iter().filter(|planned| !self.has_come(planned))
    }

    /// The faults whose call has been made.
    pub fn happened(&self) -> impl Iterator<Item = &PlannedFault> {
        self.planned.iter().filter(|planned| self.has_come(planned))
    }

    fn has_come(&self, planned: &PlannedFault) -> bool {
        self.counted(planned) > planned.at
    }

    /// The snapshots that somebody else has taken of a canister.
    pub fn foreign_snapshots(&self, canister: Principal) -> BTreeSet<Vec<u8>> {
        self.foreign.get(&canister).cloned().unwrap_or_default()
    }

    /// How often the canister was upgraded.
    pub const fn upgrades(&self) -> u32 {
        self.upgrades
    }

    /// What was to come after a call and was refused.
    pub fn problems(&self) -> &[String] {
        &self.problems
    }

    /// How many calls were made that count for this fault.
    fn counted(&self, planned: &PlannedFault) -> u32 {
        let counted = self.calls.iter().filter(|method| planned.counts(method)).count();
        u32::try_from(counted).unwrap_or(u32::MAX)
    }

    /// The faults of a call of this method, which is the next one.
    fn at_this_call(&self, method: &str) -> impl Iterator<Item = CallFault> {
        let now =
            |planned: &&PlannedFault| planned.counts(method) && self.counted(planned) == planned.at;
        self.planned.iter().filter(now).map(|planned| planned.fault)
    }

    /// While the network refuses snapshots, a fault waits for the next one.
    fn go_on_refusing(&mut self, sandbox: &mut Sandbox, step: &Step, now: &[CallFault]) {
        if now.contains(&CallFault::SnapshotsRefused) {
            self.refuses_until = Some(sandbox.time_nanos() + REFUSED_NANOS);
            sandbox.inject(self.refusal());
        } else if self.refuses_until.is_some() && step.method == TAKE {
            sandbox.withdraw_fault(&self.refusal());
            sandbox.inject(self.refusal());
        }
    }

    fn stop_refusing(&mut self, sandbox: &mut Sandbox) {
        if self.refuses_until.is_some_and(|until| until <= sandbox.time_nanos()) {
            self.refuses_until = None;
            sandbox.withdraw_fault(&self.refusal());
        }
    }

    fn refusal(&self) -> Fault {
        let refused = CallFault::SnapshotsRefused.action().expect("BUG: a refusal is a fault");
        fault_of(self.caller, Some(TAKE.to_owned()), 0, refused)
    }

    fn happen(&mut self, sandbox: &mut Sandbox, fault: CallFault, target: Option<Principal>) {
        if fault == CallFault::Upgrade {
            return self.upgrade(sandbox);
        }
        let Some(target) = target else { return };
        match fault {
            CallFault::Restarted => {
                if let Err(reject) = self.manage(sandbox, "start_canister", target) {
                    self.problems.push(format!("{target} is not started: {reject}"));
                }
            }
            CallFault::ForeignSnapshot => self.take_foreign(sandbox, target, 1),
            CallFault::SlotsFull => self.take_foreign(sandbox, target, MAX_SNAPSHOTS),
            _ => {} // It befalls the call itself.
        }
    }

    /// Takes up to `most` snapshots as somebody else.
    fn take_foreign(&mut self, sandbox: &mut Sandbox, target: Principal, most: usize) {
        for _ in 0..most {
            // It is refused when there are ten.
            let Ok(reply) = self.manage(sandbox, TAKE, target) else { return };
            if let Ok(taken) = decode_one::<Snapshot>(&reply) {
                self.foreign.entry(target).or_default().insert(taken.id);
            }
        }
    }

    /// Stops the canister, which waits for its calls, upgrades it, and starts it.
    fn upgrade(&mut self, sandbox: &mut Sandbox) {
        let caller = self.caller;
        let upgraded = self.manage(sandbox, "stop_canister", caller).and_then(|_| {
            let somebody = somebody_else(sandbox, caller, caller)?;
            sandbox.upgrade(somebody, caller, &self.module, self.arg.clone())
        });
        match upgraded {
            Ok(()) => self.upgrades += 1,
            Err(reject) => self.problems.push(format!("{caller} is not upgraded: {reject}")),
        }
        if let Err(reject) = self.manage(sandbox, "start_canister", caller) {
            self.problems.push(format!("{caller} is not started: {reject}"));
        }
    }

    /// Calls the management canister as a controller of `canister`, and lets time pass until the answer.
    fn manage(
        &mut self,
        sandbox: &mut Sandbox,
        method: &str,
        canister: Principal,
    ) -> Result<Vec<u8>, Reject> {
        let about = encode_one(About { canister_id: canister })
            .expect("BUG: the id of a canister cannot be encoded");
        let somebody = somebody_else(sandbox, canister, self.caller)?;
        let call = sandbox.submit(somebody, Principal::management_canister(), method, about)?;
        loop {
            if let Some(answer) = sandbox.take_response(call) {
                return answer;
            }
            if let Some(step) = sandbox.step() {
                self.observe(sandbox, &step);
            } else {
                let Some(next) = sandbox.next_due_nanos() else {
                    let reason = format!("'{method}' is never answered");
                    return Err(Reject::new(RejectCode::SysUnknown, reason));
                };
                sandbox.advance_time(Duration::from_nanos(next - sandbox.time_nanos()));
            }
        }
    }
}

/// A fault of a call of the management canister, after `skip` others.
fn fault_of(caller: Principal, method: Option<String>, skip: u32, action: FaultAction) -> Fault {
    let network = Some(Principal::management_canister());
    Fault { callee: network, method, sender: Some(caller), skip, action }
}

#[derive(CandidType)]
struct About {
    canister_id: Principal,
}

/// A controller of `canister` other than `caller`.
fn somebody_else(
    sandbox: &Sandbox,
    canister: Principal,
    caller: Principal,
) -> Result<Principal, Reject> {
    let controllers = sandbox.controllers(canister);
    let other = controllers.into_iter().find(|controller| *controller != caller);
    other.ok_or_else(|| {
        Reject::new(RejectCode::CanisterReject, format!("nobody else controls {canister}"))
    })
}
