//! Calls and queries, in the forms of today and in the older ones.

use crate::{
    common::Served,
    raw::post,
    setting::{agent, ed25519, p256, run, sandbox, secp256k1, served, stranger},
};
use candid::{CandidType, Principal, decode_one, encode_one};
use canister_sandbox::{Fault, FaultAction, Sandbox};
use ic_agent::{
    Agent, AgentError, Identity,
    agent::{CallResponse, EnvelopeContent, RejectCode, RequestStatusResponse},
    identity::{AnonymousIdentity, DelegatedIdentity, Delegation, SignedDelegation},
};
use ic_transport_types::{QueryResponse, TransportCallResponse};
use serde_cbor::Value;
use std::time::{Duration, SystemTime, UNIX_EPOCH};

const COUNT: &[u8] = &[];

fn number(reply: &[u8]) -> u32 {
    decode_one(reply).expect("a number")
}

async fn counted(agent: &Agent, served: &Served) -> u32 {
    let reply = agent.query(&served.canister, "counted").with_arg(COUNT).await;
    number(&reply.expect("a reply"))
}

#[test]
fn a_user_of_each_kind_of_key_calls_and_queries() {
    let served = served();
    let end = SystemTime::now() + Duration::from_mins(10);
    let end = u64::try_from(end.duration_since(UNIX_EPOCH).expect("now").as_nanos()).expect("now");
    let delegated = {
        let session = secp256k1();
        let delegation = Delegation {
            pubkey: session.public_key().expect("a key"),
            expiration: end,
            targets: Some(vec![served.canister]),
            permissions: None,
        };
        let signature = ed25519().sign_delegation(&delegation).expect("signed").signature;
        let signed = SignedDelegation { delegation, signature: signature.expect("signed") };
        let key = ed25519().public_key().expect("a key");
        DelegatedIdentity::new(key, Box::new(session), vec![signed]).expect("a chain")
    };
    let users: [Box<dyn Identity>; 5] = [
        Box::new(ed25519()),
        Box::new(secp256k1()),
        Box::new(p256()),
        Box::new(delegated),
        Box::new(AnonymousIdentity),
    ];
    run(async {
        for (calls, user) in users.into_iter().enumerate() {
            let sender = user.sender().expect("a sender");
            let agent = agent(&served, user);
            let reply = agent.query(&served.canister, "whoami").await.expect("a reply");
            assert_eq!(Principal::from_slice(&reply), sender);
            let reply = agent.update(&served.canister, "count").await.expect("a reply");
            assert_eq!(number(&reply) as usize, calls + 1);
            assert_eq!(counted(&agent, &served).await as usize, calls + 1);
        }
    });
}

#[test]
fn the_same_call_is_executed_once() {
    let served = served();
    run(async {
        let agent = agent(&served, ed25519());
        let signed = agent.update(&served.canister, "count").sign().expect("signed");
        for _ in 0..3 {
            let answer = agent.update_signed(served.canister, signed.signed_update.clone()).await;
            match answer.expect("a reply") {
                CallResponse::Response(reply) => assert_eq!(number(&reply), 1),
                CallResponse::Poll(_) => panic!("it was not waited for"),
            }
        }
        let path = format!("/api/v2/canister/{}/call", served.canister);
        assert_eq!(post(&served, &path, &signed.signed_update).status, 202);
        assert_eq!(counted(&agent, &served).await, 1);
    });
}

#[test]
fn the_older_form_is_accepted_first_and_answered_later() {
    let served = served();
    run(async {
        let agent = agent(&served, ed25519());
        let signed = agent.update(&served.canister, "count").sign().expect("signed");
        let path = format!("/api/v2/canister/{}/call", served.canister);
        let answer = post(&served, &path, &signed.signed_update);
        assert_eq!((answer.status, answer.body.as_slice()), (202, &b""[..]));
        let (reply, _) = agent.wait(&signed.request_id, served.canister).await.expect("a reply");
        assert_eq!(number(&reply), 1);
        // What was refused at once is answered at once.
        let signed = agent.update(&served.canister, "shut").sign().expect("signed");
        let answer = post(&served, &path, &signed.signed_update);
        assert_eq!(answer.status, 200);
        let answer: Value = serde_cbor::from_slice(&answer.body).expect("CBOR");
        let Value::Map(fields) = answer else { panic!("no map: {answer:?}") };
        let field = |name: &str| fields[&Value::Text(name.to_owned())].clone();
        assert_eq!(field("status"), Value::Text("non_replicated_rejection".to_owned()));
        assert_eq!(field("reject_code"), Value::Integer(4));
    });
}

/// Also the synchronous form of version 3, and the query of version 2.
#[test]
fn older_versions_of_the_same_form_answer_alike() {
    let served = served();
    run(async {
        let agent = agent(&served, ed25519());
        let signed = agent.update(&served.canister, "count").sign().expect("signed");
        let path = format!("/api/v3/canister/{}/call", served.canister);
        let third = post(&served, &path, &signed.signed_update);
        let path = format!("/api/v4/canister/{}/call", served.canister);
        let fourth = post(&served, &path, &signed.signed_update);
        for answer in [third, fourth] {
            assert_eq!(answer.status, 200);
            let answer: TransportCallResponse = serde_cbor::from_slice(&answer.body).expect("CBOR");
            let TransportCallResponse::Replied { certificate } = answer else {
                panic!("no reply: {answer:?}")
            };
            let certificate = serde_cbor::from_slice(&certificate).expect("a certificate");
            agent.verify(&certificate, served.canister).expect("it verifies");
        }
        let signed = agent.query(&served.canister, "counted").sign().expect("signed");
        let path = format!("/api/v2/canister/{}/query", served.canister);
        let answer = post(&served, &path, &signed.signed_query);
        assert_eq!(answer.status, 200);
        let answer: QueryResponse = serde_cbor::from_slice(&answer.body).expect("CBOR");
        assert_eq!(answer.signatures().len(), 1);
    });
}

