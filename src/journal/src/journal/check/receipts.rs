//! The receipts, every one of them.

use super::{JournalCheck, Violation};
use crate::{
    ReceiptIndex,
    journal::{Header, JournalView, ReceiptRecord, receipt_rules},
};

impl JournalCheck {
    pub(super) fn receipt(
        &mut self,
        view: &impl JournalView,
        header: &Header,
        receipt_index: ReceiptIndex,
    ) {
        let Some(record) = view.receipt(receipt_index) else {
            self.violations.push(Violation::MissingReceipt { receipt_index });
            return;
        };
        if record.index != receipt_index || !is_sound(view, header, &record) {
            self.violations.push(Violation::StoredReceipt { receipt_index });
        }
    }
}

/// Whether the receipt could have been recorded.
fn is_sound(view: &impl JournalView, header: &Header, record: &ReceiptRecord) -> bool {
    let receipt = &record.receipt;
    let (Some(spec), Some(row)) = (view.spec(receipt.sequence), view.progress(receipt.sequence))
    else {
        return false;
    };
    let attempted = receipt.attempt.is_some_and(|attempt| attempt.0 > 0 && attempt <= row.attempt);
    let in_time = record.recorded_at >= header.created_at
        && record.recorded_at <= header.updated_at
        && receipt.performed_at.is_none_or(|at| at <= record.recorded_at);
    attempted && in_time && receipt_rules::check(header, &spec, receipt).is_ok()
}
