//! How many cycles the coordinator burns per day, from its balance at each change.
//!
//! The network shows a canister its balance, but not its charges. So the balances at two changes in a row are
//! compared: the difference was burned, for memory and calls together. If the balance rose, cycles arrived in between,
//! and the interval is left out.

use backup_journal::Timestamp;
use minicbor::{Decode, Encode};

const HOUR: u64 = 3_600 * 1_000_000_000;
const DAY: u64 = 24 * HOUR;

/// For how long a stretch of time counts on its own; then it counts beside the next one, until that is over.
const STRETCH: u64 = 7 * DAY;

/// The cycles burned in the last one to two weeks.
#[derive(Clone, Copy, Debug, Decode, Default, Encode, Eq, PartialEq)]
pub struct Burn {
    /// The balance at the last change; none before the first one.
    #[n(0)]
    last: Option<Balance>,
    /// The stretch that goes on.
    #[n(1)]
    present: Stretch,
    /// The one before it.
    #[n(2)]
    earlier: Stretch,
}

/// A balance at a time.
#[derive(Clone, Copy, Debug, Decode, Encode, Eq, PartialEq)]
struct Balance {
    #[n(0)]
    at: Timestamp,
    #[n(1)]
    cycles: u64,
}

/// What was burned within a time.
#[derive(Clone, Copy, Debug, Decode, Default, Encode, Eq, PartialEq)]
struct Stretch {
    #[n(0)]
    cycles: u64,
    #[n(1)]
    nanos: u64,
}

impl Burn {
    /// Adds the balance at a change.
    #[must_use]
    pub(crate) fn seen(mut self, at: Timestamp, cycles: u64) -> Self {
        let last = self.last.replace(Balance { at, cycles });
        let Some(last) = last.filter(|last| cycles <= last.cycles) else { return self };
        let Stretch { cycles: burned, nanos } = &mut self.present;
        *burned = burned.saturating_add(last.cycles - cycles);
        *nanos = nanos.saturating_add(at.nanos_since(last.at));
        if *nanos >= STRETCH {
            self.earlier = std::mem::take(&mut self.present);
        }
        self
    }

    /// Cycles per day; none during the first day, whose hours are seldom like the others.
    pub(crate) fn per_day(self) -> Option<u64> {
        let sum =
            |of: fn(Stretch) -> u64| u128::from(of(self.present)) + u128::from(of(self.earlier));
        let (cycles, nanos) = (sum(|it| it.cycles), sum(|it| it.nanos));
        let per_day = (nanos >= u128::from(DAY)).then(|| cycles * u128::from(DAY) / nanos)?;
        Some(u64::try_from(per_day).unwrap_or(u64::MAX))
    }
}

#[cfg(test)]
mod tests {
    use super::{Burn, DAY, HOUR};
    use backup_journal::Timestamp;

    /// Balances at times in hours.
    fn seen(balances: &[(u64, u64)]) -> Burn {
        let look = |burn: Burn, (hours, cycles): &(u64, u64)| {
            burn.seen(Timestamp(DAY + hours * HOUR), *cycles)
        };
        balances.iter().fold(Burn::default(), look)
    }

    #[test]
    fn a_day_tells_and_less_does_not() {
        assert_eq!(Burn::default().per_day(), None);
        assert_eq!(seen(&[(0, 900)]).per_day(), None);
        assert_eq!(seen(&[(0, 900), (23, 800)]).per_day(), None);
        assert_eq!(seen(&[(0, 900), (24, 800)]).per_day(), Some(100));
        assert_eq!(seen(&[(0, 900), (0, 850), (12, 800), (48, 600)]).per_day(), Some(150));
        assert_eq!(seen(&[(0, 900), (240, 900)]).per_day(), Some(0));
    }

    #[test]
    fn what_arrives_hides_only_the_stretch_in_which_it_does() {
        let burn = seen(&[(0, 900), (24, 800), (25, 5_000), (49, 4_900)]);
        assert_eq!(burn.per_day(), Some(100));
        assert_eq!(seen(&[(0, 900), (48, 950), (96, 960)]).per_day(), None);
    }

    #[test]
    fn what_is_long_ago_does_not_count() {
        let days = |days: std::ops::Range<u64>, mut left: u64, burned: u64| {
            let balances = days.map(move |day| {
                left -= burned;
                (day * 24, left)
            });
            balances.collect::<Vec<_>>()
        };
        let mut balances = days(0..30, 1_000_000, 1_000);
        assert_eq!(seen(&balances).per_day(), Some(1_000));
        balances.extend(days(30..37, 970_000, 10));
        let between = seen(&balances).per_day().expect("there is a history");
        assert!((10..1_000).contains(&between), "{between}");
        balances.extend(days(37..60, 969_930, 10));
        assert_eq!(seen(&balances).per_day(), Some(10));
    }

    #[test]
    fn the_largest_numbers_are_no_trouble() {
        let burn = seen(&[(0, u64::MAX), (24, 0), (25, u64::MAX), (49, 0)]);
        assert_eq!(burn.per_day(), Some(u64::MAX / 2));
        let late = burn.seen(Timestamp(u64::MAX), 0).seen(Timestamp(0), 0);
        assert!(late.per_day().is_some());
    }
}
