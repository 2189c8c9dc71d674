//! Keys of the indexes by time, which answer what an operator watches without walking all runs.

use super::keys::RunNumber;
use backup_journal::{FleetName, Sequence, Timestamp, journal::Queue, plan::BackupTarget};
use candid::Principal;
use ic_stable_structures::{Storable, storable::Bound};
use minicbor::{Decode, Encode};
use std::{borrow::Cow, ops::RangeInclusive};

/// Operations of a run that are claimed since the same time.
#[derive(Clone, Copy, Debug, Eq, Ord, PartialEq, PartialOrd)]
pub struct ClaimKey {
    /// Since when.
    pub since: Timestamp,
    /// Their run.
    pub run: RunNumber,
}

impl Storable for ClaimKey {
    fn to_bytes(&self) -> Cow<'_, [u8]> {
        Cow::Owned(since_in_run(self.since, self.run))
    }

    fn into_bytes(self) -> Vec<u8> {
        since_in_run(self.since, self.run)
    }

    fn from_bytes(bytes: Cow<'_, [u8]>) -> Self {
        let (since, run) = bytes.split_at(8);
        Self { since: time(since), run: RunNumber(four(run)) }
    }

    const BOUND: Bound = Bound::Bounded { max_size: 12, is_fixed_size: true };
}

/// A canister that is owed a start, and since when.
#[derive(Clone, Copy, Debug, Eq, Ord, PartialEq, PartialOrd)]
pub struct StoppedKey {
    /// Since when.
    pub since: Timestamp,
    /// In which run.
    pub run: RunNumber,
    /// The canister.
    pub target: Principal,
}

impl Storable for StoppedKey {
    fn to_bytes(&self) -> Cow<'_, [u8]> {
        let since = since_in_run(self.since, self.run);
        Cow::Owned([since.as_slice(), self.target.as_slice()].concat())
    }

    fn into_bytes(self) -> Vec<u8> {
        self.to_bytes().into_owned()
    }

    fn from_bytes(bytes: Cow<'_, [u8]>) -> Self {
        let (since, rest) = bytes.split_at(8);
        let (run, target) = rest.split_at(4);
        let target = Principal::from_slice(target);
        Self { since: time(since), run: RunNumber(four(run)), target }
    }

    const BOUND: Bound = Bound::Bounded { max_size: 12 + 29, is_fixed_size: false };
}

/// How long a target of a run was down, from its stop to its start.
#[derive(Clone, Copy, Debug, Eq, Ord, PartialEq, PartialOrd)]
pub struct DowntimeKey {
    /// The run.
    pub run: RunNumber,
    /// How long.
    pub nanos: u64,
    /// The start.
    pub start: Sequence,
}

impl DowntimeKey {
    /// Every possible one of a run.
    pub const fn all(run: RunNumber) -> RangeInclusive<Self> {
        Self { run, nanos: 0, start: Sequence(0) }..=Self {
            run,
            nanos: u64::MAX,
            start: Sequence(u32::MAX),
        }
    }
}

impl Storable for DowntimeKey {
    fn to_bytes(&self) -> Cow<'_, [u8]> {
        let (run, nanos) = (self.run.0.to_be_bytes(), self.nanos.to_be_bytes());
        Cow::Owned([run.as_slice(), &nanos, &self.start.0.to_be_bytes()].concat())
    }

    fn into_bytes(self) -> Vec<u8> {
        self.to_bytes().into_owned()
    }

    fn from_bytes(bytes: Cow<'_, [u8]>) -> Self {
        let (run, rest) = bytes.split_at(4);
        let (nanos, start) = rest.split_at(8);
        Self { run: RunNumber(four(run)), nanos: eight(nanos), start: Sequence(four(start)) }
    }

    const BOUND: Bound = Bound::Bounded { max_size: 16, is_fixed_size: true };
}

/// A page of a list of operations that were begun and are not over.
#[derive(Clone, Copy, Debug, Eq, Ord, PartialEq, PartialOrd)]
pub struct QueueKey {
    /// Their run.
    pub run: RunNumber,
    /// The list.
    pub queue: Queue,
    /// The number of the page.
    pub page: u32,
}

