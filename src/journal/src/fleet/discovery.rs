//! A method that lists the members of a fleet, and what it has told.

use crate::{RunId, Timestamp, text::first_of, wire};
use candid::{CandidType, Principal};
use minicbor::{Decode, Encode};
use serde::{Deserialize, Serialize};
use std::collections::BTreeSet;

/// The longest reply that is read, in bytes.
const MAX_REPLY_BYTES: usize = 1_000_000;
/// The most canisters that are kept of an answer.
const MOST_KEPT: usize = 20;
/// The bytes that are kept of a reason, so that a remark with it is much shorter than a text may be.
const MAX_REASON_BYTES: usize = 256;

/// The method that lists the members of a fleet. It takes no arguments and answers with `vec principal`, or with
/// `vec record { canister_id : principal }`, whose other fields do not matter.
#[derive(CandidType, Clone, Debug, Decode, Deserialize, Encode, Eq, PartialEq, Serialize)]
pub struct Discovery {
    /// The canister that has the method, for instance the root.
    #[cbor(n(0), with = "crate::cbor::principal")]
    pub canister_id: Principal,
    /// The name of the method: a query, or an update that changes nothing.
    #[n(1)]
    pub method: String,
}

/// What the last call of a discovery has told.
#[derive(CandidType, Clone, Debug, Decode, Deserialize, Encode, Eq, PartialEq, Serialize)]
pub struct DiscoveryReport {
    /// The run that made the call.
    #[n(0)]
    pub run_id: RunId,
    /// When it was answered, or was made if it was not.
    #[n(1)]
    pub at: Timestamp,
    /// What was found.
    #[n(2)]
    pub outcome: DiscoveryOutcome,
}

/// What a call of a discovery has told.
#[derive(CandidType, Clone, Debug, Decode, Deserialize, Encode, Eq, PartialEq, Serialize)]
pub enum DiscoveryOutcome {
    /// It has listed canisters.
    #[n(0)]
    Listed {
        /// How many.
        #[n(0)]
        listed: u32,
        /// How many of them are no members of the registered fleet, so that they are not backed up.
        #[n(1)]
        unregistered: u32,
        /// The first of these, at most 20.
        #[cbor(n(2), with = "crate::cbor::principals")]
        first: Vec<Principal>,
    },
    /// It has not.
    #[n(1)]
    Failed {
        /// Why.
        #[n(0)]
        reason: String,
    },
}

impl DiscoveryOutcome {
    /// What a reply tells. Canisters count as registered if `is_registered` says so.
    pub fn of_reply(reply: &[u8], is_registered: impl Fn(&Principal) -> bool) -> Self {
        let listed = match listed(reply) {
            Ok(listed) => listed,
            Err(reason) => return Self::failed(&reason),
        };
        let missing = || listed.iter().filter(|canister| !is_registered(canister));
        Self::Listed {
            listed: count(listed.len()),
            unregistered: count(missing().count()),
            first: missing().take(MOST_KEPT).copied().collect(),
        }
    }

    /// That the method could not be called, or its reply not be read.
    pub fn failed(reason: &str) -> Self {
        let reason = reason[..reason.floor_char_boundary(MAX_REASON_BYTES)].to_string();
        Self::Failed { reason }
    }

    /// What a person is told of it; none if all canisters are registered.
    pub fn remark(&self) -> Option<String> {
        match self {
            Self::Listed { unregistered: 0, .. } => None,
            Self::Listed { unregistered, first, .. } => {
                let named = first_of(first, *unregistered as usize);
                Some(format!("{unregistered} canisters of the fleet are not registered: {named}"))
            }
            Self::Failed { reason } => {
                Some(format!("the canisters of the fleet were not listed: {reason}"))
            }
        }
    }
}

/// The canisters that a reply lists, each once.
fn listed(reply: &[u8]) -> Result<BTreeSet<Principal>, String> {
    #[derive(CandidType, Deserialize)]
    struct Listed {
        canister_id: Principal,
    }
    if reply.len() > MAX_REPLY_BYTES {
        return Err(format!("the reply has {} of at most {MAX_REPLY_BYTES} bytes", reply.len()));
    }
    if let Ok(canisters) = wire::decode::<Vec<Principal>>(reply) {
        return Ok(canisters.into_iter().collect());
    }
    match wire::decode::<Vec<Listed>>(reply) {
        Ok(canisters) => Ok(canisters.into_iter().map(|it| it.canister_id).collect()),
        Err(error) => Err(format!(
            "the reply is neither vec principal nor vec record {{ canister_id : principal }}: {}",
            wire::problem(&error)
        )),
    }
}

