//! The clock of this machine.

use anyhow::{Context, Result};
use backup_journal::Timestamp;

/// The time now.
pub fn now() -> Result<Timestamp> {
    let nanos = u64::try_from(jiff::Timestamp::now().as_nanosecond());
    Ok(Timestamp(nanos.context("the clock of this machine is before 1970")?))
}
