//! Delegations as `icp identity delegation sign` prints them: somebody lets another key call for a time.

use crate::{agent::identity::secret, usage::UsageError, words};
use backup_journal::Timestamp;
use candid::Principal;
use ic_agent::{
    Identity,
    identity::{DelegatedIdentity, Delegation, DelegationError, SignedDelegation},
};
use serde::Deserialize;
use std::path::Path;

/// What the signature of a delegation is checked for.
#[derive(Clone, Copy, Debug)]
pub struct Purpose<'a> {
    /// The canister that is called, beside the management canister.
    pub coordinator: Principal,
    /// The key of the network.
    pub root_key: &'a [u8],
    /// The time on the clock of this machine.
    pub now: Timestamp,
}

/// A chain of delegations as `icp` writes it: bytes and times are hexadecimal.
#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Chain {
    public_key: String,
    delegations: Vec<Signed>,
}

#[derive(Deserialize)]
struct Signed {
    signature: String,
    delegation: Link,
}

#[derive(Deserialize)]
struct Link {
    pubkey: String,
    expiration: String,
    targets: Option<Vec<String>>,
}

/// The identity of a chain of delegations that leads to a key, and until when it is good.
pub fn identity(
    path: &Path,
    key: Box<dyn Identity>,
    purpose: Purpose<'_>,
) -> Result<(DelegatedIdentity, Timestamp), UsageError> {
    let shown = path.display();
    let unusable = |problem: String| UsageError(format!("the delegation {shown} {problem}"));
    let chain: Chain = serde_json::from_str(&secret::read_public(path)?).map_err(|error| {
        unusable(format!("is not one as `icp identity delegation sign` prints: {error}"))
    })?;
    let (from, links) = chain.decode().map_err(&unusable)?;
    let until = links.iter().map(|link| link.delegation.expiration).min();
    let until = Timestamp(until.ok_or_else(|| unusable("is empty".to_owned()))?);
    if until <= purpose.now {
        return Err(unusable(format!(
            "ended at {}; have a new one signed with `icp identity delegation sign`",
            words::time(until)
        )));
    }
    for needed in [Principal::management_canister(), purpose.coordinator] {
        if !links.iter().all(|link| allows(&link.delegation, needed)) {
            return Err(unusable(format!(
                "is restricted to canisters without {needed}; sign one with --canisters {},{}, or without",
                Principal::management_canister(),
                purpose.coordinator
            )));
        }
    }
    let identity = DelegatedIdentity::new_with_root_key(from, key, links, purpose.root_key);
    let identity = identity.map_err(|error| match error {
        DelegationError::BrokenChain { to: None, .. } => {
            unusable("is for another key than that of --session-pem".to_owned())
        }
        other => unusable(format!("does not hold: {other}")),
    })?;
    Ok((identity, until))
}

fn allows(delegation: &Delegation, canister: Principal) -> bool {
    delegation.targets.as_ref().is_none_or(|targets| targets.contains(&canister))
}

impl Chain {
    fn decode(self) -> Result<(Vec<u8>, Vec<SignedDelegation>), String> {
        let links = self.delegations.into_iter().map(Signed::decode).collect::<Result<_, _>>()?;
        Ok((bytes("publicKey", &self.public_key)?, links))
    }
}

impl Signed {
    fn decode(self) -> Result<SignedDelegation, String> {
        let Link { pubkey, expiration, targets } = self.delegation;
        let expiration = u64::from_str_radix(&expiration, 16);
        let targets = targets.map(|targets| targets.iter().map(|text| target(text)).collect());
        let delegation = Delegation {
            pubkey: bytes("pubkey", &pubkey)?,
            expiration: expiration
                .map_err(|error| format!("has no readable expiration: {error}"))?,
            targets: targets.transpose()?,
            permissions: None,
        };
        Ok(SignedDelegation { delegation, signature: bytes("signature", &self.signature)? })
    }
}

fn target(text: &str) -> Result<Principal, String> {
    let bytes = bytes("targets", text)?;
    Principal::try_from_slice(&bytes).map_err(|error| format!("has no readable target: {error}"))
}

fn bytes(field: &str, text: &str) -> Result<Vec<u8>, String> {
    hex::decode(text).map_err(|error| format!("has no readable {field}: {error}"))
}

#[cfg(test)]
mod tests;
