//! The steps of a call: the guard, decoding of the arguments, the method, the reply.
//!
//! The guard comes first, so that a refused call costs the same however many bytes it sends.

use super::{
    access::Guard,
    arguments::{Arguments, Unreadable, decode, decode_known},
    reply::Outcome,
};
use crate::{
    encoding::{Reply, encode},
    gate::activity,
    types::Answer,
};
use backup_journal::api::CoordinatorError;
use ic_cdk::api::{msg_arg_data, msg_caller, msg_reject, msg_reply, performance_counter, trap};

/// Runs an update. `names` are those of its arguments.
///
/// The update is counted and logged.
pub fn update<A, T>(guard: Guard, names: &[&str], method: impl FnOnce(A) -> Answer<T>)
where
    A: Arguments,
    Answer<T>: Reply,
{
    let arguments = received(guard).and_then(|bytes| all(decode(&bytes, names)));
    let answer = arguments.and_then(method);
    let refusal = answer.as_ref().err().map(activity::refusal);
    msg_reply(encode(&answer));
    activity::answered(refusal, performance_counter(0));
}

/// Runs a query. `names` are those of its arguments.
pub fn query<A, R>(guard: Guard, names: &[&str], method: impl FnOnce(A) -> R)
where
    A: Arguments,
    R: Outcome,
{
    let arguments = received(guard).and_then(|bytes| {
        let standard = R::IS_STANDARD;
        all(if standard { decode_known(&bytes) } else { decode(&bytes, names) })
    });
    match arguments.map(method).or_else(R::refused) {
        Ok(answer) => msg_reply(encode(&answer)),
        Err(error) => msg_reject(error.to_string()),
    }
}

/// The encoded arguments of the present call, if the guard accepts the caller.
fn received(guard: Guard) -> Result<Vec<u8>, CoordinatorError> {
    guard.check(msg_caller()).map(|()| msg_arg_data())
}

/// The decoded arguments; traps if they are not Candid.
fn all<A>(decoded: Result<A, Unreadable>) -> Result<A, CoordinatorError> {
    decoded.map_err(|error| match error {
        Unreadable::Ignored(error) => error.into(),
        Unreadable::Malformed(_) => trap(format!("the arguments cannot be decoded: {error}")),
    })
}
