//! Keys of the stable maps. They sort by run and then by number, so that a page is a range read.

use backup_journal::{FleetName, RunId};
use candid::Principal;
use ic_stable_structures::{Storable, storable::Bound};
use minicbor::{Decode, Encode};
use std::{borrow::Cow, ops::RangeInclusive};

/// The position of a run among all runs of this coordinator, in the order of creation, 0-based.
#[derive(Clone, Copy, Debug, Decode, Encode, Eq, Ord, PartialEq, PartialOrd)]
#[cbor(transparent)]
pub struct RunNumber(#[n(0)] pub u32);

impl Storable for RunNumber {
    fn to_bytes(&self) -> Cow<'_, [u8]> {
        Cow::Owned(self.0.to_be_bytes().to_vec())
    }

    fn into_bytes(self) -> Vec<u8> {
        self.0.to_be_bytes().to_vec()
    }

    fn from_bytes(bytes: Cow<'_, [u8]>) -> Self {
        Self(u32::from_be_bytes(bytes.as_ref().try_into().expect("BUG: a run number has 4 bytes")))
    }

    const BOUND: Bound = Bound::Bounded { max_size: 4, is_fixed_size: true };
}

/// The key of the record with this number within a run.
pub fn numbered(run: RunNumber, number: u32) -> u64 {
    (u64::from(run.0) << 32) | u64::from(number)
}

/// The number within the run of such a key.
pub fn number(key: u64) -> u32 {
    u32::try_from(key & u64::from(u32::MAX)).expect("BUG: masked to 32 bits")
}

/// A target within a run.
#[derive(Clone, Copy, Debug, Eq, Ord, PartialEq, PartialOrd)]
pub struct TargetKey {
    /// The run.
    pub run: RunNumber,
    /// The target.
    pub target: Principal,
}

impl TargetKey {
    /// Every possible target of a run.
    pub fn all(run: RunNumber) -> RangeInclusive<Self> {
        Self::from(run, Principal::management_canister())
    }

    /// Every possible target of a run from `first` on.
    pub fn from(run: RunNumber, first: Principal) -> RangeInclusive<Self> {
        let last = Principal::from_slice(&[u8::MAX; Principal::MAX_LENGTH_IN_BYTES]);
        Self { run, target: first }..=Self { run, target: last }
    }
}

impl Storable for TargetKey {
    fn to_bytes(&self) -> Cow<'_, [u8]> {
        Cow::Owned([self.run.0.to_be_bytes().as_slice(), self.target.as_slice()].concat())
    }

    fn into_bytes(self) -> Vec<u8> {
        self.to_bytes().into_owned()
    }

    fn from_bytes(bytes: Cow<'_, [u8]>) -> Self {
        let (run, target) = bytes.split_at(4);
        Self {
            run: RunNumber::from_bytes(Cow::Borrowed(run)),
            target: Principal::from_slice(target),
        }
    }

    const BOUND: Bound = Bound::Bounded { max_size: 33, is_fixed_size: false };
}

/// A run id as a key.
#[derive(Clone, Debug, Eq, Ord, PartialEq, PartialOrd)]
pub struct RunKey(RunId);

impl From<&RunId> for RunKey {
    fn from(id: &RunId) -> Self {
        Self(id.clone())
    }
}

impl Storable for RunKey {
    fn to_bytes(&self) -> Cow<'_, [u8]> {
        Cow::Borrowed(self.0.as_str().as_bytes())
    }

    fn into_bytes(self) -> Vec<u8> {
        self.0.as_str().as_bytes().to_vec()
    }

    fn from_bytes(bytes: Cow<'_, [u8]>) -> Self {
        let text = String::from_utf8(bytes.into_owned()).expect("BUG: a run id is text");
        Self(text.into())
    }

    const BOUND: Bound = Bound::Unbounded;
}

/// A principal, and one fleet that it holds roles for.
#[derive(Clone, Debug, Eq, Ord, PartialEq, PartialOrd)]
pub struct FleetRoleKey {
    /// The principal.
    pub principal: Principal,
    /// The fleet.
    pub fleet: FleetName,
}

impl FleetRoleKey {
    /// The first that a principal can have.
    pub fn first(principal: Principal) -> Self {
        Self { principal, fleet: FleetName::from("") }
    }
}

impl Storable for FleetRoleKey {
    /// The length comes first, so that no principal is the beginning of another key.
    fn to_bytes(&self) -> Cow<'_, [u8]> {
        let principal = self.principal.as_slice();
        let length = u8::try_from(principal.len()).expect("BUG: a principal is longer than 255");
        Cow::Owned([&[length], principal, self.fleet.as_str().as_bytes()].concat())
    }

    fn into_bytes(self) -> Vec<u8> {
        self.to_bytes().into_owned()
    }

    fn from_bytes(bytes: Cow<'_, [u8]>) -> Self {
        let (principal, fleet) = bytes[1..].split_at(usize::from(bytes[0]));
        let fleet = String::from_utf8(fleet.to_vec()).expect("BUG: a fleet's name is text");
        Self { principal: Principal::from_slice(principal), fleet: FleetName::from(fleet) }
    }

    const BOUND: Bound = Bound::Unbounded;
}