impl QueueKey {
    /// The pages of a list from `first` on.
    pub const fn from(run: RunNumber, queue: Queue, first: u32) -> RangeInclusive<Self> {
        Self { run, queue, page: first }..=Self { run, queue, page: u32::MAX }
    }
}

impl Storable for QueueKey {
    fn to_bytes(&self) -> Cow<'_, [u8]> {
        let (run, page) = (self.run.0.to_be_bytes(), self.page.to_be_bytes());
        Cow::Owned([run.as_slice(), &[self.queue.number()], &page].concat())
    }

    fn into_bytes(self) -> Vec<u8> {
        self.to_bytes().into_owned()
    }

    fn from_bytes(bytes: Cow<'_, [u8]>) -> Self {
        let queue = Queue::numbered(bytes[4]).expect("BUG: a list that this release does not have");
        Self { run: RunNumber(four(&bytes[..4])), queue, page: four(&bytes[5..]) }
    }

    const BOUND: Bound = Bound::Bounded { max_size: 9, is_fixed_size: true };
}

pub(super) fn since_in_run(since: Timestamp, run: RunNumber) -> Vec<u8> {
    [since.0.to_be_bytes().as_slice(), &run.0.to_be_bytes()].concat()
}

pub(super) fn time(bytes: &[u8]) -> Timestamp {
    Timestamp(eight(bytes))
}

fn eight(bytes: &[u8]) -> u64 {
    u64::from_be_bytes(bytes.try_into().expect("BUG: a time has 8 bytes"))
}

pub(super) fn four(bytes: &[u8]) -> u32 {
    u32::from_be_bytes(bytes.try_into().expect("BUG: a number has 4 bytes"))
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

impl From<&FleetName> for FleetKey {
    fn from(name: &FleetName) -> Self {
        Self(name.to_string())
    }
}

/// The position of a registered fleet among all that ever were registered; a name can be registered again.
#[derive(Clone, Copy, Debug, Decode, Encode, Eq, Ord, PartialEq, PartialOrd)]
#[cbor(transparent)]
pub struct FleetNumber(#[n(0)] pub u32);

/// A member of a registered fleet.
#[derive(Clone, Copy, Debug, Eq, Ord, PartialEq, PartialOrd)]
pub struct MemberKey {
    /// The fleet.
    pub fleet: FleetNumber,
    /// The member.
    pub member: Principal,
}

impl MemberKey {
    /// Every possible member of a fleet from `first` on.
    pub fn from(fleet: FleetNumber, first: Principal) -> RangeInclusive<Self> {
        let last = Principal::from_slice(&[u8::MAX; Principal::MAX_LENGTH_IN_BYTES]);
        Self { fleet, member: first }..=Self { fleet, member: last }
    }
}

impl Storable for MemberKey {
    fn to_bytes(&self) -> Cow<'_, [u8]> {
        Cow::Owned([self.fleet.0.to_be_bytes().as_slice(), self.member.as_slice()].concat())
    }

    fn into_bytes(self) -> Vec<u8> {
        self.to_bytes().into_owned()
    }

    fn from_bytes(bytes: Cow<'_, [u8]>) -> Self {
        let (fleet, member) = bytes.split_at(4);
        Self { fleet: FleetNumber(four(fleet)), member: Principal::from_slice(member) }
    }

    const BOUND: Bound = Bound::Bounded { max_size: 4 + 29, is_fixed_size: false };
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

    /// The depth of the target.
    pub(super) const fn depth(&self) -> u32 {
        self.depth
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
        let text = String::from_utf8(bytes[8..].to_vec()).expect("BUG: a principal is text");
        Self { run: RunNumber(four(&bytes[..4])), depth: four(&bytes[4..8]), text }
    }

    /// Two numbers, and the longest text of a principal.
    const BOUND: Bound = Bound::Bounded { max_size: 4 + 4 + 63, is_fixed_size: false };
}
