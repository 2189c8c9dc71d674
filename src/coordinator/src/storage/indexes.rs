//! Keys of the indexes by time, which answer what an operator watches without walking all runs.

use super::{RunNumber, Storage, Stored, TargetKey};
use backup_journal::{
    Timestamp,
    journal::{Header, OwedStart, RunOutcome},
};
use candid::Principal;
use ic_stable_structures::{Storable, storable::Bound};
use minicbor::{Decode, Encode};
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

/// A run that counts as a backup of its fleet.
#[derive(Clone, Copy, Debug, Decode, Encode, Eq, PartialEq)]
pub struct LastBackup {
    /// When it was over.
    #[n(0)]
    pub completed_at: Timestamp,
    /// Which run it was.
    #[n(1)]
    pub run: RunNumber,
}

/// The last backups of a fleet, by what they are worth.
#[derive(Clone, Copy, Debug, Decode, Default, Encode, Eq, PartialEq)]
pub struct LastBackups {
    /// The last run whose outcome was `OnNetwork` or better.
    #[n(0)]
    pub on_network: Option<LastBackup>,
    /// The last run whose outcome was `Complete`.
    #[n(1)]
    pub complete: Option<LastBackup>,
}

impl LastBackups {
    /// What they are after a run with this outcome.
    pub fn with(self, outcome: RunOutcome, backup: LastBackup) -> Self {
        let last = |least, before: Option<LastBackup>| {
            let newer = before.is_none_or(|before| before.completed_at <= backup.completed_at);
            if outcome >= least && newer { Some(backup) } else { before }
        };
        Self {
            on_network: last(RunOutcome::OnNetwork, self.on_network),
            complete: last(RunOutcome::Complete, self.complete),
        }
    }
}

impl Storage {
    /// Keeps what is owed to a target, in every index that tells of it.
    pub(crate) fn set_owed_start(
        &mut self,
        run: RunNumber,
        target: Principal,
        owed: Option<OwedStart>,
    ) {
        let key = TargetKey { run, target };
        let before = match owed {
            Some(owed) => self.owed_starts.insert(key, Stored(owed)),
            None => self.owed_starts.remove(&key),
        };
        let before = before.map(|record| record.0);
        let since = |owed: OwedStart| owed.since;
        if before.map(since) != owed.map(since) {
            let key = |since| StoppedKey { claim: ClaimKey { since, run }, target };
            if let Some(before) = before {
                self.stopped.remove(&key(before.since));
            }
            if let Some(owed) = owed {
                self.stopped.insert(key(owed.since), ());
            }
        }
        let holds = |owed: Option<OwedStart>| owed.is_some_and(|owed| owed.holds_target());
        let hold = HoldKey { target, run };
        match (holds(before), holds(owed)) {
            (false, true) => drop(self.holds.insert(hold, ())),
            (true, false) => drop(self.holds.remove(&hold)),
            _ => {}
        }
    }

    /// Keeps a run that is over as the last backup of its fleet, as far as it is one.
    pub(crate) fn keep_last_backup(&mut self, run: RunNumber, header: &Header, at: Timestamp) {
        let Some(outcome) = header.outcome() else { return };
        let fleet = FleetKey(header.fleet.clone());
        let before = self.last_backups.get(&fleet).map(|record| record.0).unwrap_or_default();
        let after = before.with(outcome, LastBackup { completed_at: at, run });
        if after != before {
            self.last_backups.insert(fleet, Stored(after));
        }
    }
}
