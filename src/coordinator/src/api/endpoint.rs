//! The steps of a call: the guard, decoding of the arguments, the fleet that they are about, the method, the reply.
//!
//! The guard comes first, so that a refused call costs the same however many bytes it sends. A caller who holds a role for
//! some fleets only is checked again when the arguments are decoded: see [`access`](super::access).

use super::{
    access::Method,
    arguments::{Arguments, Unreadable, decode, decode_known},
    reply::Outcome,
    subject::Subject,
};
use crate::{
    encoding::{Reply, encode},
    gate::activity,
    types::Answer,
};
use backup_journal::api::CoordinatorError;
use ic_cdk::api::{msg_arg_data, msg_caller, msg_reject, msg_reply, performance_counter, trap};

/// Runs an update. `names` are those of its arguments, and `subject` is the argument that its guard names.
///
/// The update is counted and logged.
pub fn update<A, T>(
    method: &Method,
    names: &[&str],
    subject: impl FnOnce(&A) -> Option<&dyn Subject>,
    run: impl FnOnce(A) -> Answer<T>,
) where
    A: Arguments,
    Answer<T>: Reply,
{
    let answer = arguments(method, |bytes| decode(bytes, names), subject).and_then(run);
    reply(&answer);
}

/// Runs an update that makes calls before it answers; see [`update`].
pub async fn update_with_calls<A, T, F>(
    method: &Method,
    names: &[&str],
    subject: impl FnOnce(&A) -> Option<&dyn Subject>,
    run: impl FnOnce(A) -> F,
) where
    A: Arguments,
    Answer<T>: Reply,
    F: Future<Output = Answer<T>>,
{
    let answer = match arguments(method, |bytes| decode(bytes, names), subject) {
        Ok(arguments) => run(arguments).await,
        Err(error) => Err(error),
    };
    reply(&answer);
}

fn reply<T>(answer: &Answer<T>)
where
    Answer<T>: Reply,
{
    let refusal = answer.as_ref().err().map(activity::refusal);
    msg_reply(encode(answer));
    activity::answered(refusal, performance_counter(0));
}

/// Runs a query. `names` are those of its arguments, and `subject` is the argument that its guard names.
pub fn query<A, R>(
    method: &Method,
    names: &[&str],
    subject: impl FnOnce(&A) -> Option<&dyn Subject>,
    run: impl FnOnce(A) -> R,
) where
    A: Arguments,
    R: Outcome,
{
    let decode = |bytes: &[u8]| {
        if R::IS_STANDARD { decode_known(bytes) } else { decode(bytes, names) }
    };
    match arguments(method, decode, subject).map(run).or_else(R::refused) {
        Ok(answer) => msg_reply(encode(&answer)),
        Err(error) => msg_reject(error.to_string()),
    }
}

/// The arguments of the present call, if the caller may make it.
fn arguments<A>(
    method: &Method,
    decode: impl FnOnce(&[u8]) -> Result<A, Unreadable>,
    subject: impl FnOnce(&A) -> Option<&dyn Subject>,
) -> Result<A, CoordinatorError> {
    let admission = method.admit(msg_caller())?;
    let arguments = all(decode(&msg_arg_data()))?;
    admission.check(subject(&arguments))?;
    Ok(arguments)
}

/// The decoded arguments; traps if they are not Candid.
fn all<A>(decoded: Result<A, Unreadable>) -> Result<A, CoordinatorError> {
    decoded.map_err(|error| match error {
        Unreadable::Ignored(error) => error.into(),
        Unreadable::Malformed(_) => trap(format!("the arguments cannot be decoded: {error}")),
    })
}
