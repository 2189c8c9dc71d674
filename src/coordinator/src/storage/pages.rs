//! Records that share an entry, because the operations of a wave move together.

use backup_journal::{Sequence, journal::Progress};
use ic_stable_structures::{Storable, storable::Bound};
use minicbor::{Decode, Encode};
use std::borrow::Cow;

/// How many operations share a page.
pub const ROWS_PER_PAGE: u32 = 16;

/// The operations of a page, up to the last one that has moved.
#[derive(Clone, Debug, Decode, Default, Encode, Eq, PartialEq)]
#[cbor(transparent)]
pub struct ProgressPage(#[n(0)] pub(super) Vec<Option<Progress>>);

impl ProgressPage {
    pub(super) fn get(&self, sequence: Sequence) -> Option<Progress> {
        self.0.get((sequence.0 % ROWS_PER_PAGE) as usize).copied().flatten()
    }

    pub(super) fn set(&mut self, sequence: Sequence, progress: Progress) {
        let position = (sequence.0 % ROWS_PER_PAGE) as usize;
        if self.0.len() <= position {
            self.0.resize(position + 1, None);
        }
        self.0[position] = Some(progress);
    }
}

/// How many sequences share a page of a list.
pub const SEQUENCES_PER_PAGE: u32 = 256;

/// A page of a list: a bit for each of its sequences.
#[derive(Clone, Copy, Debug, Default, Eq, PartialEq)]
pub struct QueuePage([u8; SEQUENCES_PER_PAGE as usize / 8]);

impl QueuePage {
    pub(super) fn set(&mut self, sequence: Sequence, stands: bool) {
        let position = sequence.0 % SEQUENCES_PER_PAGE;
        let (byte, bit) = (&mut self.0[position as usize / 8], 1 << (position % 8));
        *byte = if stands { *byte | bit } else { *byte & !bit };
    }

    pub(super) fn is_empty(self) -> bool {
        self == Self::default()
    }

    pub(super) fn count(self) -> u64 {
        self.0.iter().map(|byte| u64::from(byte.count_ones())).sum()
    }

    /// The sequences in it, on the page with this number, from `first` on.
    pub(super) fn sequences(self, page: u32, first: Sequence) -> impl Iterator<Item = Sequence> {
        let bits = |(byte, bits): (u32, u8)| {
            (0..8).filter(move |bit| bits & (1 << bit) != 0).map(move |bit| 8 * byte + bit)
        };
        let positions = (0..).zip(self.0).filter(|(_, bits)| *bits != 0).flat_map(bits);
        let sequences =
            positions.map(move |position| Sequence(page * SEQUENCES_PER_PAGE + position));
        sequences.filter(move |sequence| *sequence >= first)
    }
}

impl Storable for QueuePage {
    fn to_bytes(&self) -> Cow<'_, [u8]> {
        Cow::Borrowed(&self.0)
    }

    fn into_bytes(self) -> Vec<u8> {
        self.0.to_vec()
    }

    fn from_bytes(bytes: Cow<'_, [u8]>) -> Self {
        Self(bytes.as_ref().try_into().expect("BUG: a page of a list has another length"))
    }

    const BOUND: Bound = Bound::Bounded { max_size: SEQUENCES_PER_PAGE / 8, is_fixed_size: true };
}

#[cfg(test)]
mod tests {
    use super::{QueuePage, SEQUENCES_PER_PAGE};
    use backup_journal::Sequence;

    #[test]
    fn a_page_has_what_was_set() {
        let (number, mut page) = (3, QueuePage::default());
        assert!(page.is_empty());
        let first = number * SEQUENCES_PER_PAGE;
        let members =
            [0, 7, 8, 100, SEQUENCES_PER_PAGE - 1].map(|position| Sequence(first + position));
        for member in members {
            page.set(member, true);
        }
        let listed = |page: QueuePage, from| page.sequences(number, from).collect::<Vec<_>>();
        assert_eq!((listed(page, Sequence(0)), page.count()), (members.to_vec(), 5));
        assert_eq!(listed(page, members[2]), members[2..]);
        page.set(members[1], false);
        page.set(members[1], false);
        assert_eq!((listed(page, members[1]), page.count()), (members[2..].to_vec(), 4));
        for member in members {
            page.set(member, false);
        }
        assert!(page.is_empty() && listed(page, Sequence(0)).is_empty());
    }
}
