//! Calls on their way through the network: sent until they are taken, and then waited for.

use crate::agent::{
    rejects::{Verdict, rejected, transient, unknown},
    waits::Waits,
};
use backup_journal::Timestamp;
use candid::Principal;
use ic_agent::{
    Agent, AgentError, Certificate, RequestId,
    agent::{CallResponse, RequestStatusResponse},
    lookup_value,
};
use ic_canister_runtime::IcError;
use std::time::{Duration, UNIX_EPOCH};

/// How long a network that cannot be reached is tried again.
const RETRY_PATIENCE: Duration = Duration::from_mins(1);
/// The longest wait between attempts to reach the network.
const LONGEST_RETRY_WAIT: Duration = Duration::from_secs(8);
/// The longest wait before the network is asked again what became of a call.
const LONGEST_POLL_WAIT: Duration = Duration::from_secs(1);

/// A signed call. However often it is sent, the network executes it at most once.
#[derive(Clone, Debug)]
pub struct Request {
    /// Its id, by which the network is asked what became of it.
    pub id: RequestId,
    /// The canister whose subnet executes it.
    pub effective: Principal,
    /// Until when the network may take it.
    pub expiry: Timestamp,
    /// What is sent.
    pub envelope: Vec<u8>,
}

impl Request {
    /// Signs a call that the network may take until `end`.
    pub fn sign(
        agent: &Agent,
        (callee, effective): (Principal, Principal),
        method: &str,
        arg: Vec<u8>,
        end: Timestamp,
    ) -> Result<Self, IcError> {
        let expiry = UNIX_EPOCH + Duration::from_nanos(end.0);
        let signed = agent
            .update(&callee, method)
            .with_effective_canister_id(effective)
            .with_arg(arg)
            .expire_at(expiry)
            .sign()
            .map_err(|error| Verdict::of(&error).of_nothing_done())?;
        Ok(Self {
            id: signed.request_id,
            effective,
            expiry: Timestamp(signed.ingress_expiry),
            envelope: signed.signed_update,
        })
    }
}

/// What has become of a call.
#[derive(Debug)]
pub struct Answer {
    /// The reply, or why there is none.
    pub result: Result<Vec<u8>, IcError>,
    /// Whether the network vouches that nothing else can become of the call: it will not be executed any more.
    pub is_certain: bool,
}

impl Answer {
    const fn certain(result: Result<Vec<u8>, IcError>) -> Self {
        Self { result, is_certain: true }
    }

    const fn uncertain(error: IcError) -> Self {
        Self { result: Err(error), is_certain: false }
    }
}

/// Sends a call and waits for its answer, for as long as `patience`. `may_have_arrived` says whether it may have been sent
/// before.
///
/// When an attempt fails the same envelope is sent again, which is safe at any time: the network executes it once, and
/// not after its expiry.
pub async fn send(
    agent: &Agent,
    request: &Request,
    patience: Duration,
    mut may_have_arrived: bool,
) -> Answer {
    let mut waits = Waits::new(LONGEST_RETRY_WAIT, patience.min(RETRY_PATIENCE));
    loop {
        let sent = agent.update_signed(request.effective, request.envelope.clone()).await;
        let verdict = match sent {
            Ok(CallResponse::Response(reply)) => return Answer::certain(Ok(reply)),
            Ok(CallResponse::Poll(_)) => return ask(agent, request, patience).await,
            Err(error) => Verdict::of(&error),
        };
        let problem = match verdict {
            Verdict::Rejected(error) => return Answer::certain(Err(error)),
            // That the envelope is refused now says nothing about an earlier attempt.
            Verdict::Refused(error) if may_have_arrived => {
                let answer = ask(agent, request, Duration::ZERO).await;
                if answer.is_certain {
                    return answer;
                }
                error.to_string()
            }
            Verdict::Refused(error) => return Answer::uncertain(error),
            Verdict::NotSent(problem) => problem,
            Verdict::Unknown(problem) | Verdict::Unverified(problem) => {
                may_have_arrived = true;
                problem
            }
        };
        if waits.wait().await {
            continue;
        }
        if may_have_arrived {
            return ask(agent, request, Duration::ZERO).await;
        }
        return Answer::certain(Err(transient(format!("the call was not sent: {problem}"))));
    }
}

