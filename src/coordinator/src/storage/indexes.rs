//! Keys of the indexes by time, which answer what an operator watches without walking all runs.

use super::RunNumber;
use backup_journal::Timestamp;
use candid::Principal;
use ic_stable_structures::{Storable, storable::Bound};
use minicbor::{Decode, Encode};
use std::borrow::Cow;

/// A run of which an operation is claimed, and since when.
#[derive(Clone, Copy, Debug, Eq, Ord, PartialEq, PartialOrd)]
pub struct ClaimKey {
    /// Since when.
    pub since: Timestamp,
    /// The run.
    pub run: RunNumber,
}

impl Storable for ClaimKey {
    fn to_bytes(&self) -> Cow<'_, [u8]> {
        let since = self.since.0.to_be_bytes();
        Cow::Owned([since.as_slice(), &self.run.0.to_be_bytes()].concat())
    }

    fn into_bytes(self) -> Vec<u8> {
        self.to_bytes().into_owned()
    }

    fn from_bytes(bytes: Cow<'_, [u8]>) -> Self {
        let (since, run) = bytes.split_at(8);
        Self {
            since: Timestamp(u64::from_be_bytes(since.try_into().expect("BUG: not 8 bytes"))),
            run: RunNumber::from_bytes(Cow::Borrowed(run)),
        }
    }

    const BOUND: Bound = Bound::Bounded { max_size: 12, is_fixed_size: true };
}

/// A canister that is stopped and owes a start, and since when.
#[derive(Clone, Copy, Debug, Eq, Ord, PartialEq, PartialOrd)]
pub struct StoppedKey {
    /// Since when, and in which run.
    pub claim: ClaimKey,
    /// The canister.
    pub target: Principal,
}

impl Storable for StoppedKey {
    fn to_bytes(&self) -> Cow<'_, [u8]> {
        Cow::Owned([self.claim.to_bytes().as_ref(), self.target.as_slice()].concat())
    }

    fn into_bytes(self) -> Vec<u8> {
        self.to_bytes().into_owned()
    }

    fn from_bytes(bytes: Cow<'_, [u8]>) -> Self {
        let (claim, target) = bytes.split_at(12);
        Self {
            claim: ClaimKey::from_bytes(Cow::Borrowed(claim)),
            target: Principal::from_slice(target),
        }
    }

    const BOUND: Bound = Bound::Bounded { max_size: 12 + 29, is_fixed_size: false };
}

/// A fleet, by its name.
#[derive(Clone, Debug, Eq, Ord, PartialEq, PartialOrd)]
pub struct FleetKey(pub String);

impl Storable for FleetKey {
    fn to_bytes(&self) -> Cow<'_, [u8]> {
        Cow::Borrowed(self.0.as_bytes())
    }

    fn into_bytes(self) -> Vec<u8> {
        self.0.into_bytes()
    }

    fn from_bytes(bytes: Cow<'_, [u8]>) -> Self {
        Self(String::from_utf8(bytes.into_owned()).expect("BUG: a fleet's name is text"))
    }

    const BOUND: Bound = Bound::Unbounded;
}

/// The last completed backup of a fleet.
#[derive(Clone, Copy, Debug, Decode, Encode, Eq, PartialEq)]
pub struct LastBackup {
    /// When its run was completed.
    #[n(0)]
    pub completed_at: Timestamp,
    /// Which run it was.
    #[n(1)]
    pub run: RunNumber,
}
