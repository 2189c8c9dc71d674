//! Receipts that do not fit into one message, split.

use super::PreflightReceipts;
use crate::Timestamp;
use std::collections::BTreeMap;

impl PreflightReceipts {
    /// The receipts in batches of `size` targets, in the order of the topology receipt, each with the position
    /// of its first target.
    ///
    /// The batches contain every receipt, so that every flaw of the whole is a flaw of some batch: receipts for no
    /// target of the topology receipt, and surplus ones, are in the last batch.
    ///
    /// # Panics
    /// When the topology receipt lists more targets than a u32 counts.
    pub fn batches(&self, size: usize) -> Vec<(u32, Self)> {
        let size = size.max(1);
        let targets = &self.topology.targets;
        let mut batches = vec![self.without_lists(); targets.len().div_ceil(size).max(1)];
        let last = batches.len() - 1;
        let of: BTreeMap<_, _> = targets
            .iter()
            .enumerate()
            .map(|(at, target)| (target.canister_id, at / size))
            .collect();
        for (at, target) in targets.iter().enumerate() {
            batches[at / size].topology.targets.push(target.clone());
        }
        for (at, target) in self.quiescence.targets.iter().enumerate() {
            batches[last.min(at / size)].quiescence.targets.push(target.clone());
        }
        for receipt in &self.control_authority {
            let batch = of.get(&receipt.target_canister_id).copied().unwrap_or(last);
            batches[batch].control_authority.push(receipt.clone());
        }
        for receipt in &self.snapshot_read_authority {
            let batch = of.get(&receipt.target_canister_id).copied().unwrap_or(last);
            batches[batch].snapshot_read_authority.push(receipt.clone());
        }
        let start = |number: usize| u32::try_from(number * size).expect("BUG: 2^32 targets");
        batches.into_iter().enumerate().map(|(number, batch)| (start(number), batch)).collect()
    }

    /// When the first of the receipts ceases to count.
    pub(crate) fn counts_until(&self) -> Timestamp {
        let controls = self.control_authority.iter().map(|receipt| receipt.expires_at);
        let reads = self.snapshot_read_authority.iter().map(|receipt| receipt.expires_at);
        let first = self.expires_at.min(self.topology.expires_at).min(self.quiescence.expires_at);
        controls.chain(reads).fold(first, Timestamp::min)
    }

    fn without_lists(&self) -> Self {
        let mut topology = self.topology.clone();
        topology.targets.clear();
        let mut quiescence = self.quiescence.clone();
        quiescence.targets.clear();
        Self {
            plan_id: self.plan_id.clone(),
            preflight_id: self.preflight_id.clone(),
            validated_at: self.validated_at,
            expires_at: self.expires_at,
            topology,
            control_authority: Vec::new(),
            snapshot_read_authority: Vec::new(),
            quiescence,
        }
    }
}