/// Asks what has become of a call until it is answered or cannot be answered any more, for as long as `patience`.
pub async fn ask(agent: &Agent, request: &Request, patience: Duration) -> Answer {
    let Request { id, effective, expiry, .. } = request;
    let mut waits = Waits::new(LONGEST_POLL_WAIT, patience);
    let mut was_taken = false;
    loop {
        let problem = match agent.request_status_raw(id, *effective).await {
            Ok((RequestStatusResponse::Replied(reply), _)) => {
                return Answer::certain(Ok(reply.arg));
            }
            Ok((RequestStatusResponse::Rejected(reject), _)) => {
                return Answer::certain(Err(rejected(&reject)));
            }
            Ok((RequestStatusResponse::Done, _)) => return Answer::certain(Err(forgotten(true))),
            Ok((RequestStatusResponse::Received | RequestStatusResponse::Processing, _)) => {
                was_taken = true;
                "it is being executed".to_owned()
            }
            Ok((RequestStatusResponse::Unknown, certificate)) => {
                match certified_time(&certificate) {
                    Ok(time) if time > *expiry => {
                        return Answer::certain(Err(forgotten(was_taken)));
                    }
                    Ok(_) => "the network has not taken it yet".to_owned(),
                    Err(error) => Verdict::of(&error).message(),
                }
            }
            Err(error) => Verdict::of(&error).message(),
        };
        if !waits.wait().await {
            let message = format!("the call may have been executed, or may still be: {problem}");
            return Answer::uncertain(unknown(message));
        }
    }
}

/// Waits, for as long as `patience`, until the network has taken a call or will not take it any more; false if that is
/// not known then.
pub async fn is_taken_or_over(agent: &Agent, request: &Request, patience: Duration) -> bool {
    let mut waits = Waits::new(LONGEST_POLL_WAIT, patience);
    loop {
        let asked = agent.request_status_raw(&request.id, request.effective).await;
        if let Ok((status, certificate)) = asked {
            let time = certified_time(&certificate);
            let is_over = time.is_ok_and(|time| time > request.expiry);
            if is_over || !matches!(status, RequestStatusResponse::Unknown) {
                return true;
            }
        }
        if !waits.wait().await {
            return false;
        }
    }
}

/// The network will not execute the call any more; whether it has, its id does not tell.
fn forgotten(was_taken: bool) -> IcError {
    let what = if was_taken {
        "the network has executed the call, and does not keep its answer any more"
    } else {
        "the network does not know the call: it was not executed, or some time ago"
    };
    transient(what.to_owned())
}

/// Makes a query, and tries again for a while when the network cannot be reached.
pub async fn query(
    agent: &Agent,
    (callee, effective): (Principal, Principal),
    method: &str,
    arg: &[u8],
    patience: Duration,
) -> Result<Vec<u8>, IcError> {
    let mut waits = Waits::new(LONGEST_RETRY_WAIT, patience.min(RETRY_PATIENCE));
    loop {
        let query = agent.query(&callee, method).with_effective_canister_id(effective);
        let error = match query.with_arg(arg).call().await {
            Ok(reply) => return Ok(reply),
            Err(error) => error,
        };
        let verdict = Verdict::of(&error);
        if !matches!(verdict, Verdict::NotSent(_) | Verdict::Unknown(_)) || !waits.wait().await {
            return Err(verdict.of_nothing_done());
        }
    }
}

/// The time in a certificate that was verified.
pub fn certified_time(certificate: &Certificate) -> Result<Timestamp, AgentError> {
    let mut time = lookup_value(certificate, [b"time".as_slice()])?;
    Ok(Timestamp(leb128::read::unsigned(&mut time)?))
}
