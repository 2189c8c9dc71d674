//! How waits grow from one error to the next.

/// `first` after one error, then twice as long after each further one, at most `longest`; all in the same unit.
pub(crate) fn doubled(first: u64, longest: u64, errors: u32) -> u64 {
    let factor = 1_u64.checked_shl(errors.saturating_sub(1)).unwrap_or(u64::MAX);
    first.saturating_mul(factor).min(longest)
}