fn count(number: usize) -> u32 {
    u32::try_from(number).unwrap_or(u32::MAX)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::fixtures::{canister, orders, users};
    use candid::Encode;
    use proptest::prelude::*;

    fn told(reply: &[u8]) -> DiscoveryOutcome {
        DiscoveryOutcome::of_reply(reply, |canister| *canister == orders())
    }

    fn reason(reply: &[u8]) -> String {
        match told(reply) {
            DiscoveryOutcome::Failed { reason } => reason,
            listed @ DiscoveryOutcome::Listed { .. } => panic!("{listed:?}"),
        }
    }

    #[derive(CandidType)]
    struct Entry {
        name: Option<String>,
        canister_id: Principal,
        children: Vec<u64>,
    }

    #[test]
    fn both_kinds_of_lists_are_read() {
        let expected =
            DiscoveryOutcome::Listed { listed: 2, unregistered: 1, first: vec![users()] };
        let principals = Encode!(&vec![users(), orders(), users()]).expect("it is Candid");
        assert_eq!(told(&principals), expected);
        let entry = |canister_id| Entry {
            name: Some("x".to_string()),
            canister_id,
            children: vec![1, 2, 3],
        };
        let records = Encode!(&vec![entry(orders()), entry(users())]).expect("it is Candid");
        assert_eq!(told(&records), expected);
        let none = DiscoveryOutcome::Listed { listed: 0, unregistered: 0, first: Vec::new() };
        assert_eq!(told(&Encode!(&Vec::<Principal>::new()).expect("it is Candid")), none);
        assert_eq!(none.remark(), None);
    }

    #[test]
    fn other_replies_are_told_and_not_read() {
        let text = Encode!(&"no list").expect("it is Candid");
        assert!(reason(&text).starts_with("the reply is neither vec principal nor vec record"));
        assert!(reason(b"").contains("neither"));
        // Six bytes that stand for four thousand million nulls.
        assert!(reason(b"DIDL\x01\x6d\x7f\x01\x00\xff\xff\xff\xff\x0f").contains("neither"));
        let long = vec![0; MAX_REPLY_BYTES + 1];
        assert_eq!(reason(&long), "the reply has 1000001 of at most 1000000 bytes");
        assert!(reason(&long[1..]).contains("neither"));
        let cut = DiscoveryOutcome::failed(&"ä".repeat(2_000));
        assert!(cut.remark().is_some_and(|remark| remark.len() < 2 * MAX_REASON_BYTES));
    }

    #[test]
    fn a_remark_names_the_first_ones() {
        let told = |numbers: std::ops::Range<u8>| {
            let canisters: Vec<Principal> = numbers.map(canister).collect();
            let reply = Encode!(&canisters).expect("it is Candid");
            let outcome = DiscoveryOutcome::of_reply(&reply, |_| false);
            (canisters, outcome.remark().expect("some are not registered"))
        };
        let (canisters, remark) = told(1..2);
        assert_eq!(
            remark,
            format!("1 canisters of the fleet are not registered: {}", canisters[0])
        );
        let (_, remark) = told(1..100);
        assert!(remark.starts_with("99 canisters") && remark.ends_with(", …"), "{remark}");
        assert!(remark.len() < 200, "{remark}");
    }

    proptest! {
        #[test]
        fn whatever_is_answered_a_short_text_comes_of_it(reply: Vec<u8>, candid: bool) {
            let reply = if candid { [b"DIDL", reply.as_slice()].concat() } else { reply };
            let remark = told(&reply).remark().unwrap_or_default();
            prop_assert!(remark.len() < 2 * MAX_REASON_BYTES);
        }

        #[test]
        fn what_is_listed_is_registered_or_told(
            listed in proptest::collection::btree_set(0_u8..=255, 0..60),
            registered in proptest::collection::btree_set(0_u8..=255, 0..60),
        ) {
            let canisters: Vec<Principal> = listed.iter().map(|it| canister(*it)).collect();
            let kept: BTreeSet<Principal> = registered.iter().map(|it| canister(*it)).collect();
            let reply = Encode!(&canisters).expect("it is Candid");
            let missing: BTreeSet<Principal> =
                canisters.iter().filter(|it| !kept.contains(it)).copied().collect();
            let expected = DiscoveryOutcome::Listed {
                listed: count(listed.len()),
                unregistered: count(missing.len()),
                first: missing.into_iter().take(MOST_KEPT).collect(),
            };
            prop_assert_eq!(DiscoveryOutcome::of_reply(&reply, |it| kept.contains(it)), expected);
        }
    }
}
