//! Keys of the indexes by time, which answer what an operator watches without walking all runs.

use super::keys::RunNumber;
use backup_journal::{Timestamp, plan::BackupTarget};
use candid::Principal;
use ic_stable_structures::{Storable, storable::Bound};
use std::{borrow::Cow, ops::RangeInclusive};

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

/// A canister that is owed a start, and since when.
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

/// A canister that a run holds: it is between its stop and its start there.
#[derive(Clone, Copy, Debug, Eq, Ord, PartialEq, PartialOrd)]
pub struct HoldKey {
    /// The canister.
    pub target: Principal,
    /// The run.
    pub run: RunNumber,
}

impl HoldKey {
    /// Every run that could hold `target`.
    pub const fn of(target: Principal) -> RangeInclusive<Self> {
        Self { target, run: RunNumber(0) }..=Self { target, run: RunNumber(u32::MAX) }
    }
}

impl Storable for HoldKey {
    /// The length comes first, so that no canister's id is the beginning of another key.
    fn to_bytes(&self) -> Cow<'_, [u8]> {
        let target = self.target.as_slice();
        let length = u8::try_from(target.len()).expect("BUG: a principal is longer than 255");
        Cow::Owned([&[length], target, &self.run.0.to_be_bytes()].concat())
    }

    fn into_bytes(self) -> Vec<u8> {
        self.to_bytes().into_owned()
    }

    fn from_bytes(bytes: Cow<'_, [u8]>) -> Self {
        let (target, run) = bytes[1..].split_at(usize::from(bytes[0]));
        Self {
            target: Principal::from_slice(target),
            run: RunNumber::from_bytes(Cow::Borrowed(run)),
        }
    }

    const BOUND: Bound = Bound::Bounded { max_size: 1 + 29 + 4, is_fixed_size: false };
}

/// A target of a draft, sorted from the top of the fleet down.
#[derive(Clone, Debug, Eq, Ord, PartialEq, PartialOrd)]
pub struct OrderKey {
    run: RunNumber,
    depth: u32,
    text: String,
}

impl OrderKey {
    /// The run.
    pub(super) const fn run(&self) -> RunNumber {
        self.run
    }

    /// The first that a run can have.
    pub(super) const fn first(run: RunNumber) -> Self {
        Self { run, depth: 0, text: String::new() }
    }

    pub(super) fn new(run: RunNumber, target: &BackupTarget) -> Self {
        Self { run, depth: target.depth, text: target.canister_id.to_text() }
    }
}

impl Storable for OrderKey {
    fn to_bytes(&self) -> Cow<'_, [u8]> {
        let (run, depth) = (self.run.0.to_be_bytes(), self.depth.to_be_bytes());
        Cow::Owned([run.as_slice(), depth.as_slice(), self.text.as_bytes()].concat())
    }

    fn into_bytes(self) -> Vec<u8> {
        self.to_bytes().into_owned()
    }

    fn from_bytes(bytes: Cow<'_, [u8]>) -> Self {
        let number = |from: usize| {
            let bytes = bytes[from..from + 4].try_into();
            u32::from_be_bytes(bytes.expect("BUG: four bytes are four bytes"))
        };
        let text = String::from_utf8(bytes[8..].to_vec()).expect("BUG: a principal is text");
        Self { run: RunNumber(number(0)), depth: number(4), text }
    }

    /// Two numbers, and the longest text of a principal.
    const BOUND: Bound = Bound::Bounded { max_size: 4 + 4 + 63, is_fixed_size: false };
}
