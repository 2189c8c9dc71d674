//! Lists in pages: as many records as were asked for, and no more than a reply can carry.

use crate::{encoding::value_bytes, types::Answer};
use backup_journal::{
    api::{CoordinatorError, Page},
    limits::MAX_PAGE,
};
use candid::CandidType;

/// Bytes of the records of one page: a reply to another canister has at most 2 MiB, and 500 receipts with
/// the longest texts would have twice that.
const MAX_PAGE_BYTES: usize = 1_500_000;

/// The records from `start` on, which `items` reads by their positions.
///
/// # Errors
/// When the page is out of range.
pub fn page<T: CandidType>(
    start: u64,
    limit: u32,
    total: u64,
    items: impl FnOnce(u32, u32) -> Vec<T>,
) -> Answer<Page<T>> {
    let (first, end) = bounds(start, limit, total)?;
    let items = fitting(items(first, end));
    let next = start + items.len() as u64;
    Ok(Page { items, next: (next < total).then_some(next), total })
}

/// As many records as fit into a reply, and at least one.
pub fn fitting<T: CandidType>(records: impl IntoIterator<Item = T>) -> Vec<T> {
    let (mut items, mut bytes) = (Vec::new(), 0);
    for record in records {
        bytes += value_bytes(&record);
        if bytes > MAX_PAGE_BYTES && !items.is_empty() {
            break;
        }
        items.push(record);
    }
    items
}

/// The records of a page as `start..end`, for lists whose length fits 32 bits.
///
/// # Errors
/// When the page is out of range.
///
/// # Panics
/// When the list is longer.
pub fn bounds(start: u64, limit: u32, total: u64) -> Answer<(u32, u32)> {
    check_limit(limit)?;
    check_start(start, total)?;
    let end = start.saturating_add(u64::from(limit)).min(total);
    let narrow = |position: u64| u32::try_from(position).expect("BUG: a list of 2^32 records");
    Ok((narrow(start), narrow(end)))
}

/// Refuses pages of nothing, and too large ones.
///
/// # Errors
/// [`CoordinatorError::InvalidPageLimit`].
pub const fn check_limit(limit: u32) -> Answer<()> {
    if limit == 0 || limit > MAX_PAGE {
        return Err(CoordinatorError::InvalidPageLimit { limit, maximum: MAX_PAGE });
    }
    Ok(())
}

/// Refuses pages behind the end.
///
/// # Errors
/// [`CoordinatorError::PageOutOfRange`].
pub const fn check_start(start: u64, total: u64) -> Answer<()> {
    if start > total {
        return Err(CoordinatorError::PageOutOfRange { start, total });
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::{MAX_PAGE_BYTES, fitting, page};

    #[test]
    fn a_page_ends_where_a_reply_is_full() {
        let record = |_| "x".repeat(MAX_PAGE_BYTES / 10);
        let all =
            page(3, 100, 50, |start, end| (start..end).map(record).collect()).expect("a page");
        assert_eq!((all.items.len(), all.next, all.total), (9, Some(12), 50));
        let rest = page(45, 100, 50, |start, end| (start..end).map(record).collect());
        assert_eq!(rest.map(|page| (page.items.len(), page.next)), Ok((5, None)));
    }

    #[test]
    fn a_record_that_is_too_large_comes_alone() {
        let huge = || "x".repeat(2 * MAX_PAGE_BYTES);
        assert_eq!(fitting([huge(), huge()]).len(), 1);
        assert_eq!(fitting(["small".to_string(), huge()]), ["small"]);
        assert_eq!(fitting([huge()]).len(), 1);
    }
}
