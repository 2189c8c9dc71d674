//! Signatures, delegations and expiry: what does not hold is refused before any canister sees it.

use crate::{
    common::Served,
    setting::{agent, assert_http_error, ed25519, p256, run, secp256k1, served, stranger},
};
use candid::Principal;
use ic_agent::{
    AgentError, Identity, Signature,
    agent::EnvelopeContent,
    identity::{DelegatedIdentity, Delegation, SignedDelegation},
};
use ic_transport_types::DelegationPermissions;
use std::time::{Duration, SystemTime, UNIX_EPOCH};

/// A user who changes the signature of another one.
struct Forger<I, F> {
    user: I,
    forge: F,
}

impl<I: Identity, F: Fn(&mut Signature) + Send + Sync> Identity for Forger<I, F> {
    fn sender(&self) -> Result<Principal, String> {
        self.user.sender()
    }

    fn public_key(&self) -> Option<Vec<u8>> {
        self.user.public_key()
    }

    fn sign(&self, content: &EnvelopeContent) -> Result<Signature, String> {
        let mut signature = self.user.sign(content)?;
        (self.forge)(&mut signature);
        Ok(signature)
    }
}

fn forged<F>(forge: F) -> [Box<dyn Identity>; 3]
where
    F: Fn(&mut Signature) + Send + Sync + Copy + 'static,
{
    [
        Box::new(Forger { user: ed25519(), forge }),
        Box::new(Forger { user: secp256k1(), forge }),
        Box::new(Forger { user: p256(), forge }),
    ]
}

/// Tries a call, a query and a read of the state.
async fn assert_all_refused(served: &Served, user: impl Identity + 'static, reason: &str) {
    let agent = agent(served, user);
    let update = agent.update(&served.canister, "count").await;
    assert_http_error(update, 400, reason);
    let query = agent.query(&served.canister, "whoami");
    assert_http_error(query.call_without_verification().await, 400, reason);
    let read = agent.read_state_canister_module_hash(served.canister).await;
    assert_http_error(read, 400, reason);
}

async fn assert_not_called(served: &Served) {
    let agent = agent(served, ed25519());
    let counted = agent.query(&served.canister, "counted").await.expect("a reply");
    let counted: u32 = candid::decode_one(&counted).expect("a number");
    assert_eq!(counted, 0);
}

#[test]
fn a_forged_signature_is_refused() {
    let served = served();
    run(async {
        for user in forged(|signature| {
            signature.signature.as_mut().expect("signed")[40] ^= 1;
        }) {
            assert_all_refused(&served, user, "signature does not verify").await;
        }
        for user in forged(|signature| signature.signature.as_mut().expect("signed").truncate(63)) {
            assert_all_refused(&served, user, "signature does not verify").await;
        }
        for user in forged(|signature| signature.public_key = stranger().public_key()) {
            assert_all_refused(&served, user, "not that of the sender").await;
        }
        for user in forged(|signature| signature.signature = None) {
            assert_all_refused(&served, user, "needs a public key and a signature").await;
        }
        for user in forged(|signature| signature.public_key.as_mut().expect("a key").truncate(20)) {
            assert_all_refused(&served, user, "Invalid signature").await;
        }
        assert_not_called(&served).await;
    });
}

#[test]
fn a_signed_request_cannot_be_changed() {
    let served = served();
    run(async {
        let agent = agent(&served, ed25519());
        let signed = agent.update(&served.canister, "count").with_arg(b"before").sign();
        let mut bytes = signed.expect("signed").signed_update;
        let at = bytes.windows(6).position(|part| part == b"before").expect("the argument");
        bytes[at] = b'B';
        let answer = agent.update_signed(served.canister, bytes).await;
        assert_http_error(answer, 400, "signature does not verify");
        assert_not_called(&served).await;
    });
}

fn nanos(time: SystemTime) -> u64 {
    u64::try_from(time.duration_since(UNIX_EPOCH).expect("a time").as_nanos()).expect("a time")
}

#[test]
fn a_request_that_has_expired_or_expires_too_late_is_refused() {
    let served = served();
    run(async {
        let agent = agent(&served, ed25519());
        let now = SystemTime::now();
        for expiry in [now - Duration::from_secs(1), now + Duration::from_mins(7)] {
            // In the words by which agents know the error.
            let reason =
                "Invalid request expiry: Specified ingress_expiry not within expected range";
            let update = agent.update(&served.canister, "count").expire_at(expiry).await;
            assert_http_error(update, 400, reason);
            let query = agent.query(&served.canister, "whoami").expire_at(expiry);
            assert_http_error(query.call_without_verification().await, 400, reason);
        }
        assert_not_called(&served).await;
    });
}

/// A session key that this user has delegated to.
fn session(change: impl Fn(&mut Delegation)) -> DelegatedIdentity {
    let mut delegation = Delegation {
        pubkey: secp256k1().public_key().expect("a key"),
        expiration: nanos(SystemTime::now() + Duration::from_mins(10)),
        targets: None,
        permissions: None,
    };
    change(&mut delegation);
    let signature = ed25519().sign_delegation(&delegation).expect("signed").signature;
    let chain = vec![SignedDelegation { delegation, signature: signature.expect("signed") }];
    let key = ed25519().public_key().expect("a key");
    DelegatedIdentity::new_unchecked(key, Box::new(secp256k1()), chain)
}

#[test]
fn a_delegation_counts_for_what_it_says() {
    let served = served();
    run(async {
        let expired = session(|delegation| delegation.expiration = 1);
        assert_all_refused(&served, expired, "a delegation has expired").await;
        let to_another = session(|delegation| {
            delegation.pubkey = stranger().public_key().expect("a key");
        });
        assert_all_refused(&served, to_another, "signature does not verify").await;

        let elsewhere = vec![Principal::management_canister()];
        let restricted = session(|delegation| delegation.targets = Some(elsewhere.clone()));
        let restricted = agent(&served, restricted);
        let update = restricted.update(&served.canister, "count").await;
        assert_http_error(update, 400, "not one of the delegation targets");
        let query = restricted.query(&served.canister, "whoami").await;
        assert_http_error(query, 400, "not one of the delegation targets");

        let reader =
            session(|delegation| delegation.permissions = Some(DelegationPermissions::Queries));
        let reader = agent(&served, reader);
        let update = reader.update(&served.canister, "count").await;
        assert_http_error(update, 400, "permits queries only");
        reader.query(&served.canister, "whoami").await.expect("a reply");
        assert_not_called(&served).await;
    });
}

/// The anonymous user signs nothing, and nobody else is anonymous.
#[test]
fn an_unsigned_request_is_anonymous() {
    let served = served();
    run(async {
        let agent = agent(&served, ed25519());
        let signed = agent.update(&served.canister, "count").sign().expect("signed");
        let mut envelope: ic_transport_types::Envelope =
            serde_cbor::from_slice(&signed.signed_update).expect("an envelope");
        if let EnvelopeContent::Call { sender, .. } = envelope.content.to_mut() {
            *sender = Principal::anonymous();
        }
        let answer = agent.update_signed(served.canister, envelope.encode_bytes()).await;
        assert_http_error(answer, 400, "the anonymous user is not signed");
        envelope.sender_sig = None;
        envelope.sender_pubkey = None;
        let answer: Result<_, AgentError> =
            agent.update_signed(served.canister, envelope.encode_bytes()).await;
        answer.expect("it was called");
    });
}
