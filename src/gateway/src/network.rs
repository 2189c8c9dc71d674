//! The network behind the interface: the sandbox, its clock, and the calls that users have sent.

use crate::{
    messages::{Message, Messages, Progress},
    subnet::Subnet,
};
use candid::Principal;
use canister_sandbox::{Reject, Sandbox};
use ic_transport_types::RequestId;
use std::{
    sync::{
        Arc, Mutex, MutexGuard, PoisonError,
        atomic::{AtomicU64, Ordering},
    },
    time::{Duration, SystemTime, UNIX_EPOCH},
};
use tokio::{sync::Notify, time::timeout};

/// How many steps are executed before others may use the sandbox.
const STEPS_AT_ONCE: usize = 100;
/// How often timers are looked after when nobody calls.
const TICK: Duration = Duration::from_millis(100);

/// A call, as a user sends it.
#[derive(Clone, Debug)]
pub(crate) struct Call {
    pub(crate) id: RequestId,
    pub(crate) sender: Principal,
    pub(crate) callee: Principal,
    pub(crate) method: String,
    pub(crate) arg: Vec<u8>,
    pub(crate) expiry: u64,
}

/// A sandbox that runs by the clock of this machine. All methods but [`Self::run`] and [`Self::is_answered`] block while
/// somebody else uses the sandbox.
pub(crate) struct Network {
    pub(crate) subnet: Subnet,
    sandbox: Arc<Mutex<Sandbox>>,
    /// Nanoseconds by which somebody has advanced the sandbox beyond the clock of this machine; it stays ahead by so much.
    ahead: AtomicU64,
    messages: Mutex<Messages>,
    /// There is something to execute.
    submitted: Notify,
    /// A call was answered.
    answered: Notify,
}

impl Network {
    pub(crate) fn new(sandbox: Arc<Mutex<Sandbox>>) -> Self {
        let subnet = Subnet::of(&sandbox.lock().unwrap_or_else(PoisonError::into_inner));
        Self {
            subnet,
            sandbox,
            ahead: AtomicU64::new(0),
            messages: Mutex::default(),
            submitted: Notify::new(),
            answered: Notify::new(),
        }
    }

    /// The sandbox, at the present time.
    pub(crate) fn sandbox(&self) -> MutexGuard<'_, Sandbox> {
        let mut sandbox = self.sandbox.lock().unwrap_or_else(PoisonError::into_inner);
        let (clock, time) = (now(), sandbox.time_nanos());
        let ahead = time.saturating_sub(clock);
        let ahead = self.ahead.fetch_max(ahead, Ordering::Relaxed).max(ahead);
        let behind = clock.saturating_add(ahead).saturating_sub(time);
        sandbox.advance_time(Duration::from_nanos(behind));
        sandbox
    }

    /// The time of the network, in nanoseconds.
    pub(crate) fn time(&self) -> u64 {
        self.sandbox().time_nanos()
    }

    // Whoever locks both locks the sandbox first.
    fn messages(&self) -> MutexGuard<'_, Messages> {
        self.messages.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Takes a call, unless it was sent before; the callee may refuse it.
    pub(crate) fn submit(&self, call: Call) -> Result<(), Reject> {
        let Call { id, sender, callee, method, arg, expiry } = call;
        let mut sandbox = self.sandbox();
        let mut messages = self.messages();
        if messages.get(&id).is_none() {
            let ticket = sandbox.submit(sender, callee, &method, arg)?;
            let message = Message { sender, callee, expiry, progress: Progress::Processing };
            messages.add(id, message, ticket);
            self.submitted.notify_one();
        }
        Ok(())
    }

    /// A call that was sent and has not expired.
    pub(crate) fn message(&self, id: &RequestId) -> Option<Message> {
        let now = self.time();
        self.messages().get(id).filter(|message| message.expiry >= now).cloned()
    }

    /// Waits until a call is answered; false if that takes longer than this.
    pub(crate) async fn is_answered(&self, id: &RequestId, at_most: Duration) -> bool {
        let is_processing = || {
            let messages = self.messages();
            messages.get(id).is_some_and(|message| message.progress == Progress::Processing)
        };
        let answered = async {
            loop {
                // Made before looking, so that no answer is missed.
                let next = self.answered.notified();
                if !is_processing() {
                    return;
                }
                next.await;
            }
        };
        timeout(at_most, answered).await.is_ok()
    }

    /// Executes what canisters have to do, for ever.
    pub(crate) async fn run(self: Arc<Self>) {
        loop {
            let network = Arc::clone(&self);
            let turn = tokio::task::spawn_blocking(move || network.turn());
            // A turn that panicked is a defect of the sandbox, and has said so; others go on.
            let is_idle = turn.await.unwrap_or(true);
            if is_idle {
                let _ = timeout(TICK, self.submitted.notified()).await;
            }
        }
    }

    /// Executes some steps; true if there is nothing more to do at this time.
    fn turn(&self) -> bool {
        let mut sandbox = self.sandbox();
        let steps = (0..STEPS_AT_ONCE).take_while(|_| sandbox.step().is_some()).count();
        let mut messages = self.messages();
        let is_answered = messages.collect(|ticket| sandbox.take_response(ticket));
        messages.forget_expired(sandbox.time_nanos());
        if is_answered {
            self.answered.notify_waiters();
        }
        steps < STEPS_AT_ONCE
    }
}

/// The time on the clock of this machine, in nanoseconds.
fn now() -> u64 {
    let since = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
    u64::try_from(since.as_nanos()).unwrap_or(u64::MAX)
}
