//! Keys of what is known about the snapshots of fleets.

use super::{
    indexes::{four, since_in_run, time},
    keys::RunNumber,
};
use backup_journal::{FleetName, Timestamp};
use candid::Principal;
use ic_stable_structures::{Storable, storable::Bound};
use std::{borrow::Cow, ops::RangeInclusive};

/// A run of a fleet.
#[derive(Clone, Debug, Eq, Ord, PartialEq, PartialOrd)]
pub struct FleetRunKey {
    /// The fleet.
    pub fleet: FleetName,
    /// The run.
    pub run: RunNumber,
}

impl FleetRunKey {
    /// Every possible run of a fleet.
    pub fn all(fleet: &FleetName) -> RangeInclusive<Self> {
        let key = |run| Self { fleet: fleet.clone(), run: RunNumber(run) };
        key(0)..=key(u32::MAX)
    }
}

impl Storable for FleetRunKey {
    /// The length comes first, so that no name is the beginning of another key.
    fn to_bytes(&self) -> Cow<'_, [u8]> {
        let fleet = self.fleet.as_str().as_bytes();
        let length = u16::try_from(fleet.len()).expect("BUG: a name is longer than 65,535");
        let (length, run) = (length.to_be_bytes(), self.run.0.to_be_bytes());
        Cow::Owned([length.as_slice(), fleet, &run].concat())
    }

    fn into_bytes(self) -> Vec<u8> {
        self.to_bytes().into_owned()
    }

    fn from_bytes(bytes: Cow<'_, [u8]>) -> Self {
        let (fleet, run) = bytes[2..].split_at(bytes.len() - 6);
        let fleet = String::from_utf8(fleet.to_vec()).expect("BUG: a fleet's name is text");
        Self { fleet: FleetName::from(fleet), run: RunNumber(four(run)) }
    }

    const BOUND: Bound = Bound::Unbounded;
}

/// A snapshot that is to be deleted, by the time at which that is tried next.
#[derive(Clone, Copy, Debug, Eq, Ord, PartialEq, PartialOrd)]
pub struct DeletionKey {
    /// When it is tried next.
    pub at: Timestamp,
    /// The run that took it.
    pub run: RunNumber,
    /// Its canister.
    pub target: Principal,
    /// Which of the snapshots that the run has of the canister, 0-based.
    pub number: u8,
}

impl Storable for DeletionKey {
    fn to_bytes(&self) -> Cow<'_, [u8]> {
        let at = since_in_run(self.at, self.run);
        Cow::Owned([at.as_slice(), &[self.number], self.target.as_slice()].concat())
    }

    fn into_bytes(self) -> Vec<u8> {
        self.to_bytes().into_owned()
    }

    fn from_bytes(bytes: Cow<'_, [u8]>) -> Self {
        let (at, rest) = bytes.split_at(8);
        let (run, rest) = rest.split_at(4);
        let (at, run) = (time(at), RunNumber(four(run)));
        Self { at, run, number: rest[0], target: Principal::from_slice(&rest[1..]) }
    }

    const BOUND: Bound = Bound::Bounded { max_size: 8 + 4 + 1 + 29, is_fixed_size: false };
}
