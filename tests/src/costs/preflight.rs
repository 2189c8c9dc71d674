//! What a preflight costs whose receipts are sent in batches.

use super::{Bench, block, plans};
use backup_journal::{
    PreflightId, RunId, Timestamp,
    api::PreflightProgress,
    limits::{MAX_NAME_BYTES, MAX_PREFLIGHT_BATCH, MAX_TEXT_BYTES},
    plan::{AuthorityEvidence, ControlAuthority, ControlAuthoritySource, SnapshotReadAuthority},
    preflight::{MAX_WINDOW_NANOS, PreflightReceipts, ValidityWindow},
};
use fleet_root_api::Bundle;

impl Bench {
    /// Sends the receipts of a run over so many targets in batches until they are accepted; what each call costs.
    ///
    /// # Panics
    /// When a batch is refused, or the last one does not accept the preflight.
    pub fn accept(&self, run: &str, targets: u32) -> Vec<u64> {
        let (run_id, receipts) = (RunId::from(run), self.receipts(run, targets));
        let mut costs = Vec::new();
        let mut last = None;
        for (start, batch) in receipts.batches(MAX_PREFLIGHT_BATCH) {
            let progress = block(self.client.append_preflight_receipts(&run_id, start, &batch));
            last = Some(progress.expect("the batch is taken"));
            costs.push(self.cost().instructions);
        }
        assert!(matches!(last, Some(PreflightProgress::Accepted(_))), "{last:?}");
        costs
    }

    /// Receipts that count from now on, with all that is paid for by its length as long as may be.
    fn receipts(&self, run: &str, targets: u32) -> PreflightReceipts {
        let (header, targets) = (plans::header(run), plans::targets(targets));
        let validated_at = Timestamp(self.setup.network.now());
        let bundle = Bundle {
            plan_id: header.plan_id.clone(),
            preflight_id: PreflightId::from("p".repeat(MAX_NAME_BYTES)),
            window: ValidityWindow {
                validated_at,
                expires_at: Timestamp(validated_at.0 + MAX_WINDOW_NANOS),
            },
            topology_hash: header.topology_hash_before_quiesce.clone(),
            control: ControlAuthority {
                source: ControlAuthoritySource::RootController,
                evidence: AuthorityEvidence::Proven,
            },
            snapshot_read: SnapshotReadAuthority {
                evidence: AuthorityEvidence::Proven,
                ..header.snapshot_read_authority
            },
        };
        let mut receipts = bundle.receipts(&header, &targets);
        let remark = || Some("x".repeat(MAX_TEXT_BYTES));
        receipts.control_authority.iter_mut().for_each(|receipt| receipt.message = remark());
        receipts.snapshot_read_authority.iter_mut().for_each(|receipt| receipt.message = remark());
        receipts
    }
}
