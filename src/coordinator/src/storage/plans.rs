//! Plans in stable memory: a header, and the lists in pages.

use super::{
    codec::{Bundle, Stored},
    keys::{RunNumber, TargetKey, number, numbered},
    recent::Recent,
    records::{ProvenRecord, RECORDS_PER_PAGE},
    store::{Authorities, Storage},
};
use backup_journal::{
    journal::{AuthoritySet, OperationSpec},
    plan::BackupTarget,
    preflight::ProvenAuthority,
};
use minicbor::{Decode, Encode};

impl Storage {
    /// Stores targets behind the `position` that are stored already.
    pub(crate) fn append_targets(&mut self, run: RunNumber, position: u32, new: &[BackupTarget]) {
        append(&mut self.targets, run, position, new);
    }

    /// Stores rows behind the `position` that are stored already.
    pub(crate) fn append_rows(&mut self, run: RunNumber, position: u32, new: &[OperationSpec]) {
        append(&mut self.operations, run, position, new);
    }

    /// What is fixed about an operation.
    pub fn operation_spec(&self, run: RunNumber, sequence: u32) -> Option<OperationSpec> {
        let page = self.operations.get(&numbered(run, sequence / RECORDS_PER_PAGE))?;
        page.get(sequence % RECORDS_PER_PAGE)
    }

    /// What is fixed about the operations `start..end`.
    pub fn operation_specs(&self, run: RunNumber, start: u32, end: u32) -> Vec<OperationSpec> {
        records(&self.operations, run, start, end)
    }

    /// The targets `start..end` as they were sent.
    pub fn listed_targets(&self, run: RunNumber, start: u32, end: u32) -> Vec<BackupTarget> {
        records(&self.targets, run, start, end)
    }

    /// The targets `start..end`, with the authorities of `set` where there are any.
    pub fn targets(
        &self,
        run: RunNumber,
        set: AuthoritySet,
        start: u32,
        end: u32,
    ) -> Vec<BackupTarget> {
        let mut targets = self.listed_targets(run, start, end);
        for target in &mut targets {
            let key = TargetKey { run, target: target.canister_id };
            if let Some(Stored(ProvenRecord { control, snapshot_read })) =
                self.authorities(set).get(&key)
            {
                target.control_authority = control;
                target.snapshot_read_authority = snapshot_read;
            }
        }
        targets
    }

    /// What preflight has proven.
    pub const fn authorities(&self, set: AuthoritySet) -> &Authorities {
        match set {
            AuthoritySet::First => &self.authorities,
            AuthoritySet::Second => &self.other_authorities,
        }
    }

    /// Keeps what a preflight has proven.
    pub(crate) fn keep_authorities(
        &mut self,
        run: RunNumber,
        set: AuthoritySet,
        proven: Vec<ProvenAuthority>,
    ) {
        let map = match set {
            AuthoritySet::First => &mut self.authorities,
            AuthoritySet::Second => &mut self.other_authorities,
        };
        for ProvenAuthority { canister_id, control, snapshot_read } in proven {
            let key = TargetKey { run, target: canister_id };
            map.insert(key, Stored(ProvenRecord { control, snapshot_read }));
        }
    }
}

type Pages = Recent<u64, Bundle>;

/// Stores `new` behind `position` records, filling the last page first.
fn append<T: Encode<()>>(map: &mut Pages, run: RunNumber, position: u32, new: &[T]) {
    let room = (RECORDS_PER_PAGE - position % RECORDS_PER_PAGE) as usize;
    let (head, tail) = new.split_at(room.min(new.len()));
    let first = numbered(run, position / RECORDS_PER_PAGE);
    if !head.is_empty() {
        let mut page = match position % RECORDS_PER_PAGE {
            0 => Bundle::pack::<T>([]),
            _ => map.get(&first).expect("BUG: a page is missing"),
        };
        for record in head {
            page.push(record);
        }
        map.insert(first, page);
    }
    for (key, chunk) in (first + 1..).zip(tail.chunks(RECORDS_PER_PAGE as usize)) {
        map.insert(key, Bundle::pack(chunk));
    }
}

/// The records `start..end` of a run.
fn records<T: for<'b> Decode<'b, ()>>(map: &Pages, run: RunNumber, start: u32, end: u32) -> Vec<T> {
    if start >= end {
        return Vec::new();
    }
    let pages = start / RECORDS_PER_PAGE..=(end - 1) / RECORDS_PER_PAGE;
    map.range(numbered(run, *pages.start())..=numbered(run, *pages.end()))
        .flat_map(|entry| {
            let first = number(*entry.key()) * RECORDS_PER_PAGE;
            let skip = start.saturating_sub(first) as usize;
            entry.value().slice(skip, (end - first) as usize)
        })
        .collect()
}
