//! Plans in stable memory: a header, and the lists in pages.

use super::{Bundle, ProvenRecord, RunNumber, Storage, Stored, TargetKey, numbered};
use backup_journal::{
    journal::OperationSpec,
    plan::{BackupTarget, PlanHeader},
};
use candid::Principal;
use minicbor::{Decode, Encode};

/// How many targets or operations share one entry of a map.
pub const RECORDS_PER_PAGE: u32 = 32;

/// A plan apart from its targets and operations.
#[derive(Clone, Debug, Decode, Encode, Eq, PartialEq)]
pub struct PlanRecord {
    /// What the plan says.
    #[n(0)]
    pub header: PlanHeader,
    /// SHA-256 over the plan as it was sent; see [`backup_journal::plan::digest`].
    #[cbor(n(1), with = "minicbor::bytes")]
    pub digest: Vec<u8>,
    /// Who created the run.
    #[cbor(n(2), with = "backup_journal::cbor::principal")]
    pub created_by: Principal,
}

impl Storage {
    pub(crate) fn insert_targets(&mut self, run: RunNumber, targets: &[BackupTarget]) {
        for (page, chunk) in (0..).zip(targets.chunks(RECORDS_PER_PAGE as usize)) {
            self.targets
                .insert(numbered(run, page), Bundle::pack(chunk));
        }
    }

    pub(crate) fn insert_operations(&mut self, run: RunNumber, rows: &[OperationSpec]) {
        for (page, chunk) in (0..).zip(rows.chunks(RECORDS_PER_PAGE as usize)) {
            self.operations
                .insert(numbered(run, page), Bundle::pack(chunk));
        }
    }

    /// What is fixed about an operation.
    pub fn operation_spec(&self, run: RunNumber, sequence: u32) -> Option<OperationSpec> {
        let page = self
            .operations
            .get(&numbered(run, sequence / RECORDS_PER_PAGE))?;
        page.get(sequence % RECORDS_PER_PAGE)
    }

    /// What is fixed about the operations `start..end`.
    pub fn operation_specs(&self, run: RunNumber, start: u32, end: u32) -> Vec<OperationSpec> {
        records(&self.operations, run, start, end)
    }

    /// The targets `start..end`, with the authorities that preflight has proven.
    pub fn targets(&self, run: RunNumber, start: u32, end: u32) -> Vec<BackupTarget> {
        let mut targets: Vec<BackupTarget> = records(&self.targets, run, start, end);
        for target in &mut targets {
            let key = TargetKey {
                run,
                target: target.canister_id,
            };
            if let Some(Stored(ProvenRecord {
                control,
                snapshot_read,
            })) = self.authorities.get(&key)
            {
                target.control_authority = control;
                target.snapshot_read_authority = snapshot_read;
            }
        }
        targets
    }
}

fn records<T: for<'b> Decode<'b, ()>>(
    map: &ic_stable_structures::StableBTreeMap<u64, Bundle, crate::memory::Memory>,
    run: RunNumber,
    start: u32,
    end: u32,
) -> Vec<T> {
    if start >= end {
        return Vec::new();
    }
    let pages = start / RECORDS_PER_PAGE..=(end - 1) / RECORDS_PER_PAGE;
    let skipped = (start % RECORDS_PER_PAGE) as usize;
    map.range(numbered(run, *pages.start())..=numbered(run, *pages.end()))
        .flat_map(|page| page.value().iter().collect::<Vec<T>>())
        .skip(skipped)
        .take((end - start) as usize)
        .collect()
}