#[test]
fn failures_have_the_codes_of_the_network() {
    let served = served();
    run(async {
        let agent = agent(&served, ed25519());
        let update = async |method: &str| match agent.update(&served.canister, method).await {
            Err(AgentError::CertifiedReject { reject, .. }) => reject,
            other => panic!("{method} was not rejected: {other:?}"),
        };
        let query =
            async |canister: Principal, method: &str| match agent.query(&canister, method).await {
                Err(AgentError::UncertifiedReject { reject, .. }) => reject,
                other => panic!("{method} was not rejected: {other:?}"),
            };
        let trap = update("fail_now").await;
        assert_eq!(trap.reject_code, RejectCode::CanisterError);
        assert_eq!(trap.error_code.as_deref(), Some("IC0503"));
        assert!(trap.reject_message.contains("told to trap"), "{}", trap.reject_message);
        let reject = update("reject").await;
        assert_eq!(reject.reject_code, RejectCode::CanisterReject);
        assert_eq!(reject.reject_message, "told to reject");
        assert_eq!(update("no_such_method").await.error_code.as_deref(), Some("IC0536"));
        let trap = query(served.canister, "trap_query").await;
        assert_eq!(trap.reject_code, RejectCode::CanisterError);
        // Nobody has created this one.
        let (_, last) = Sandbox::canister_range();
        let unknown = query(last, "counted").await;
        assert_eq!(unknown.reject_code, RejectCode::DestinationInvalid);
        assert_eq!(unknown.error_code.as_deref(), Some("IC0301"));
        match agent.update(&last, "count").await {
            Err(AgentError::UncertifiedReject { reject, .. }) => {
                assert_eq!(reject.error_code.as_deref(), Some("IC0301"));
            }
            other => panic!("it was called: {other:?}"),
        }
    });
}

/// A client that waits is told to ask later, and asks.
#[test]
fn a_call_that_takes_long_is_asked_for_again() {
    #[derive(CandidType)]
    struct Target {
        canister_id: Principal,
    }
    let served = served();
    run(async {
        let agent = agent(&served, ed25519());
        // A canister that stops itself waits for itself: the call ends when somebody starts the canister.
        let arg = encode_one(Target { canister_id: served.canister }).expect("encoded");
        let call = agent.update(&served.canister, "stop_by_canister").with_arg(arg.clone());
        let signed = call.sign().expect("signed");
        let answer = agent.update_signed(served.canister, signed.signed_update).await;
        let CallResponse::Poll(id) = answer.expect("it was taken") else {
            panic!("it was answered")
        };
        let (status, _) = agent.request_status_raw(&id, served.canister).await.expect("a status");
        assert_eq!(status, RequestStatusResponse::Processing);
        let other = crate::setting::agent(&served, stranger());
        let foreign = other.request_status_raw(&id, served.canister).await;
        crate::setting::assert_http_error(foreign, 403, "not signed by the caller");
        agent
            .update(&Principal::management_canister(), "start_canister")
            .with_effective_canister_id(served.canister)
            .with_arg(arg)
            .await
            .expect("started");
        let (reply, _) = agent.wait(&id, served.canister).await.expect("a reply");
        assert_eq!(reply, b"it has ended");
    });
}

/// Nobody can say to a user that an outcome is unknown: the call is over, and its answer is not to be had.
#[test]
fn an_answer_that_was_lost_is_done() {
    let served = served();
    run(async {
        let agent = agent(&served, ed25519());
        sandbox(&served).inject(Fault {
            callee: Some(served.canister),
            method: Some("count".to_owned()),
            sender: None,
            skip: 0,
            action: FaultAction::DropReply,
        });
        let answer = agent.update(&served.canister, "count").await;
        assert!(matches!(answer, Err(AgentError::RequestStatusDoneNoReply(_))), "{answer:?}");
        assert_eq!(counted(&agent, &served).await, 1);
    });
}

#[test]
fn timers_follow_the_clock_of_this_machine() {
    let served = served();
    run(async {
        let agent = agent(&served, ed25519());
        let before = agent.update(&served.canister, "later").await.expect("a reply");
        assert_eq!(number(&before), 0);
        for _ in 0..100 {
            if counted(&agent, &served).await == 1 {
                return;
            }
            tokio::time::sleep(Duration::from_millis(100)).await;
        }
        panic!("the timer has not fired");
    });
}

#[test]
fn a_large_argument_and_a_large_reply_arrive() {
    let served = served();
    run(async {
        let agent = agent(&served, ed25519());
        let large: Vec<u8> = (0..1_900_000_u32).map(|n| n.to_le_bytes()[n as usize % 3]).collect();
        let reply = agent.update(&served.canister, "repeat").with_arg(large.clone()).await;
        assert!(reply.expect("a reply") == large);
        let content = |size| EnvelopeContent::Query {
            ingress_expiry: 0,
            sender: Principal::anonymous(),
            canister_id: served.canister,
            method_name: "whoami".to_owned(),
            arg: vec![0; size],
            nonce: None,
            sender_info: None,
        };
        let path = format!("/api/v3/canister/{}/query", served.canister);
        let body = serde_cbor::to_vec(&content(4 * 1024 * 1024)).expect("encoded");
        assert_eq!(post(&served, &path, &body).status, 413);
    });
}
