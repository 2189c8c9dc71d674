//! Whether a stored journal keeps its invariants.
//!
//! Transitions cannot break them; this finds out whether storage did. Records are checked page by page, so that a
//! journal of any size can be checked in bounded steps: first its rows, then its receipts, then what it has of its
//! targets. What the pages count must together be what the header says.

mod counts;
mod header;
mod pages;
mod receipts;
mod report;
mod rows;
mod targets;

pub use counts::{StoredCounts, check_counts};
pub use header::check_header;
pub use pages::{check_records, records};
pub use report::{JournalCheck, Violation};
