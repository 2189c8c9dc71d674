//! Cron expressions. The crate `croner` parses and searches; here is what it needs to know of our time.

use super::ScheduleError;
use crate::Timestamp;
use croner::{
    errors::CronError,
    parser::{CronParser, Seconds, Year},
    time::{CivilDateTime, CronDateTime, Resolution, Weekday},
};
use std::cmp::Ordering;
use time::{Date, Month, Time, UtcDateTime};

/// Bytes of an expression.
const MAX_BYTES: usize = 128;
const NANOS: u64 = 1_000_000_000;

/// A cron expression with five fields.
pub struct Cron(croner::Cron);

impl Cron {
    /// Reads an expression.
    ///
    /// # Errors
    /// [`ScheduleError::Cron`].
    pub fn parse(expression: &str) -> Result<Self, ScheduleError> {
        if expression.len() > MAX_BYTES {
            let problem =
                format!("it has {} bytes, and at most {MAX_BYTES} are allowed", expression.len());
            return Err(ScheduleError::Cron { problem });
        }
        let parser =
            CronParser::builder().seconds(Seconds::Disallowed).year(Year::Disallowed).build();
        let parsed = parser.parse(expression);
        parsed.map(Self).map_err(|error| ScheduleError::Cron { problem: error.to_string() })
    }

    /// The first time after `now`; none if there is none.
    pub fn after(&self, now: Timestamp) -> Option<Timestamp> {
        let seconds = i64::try_from(now.0 / NANOS).ok()?;
        let Utc(next) = self.0.find_next_occurrence(&Utc(seconds), false).ok()?;
        u64::try_from(next).ok()?.checked_mul(NANOS).map(Timestamp)
    }
}

/// Seconds since 1970-01-01, UTC: a time zone without any change of its clocks.
#[derive(Clone, Copy)]
struct Utc(i64);

impl Utc {
    /// Within the years that `croner` searches: it ends in the year 5000.
    fn moment(self) -> UtcDateTime {
        UtcDateTime::from_unix_timestamp(self.0).expect("BUG: a time after the year 9999")
    }
}

impl CronDateTime for Utc {
    fn to_civil(&self) -> CivilDateTime {
        let (date, time) = (self.moment().date(), self.moment().time());
        let month = u32::from(u8::from(date.month()));
        let (hour, minute, second) =
            (time.hour().into(), time.minute().into(), time.second().into());
        CivilDateTime::from_ymd_hms_opt(date.year(), month, date.day().into(), hour, minute, second)
            .expect("BUG: a date that is no date")
    }

    fn civil_weekday(&self) -> Weekday {
        Weekday::from_days_from_sunday(self.moment().weekday().number_days_from_sunday().into())
    }

    fn resolve_civil(&self, civil: CivilDateTime) -> Result<Resolution<Self>, CronError> {
        let small = |number: u32| u8::try_from(number).map_err(|_| CronError::InvalidDate);
        let month = Month::try_from(small(civil.month())?).map_err(|_| CronError::InvalidDate)?;
        let date = Date::from_calendar_date(civil.year(), month, small(civil.day())?);
        let date = date.map_err(|_| CronError::InvalidDate)?;
        let time =
            Time::from_hms(small(civil.hour())?, small(civil.minute())?, small(civil.second())?);
        let time = time.map_err(|_| CronError::InvalidTime)?;
        Ok(Resolution::Single(Self(UtcDateTime::new(date, time).unix_timestamp())))
    }

    fn checked_add_seconds(&self, seconds: i64) -> Option<Self> {
        self.0.checked_add(seconds).map(Self)
    }

    fn cmp_instant(&self, other: &Self) -> Ordering {
        self.0.cmp(&other.0)
    }
}
