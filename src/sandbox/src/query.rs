//! What comes from outside: queries, which leave no trace, and ingress messages, which are inspected first.

use crate::call::{Event, MessageId, Origin, Request, Route};
use crate::canister::Keep;
use crate::execution::Entry;
use crate::frame::{EntryKind, Frame, Message};
use crate::network::Network;
use crate::{Reject, RejectCode};
use candid::Principal;

/// What an ingress message may have.
const MAX_INGRESS_BYTES: usize = 2 * 1024 * 1024;
const INSPECT: &str = "canister_inspect_message";

impl Network {
    /// Answers a query on a state that is thrown away.
    pub(crate) fn query(
        &mut self,
        sender: Principal,
        callee: Principal,
        method: &str,
        arg: Vec<u8>,
    ) -> Result<Vec<u8>, Reject> {
        check_size(method, &arg)?;
        if callee == Principal::management_canister() {
            return self.query_management(sender, method, &arg);
        }
        let export = format!("canister_query {method}");
        let canister = self.canister(callee)?;
        canister.check_takes_calls()?;
        if !canister.exports(&export) {
            return Err(Reject::canister_error(format!(
                "Error from Canister {callee}: Canister has no query method '{method}'."
            )));
        }
        let message = message(method, arg);
        let frame = canister.frame(EntryKind::Query, sender, message, self.time);
        let effects = self.try_out(callee, export, frame)?;
        match effects.answer {
            Some(answer) => answer.map_err(|text| Reject::new(RejectCode::CanisterReject, text)),
            None => Err(Reject::canister_error(format!(
                "Error from Canister {callee}: Canister did not reply to the call"
            ))),
        }
    }

    /// Takes an ingress message, if the callee accepts it.
    pub(crate) fn submit(
        &mut self,
        sender: Principal,
        callee: Principal,
        method: &str,
        arg: Vec<u8>,
    ) -> Result<MessageId, Reject> {
        check_size(method, &arg)?;
        if callee != Principal::management_canister() {
            self.canister(callee)?.check_takes_calls()?;
            self.inspect(sender, callee, method, &arg)?;
        }
        let message = self.new_message();
        self.queue.push_back(Event::Request(Request {
            origin: Origin::new(sender, Route::Ingress(message)),
            callee,
            method: method.to_owned(),
            arg,
            cycles: 0,
        }));
        Ok(message)
    }

    /// Asks the callee whether it wants the message.
    fn inspect(
        &mut self,
        sender: Principal,
        callee: Principal,
        method: &str,
        arg: &[u8],
    ) -> Result<(), Reject> {
        let canister = self.canister(callee)?;
        if !canister.exports(INSPECT) {
            return Ok(());
        }
        let message = message(method, arg.to_vec());
        let frame = canister.frame(EntryKind::Inspect, sender, message, self.time);
        if self.try_out(callee, INSPECT.to_owned(), frame)?.accepted {
            return Ok(());
        }
        Err(Reject::new(
            RejectCode::CanisterReject,
            format!("Canister {callee} rejected the message"),
        ))
    }

    fn try_out(
        &mut self,
        callee: Principal,
        export: String,
        frame: Frame,
    ) -> Result<crate::frame::Effects, Reject> {
        let canister = self.canister_mut(callee)?;
        let executed = canister.execute(&Entry::Export(export), frame, Keep::Nothing);
        self.last_cost = executed.cost;
        executed.result.map_err(Reject::canister_error)
    }
}

fn message(method: &str, arg: Vec<u8>) -> Message {
    Message { arg, method: method.to_owned(), ..Message::default() }
}

fn check_size(method: &str, arg: &[u8]) -> Result<(), Reject> {
    if arg.len() <= MAX_INGRESS_BYTES {
        return Ok(());
    }
    Err(Reject::new(
        RejectCode::SysFatal,
        format!(
            "the argument of '{method}' has {} bytes, more than the {MAX_INGRESS_BYTES} of an ingress message",
            arg.len()
        ),
    ))
}
