//! Which record is checked when.

use super::JournalCheck;
use crate::{
    ReceiptIndex, Sequence,
    journal::{Header, JournalView},
};

/// How many records a check of the whole journal looks at.
pub fn records(header: &Header) -> u64 {
    [header.operations, header.receipts, header.targets].into_iter().map(u64::from).sum()
}

/// Checks up to `limit` records from `start` on: rows, then receipts, then targets.
pub fn check_records(
    view: &impl JournalView,
    header: &Header,
    start: u64,
    limit: u32,
) -> JournalCheck {
    let end = start.saturating_add(limit.into()).min(records(header));
    let mut check =
        JournalCheck { next: (end < records(header)).then_some(end), ..JournalCheck::default() };
    for position in start..end {
        check.record(view, header, position);
    }
    check
}

impl JournalCheck {
    fn record(&mut self, view: &impl JournalView, header: &Header, position: u64) {
        self.checked += 1;
        let (operations, receipts) = (u64::from(header.operations), u64::from(header.receipts));
        let number = |before: u64| {
            u32::try_from(position - before).expect("BUG: a journal has more records than counted")
        };
        if position < operations {
            self.row(view, header, Sequence(number(0)));
        } else if position < operations + receipts {
            self.receipt(view, header, ReceiptIndex(number(operations)));
        } else {
            self.target(view, header, number(operations + receipts));
        }
    }
}
