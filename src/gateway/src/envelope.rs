//! Envelopes: who sends a request, whether they have signed it, and until when it is valid.

use crate::{refusal::Refusal, signature};
use candid::Principal;
use ic_transport_types::{
    DelegationPermissions, Envelope, EnvelopeContent, RequestId, SignedDelegation,
};
use jiff::Timestamp;
use std::{collections::BTreeSet, time::Duration};

/// How far in the future a request may expire.
const MAX_INGRESS_TTL: Duration = Duration::from_mins(5);
/// What is added to it for clocks that are ahead.
const PERMITTED_DRIFT: Duration = Duration::from_mins(1);
const MAX_NONCE_BYTES: usize = 32;
const MAX_DELEGATIONS: usize = 20;
const MAX_TARGETS: usize = 1_000;

/// A request whose signature and expiry were checked.
#[derive(Debug)]
pub(crate) struct Request {
    pub(crate) id: RequestId,
    pub(crate) content: EnvelopeContent,
    pub(crate) powers: Powers,
}

/// What a chain of delegations leaves to its last key.
#[derive(Debug, Default)]
pub(crate) struct Powers {
    /// Only these canisters; all of them if there is no list.
    targets: Option<BTreeSet<Principal>>,
    only_queries: bool,
}

impl Powers {
    /// Refuses what the delegations of this request do not allow for.
    pub(crate) fn check_target(&self, canister: Principal) -> Result<(), Refusal> {
        let allowed = self.targets.as_ref().is_none_or(|targets| targets.contains(&canister));
        if allowed {
            return Ok(());
        }
        Err(Refusal::bad_request(format!(
            "Canister {canister} is not one of the delegation targets of the request."
        )))
    }

    /// Refuses a call if a delegation is good for queries only.
    pub(crate) fn check_may_call(&self) -> Result<(), Refusal> {
        if !self.only_queries {
            return Ok(());
        }
        Err(Refusal::bad_request("a delegation of the request permits queries only"))
    }

    fn restrict(&mut self, targets: &[Principal]) -> Result<(), String> {
        if targets.len() > MAX_TARGETS {
            return Err(format!("{} targets, at most {MAX_TARGETS} are allowed", targets.len()));
        }
        let listed: BTreeSet<Principal> = targets.iter().copied().collect();
        self.targets = Some(match self.targets.take() {
            Some(earlier) => &earlier & &listed,
            None => listed,
        });
        Ok(())
    }
}

/// Reads an envelope and checks its signature, at this time (nanoseconds).
pub(crate) fn open(bytes: &[u8], now: u64) -> Result<Request, Refusal> {
    let envelope: Envelope = serde_cbor::from_slice(bytes)
        .map_err(|error| Refusal::bad_request(format!("Could not parse body as CBOR: {error}")))?;
    check_expiry(envelope.content.ingress_expiry(), now)?;
    check_extras(&envelope.content)?;
    let id = envelope.content.to_request_id();
    let powers = authenticate(&envelope, &id, now)
        .map_err(|reason| Refusal::bad_request(format!("Invalid signature: {reason}")))?;
    Ok(Request { id, content: envelope.content.into_owned(), powers })
}

fn check_expiry(expiry: u64, now: u64) -> Result<(), Refusal> {
    let window = (MAX_INGRESS_TTL + PERMITTED_DRIFT).as_nanos();
    let latest = now.saturating_add(u64::try_from(window).unwrap_or(u64::MAX));
    if (now..=latest).contains(&expiry) {
        return Ok(());
    }
    // In the words of the network: clients look for them, to set their clocks.
    Err(Refusal::bad_request(format!(
        "Invalid request expiry: Specified ingress_expiry not within expected range: Minimum allowed expiry: {}, Maximum allowed expiry: {}, Provided expiry:        {}",
        shown(now),
        shown(latest),
        shown(expiry)
    )))
}

fn shown(nanos: u64) -> String {
    let time = Timestamp::from_nanosecond(i128::from(nanos));
    time.map_or_else(|_| nanos.to_string(), |time| time.strftime("%F %T%.f UTC").to_string())
}

fn check_extras(content: &EnvelopeContent) -> Result<(), Refusal> {
    let (EnvelopeContent::Call { nonce, sender_info, .. }
    | EnvelopeContent::Query { nonce, sender_info, .. }) = content
    else {
        return Ok(());
    };
    if sender_info.is_some() {
        return Err(Refusal::bad_request("this simulator does not know `sender_info`"));
    }
    let length = nonce.as_ref().map_or(0, Vec::len);
    if length > MAX_NONCE_BYTES {
        return Err(Refusal::bad_request(format!(
            "the nonce has {length} bytes, at most {MAX_NONCE_BYTES} are allowed"
        )));
    }
    Ok(())
}

/// Checks that the sender has signed the request, or a chain of keys that begins with the sender's.
fn authenticate(envelope: &Envelope, id: &RequestId, now: u64) -> Result<Powers, String> {
    let sender = *envelope.content.sender();
    let chain = envelope.sender_delegation.as_deref().unwrap_or_default();
    let (key, signature) = match (&envelope.sender_pubkey, &envelope.sender_sig) {
        (None, None) if sender == Principal::anonymous() && chain.is_empty() => {
            return Ok(Powers::default());
        }
        (Some(key), Some(signature)) => (key, signature),
        _ => return Err(format!("a request of {sender} needs a public key and a signature")),
    };
    if sender == Principal::anonymous() {
        return Err("a request of the anonymous user is not signed".to_owned());
    }
    if Principal::self_authenticating(key) != sender {
        return Err(format!("the public key is not that of the sender {sender}"));
    }
    let (last_key, powers) = follow(key, chain, now)?;
    signature::verify(last_key, &id.signable(), signature)?;
    Ok(powers)
}

/// The last key of a chain of delegations, and what it may do.
fn follow<'a>(
    first_key: &'a [u8],
    chain: &'a [SignedDelegation],
    now: u64,
) -> Result<(&'a [u8], Powers), String> {
    if chain.len() > MAX_DELEGATIONS {
        return Err(format!("{} delegations, at most {MAX_DELEGATIONS} are allowed", chain.len()));
    }
    let (mut key, mut powers) = (first_key, Powers::default());
    let mut keys = BTreeSet::from([first_key]);
    for SignedDelegation { delegation, signature } in chain {
        signature::verify(key, &delegation.signable(), signature)
            .map_err(|reason| format!("a delegation: {reason}"))?;
        if delegation.expiration < now {
            return Err(format!("a delegation has expired at {}", shown(delegation.expiration)));
        }
        if let Some(targets) = &delegation.targets {
            powers.restrict(targets)?;
        }
        powers.only_queries |= delegation.permissions == Some(DelegationPermissions::Queries);
        key = &delegation.pubkey;
        if !keys.insert(key) {
            return Err("the delegations lead to the same key twice".to_owned());
        }
    }
    Ok((key, powers))
}
