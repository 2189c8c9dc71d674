//! The operations of a run that were begun and are not over, in their lists, and how many claims wait since when.
//!
//! A list is stored in pages: which of the sequences of a page stand in it.

use super::{
    indexes::{ClaimKey, QueueKey},
    keys::RunNumber,
    store::Storage,
};
use backup_journal::{
    Sequence,
    journal::{Header, Queue, QueueMove},
};
use ic_stable_structures::{Storable, storable::Bound};
use std::borrow::Cow;

/// How many sequences share a page of a list.
const PAGE: u32 = 256;

/// A page of a list: a bit for each of its sequences.
#[derive(Clone, Copy, Debug, Default, Eq, PartialEq)]
pub struct QueuePage([u8; PAGE as usize / 8]);

impl QueuePage {
    fn set(&mut self, sequence: Sequence, stands: bool) {
        let position = sequence.0 % PAGE;
        let (byte, bit) = (&mut self.0[position as usize / 8], 1 << (position % 8));
        *byte = if stands { *byte | bit } else { *byte & !bit };
    }

    fn is_empty(self) -> bool {
        self == Self::default()
    }

    fn count(self) -> u64 {
        self.0.iter().map(|byte| u64::from(byte.count_ones())).sum()
    }

    /// The sequences in it, on the page with this number, from `first` on.
    fn sequences(self, page: u32, first: Sequence) -> impl Iterator<Item = Sequence> {
        let bits = |(byte, bits): (u32, u8)| {
            (0..8).filter(move |bit| bits & (1 << bit) != 0).map(move |bit| 8 * byte + bit)
        };
        let positions = (0..).zip(self.0).filter(|(_, bits)| *bits != 0).flat_map(bits);
        let sequences = positions.map(move |position| Sequence(page * PAGE + position));
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

    const BOUND: Bound = Bound::Bounded { max_size: PAGE / 8, is_fixed_size: true };
}

impl Storage {
    /// Lets an operation enter or leave a list, and counts its claim.
    pub(crate) fn move_in_queues(&mut self, run: RunNumber, change: QueueMove) {
        let QueueMove { enters, queue, sequence, claimed_at } = change;
        let key = QueueKey { run, queue, page: sequence.0 / PAGE };
        let mut page = self.queues.get(&key).unwrap_or_default();
        page.set(sequence, enters);
        self.queues.set(key, Some(page).filter(|page| !page.is_empty()));
        if let Some(since) = claimed_at {
            let key = ClaimKey { since, run };
            let before = self.claims.get(&key).unwrap_or_default();
            let after = if enters { before + 1 } else { before - 1 };
            self.claims.set(key, Some(after).filter(|claims| *claims > 0));
        }
    }

    /// The first operation of a list at `from` or behind it.
    pub(super) fn queued(&self, run: RunNumber, queue: Queue, from: Sequence) -> Option<Sequence> {
        let page = from.0 / PAGE;
        let first = |page: QueuePage, number| page.sequences(number, from).next();
        let here = self.queues.get(&QueueKey { run, queue, page });
        here.and_then(|here| first(here, page)).or_else(|| {
            let mut behind = self.queues.range(QueueKey::from(run, queue, page + 1));
            behind.next().and_then(|(key, behind)| first(behind, key.page))
        })
    }

    /// The operations of a list from `from` on, sorted.
    pub(super) fn queue(
        &self,
        run: RunNumber,
        queue: Queue,
        from: Sequence,
    ) -> impl Iterator<Item = Sequence> {
        let pages = self.queues.range(QueueKey::from(run, queue, from.0 / PAGE));
        pages.flat_map(move |(key, page)| page.sequences(key.page, from))
    }

    /// The operations of a run that were claimed and are not over, sorted, up to `limit` from `from` on.
    pub fn open_operations(
        &self,
        run: RunNumber,
        header: &Header,
        from: Sequence,
        limit: usize,
    ) -> Vec<Sequence> {
        let of = |queue: &Queue| self.queue(run, *queue, from).take(limit).collect::<Vec<_>>();
        let mut all: Vec<Sequence> = Queue::open(header).iter().flat_map(of).collect();
        all.sort_unstable();
        all.truncate(limit);
        all
    }

    /// How many operations of a run were claimed and are not over.
    pub fn count_open_operations(&self, run: RunNumber, header: &Header) -> u64 {
        Queue::open(header).iter().map(|queue| self.count_queue(run, *queue)).sum()
    }

    /// How many operations of a run stand in a list.
    pub(super) fn count_queued(&self, run: RunNumber) -> u64 {
        Queue::ALL.into_iter().map(|queue| self.count_queue(run, queue)).sum()
    }

    fn count_queue(&self, run: RunNumber, queue: Queue) -> u64 {
        self.queues.range(QueueKey::from(run, queue, 0)).map(|(_, page)| page.count()).sum()
    }
}

#[cfg(test)]
mod tests {
    use super::{PAGE, QueuePage};
    use backup_journal::Sequence;

    #[test]
    fn a_page_has_what_was_set() {
        let (number, mut page) = (3, QueuePage::default());
        assert!(page.is_empty());
        let first = number * PAGE;
        let members = [0, 7, 8, 100, PAGE - 1].map(|position| Sequence(first + position));
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
