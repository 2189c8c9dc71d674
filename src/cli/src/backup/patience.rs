//! Makes calls again that could not be answered for the time being, and do no harm when they are made twice.

use crate::{backup::meter::Meter, network::Network};
use backup_fleet::{CallFailed, error::may_be_read_again};
use std::time::Duration;

/// The wait before the second attempt; each wait is twice as long as the one before it.
const FIRST_WAIT: Duration = Duration::from_secs(1);
/// No wait is longer.
const LONGEST_WAIT: Duration = Duration::from_mins(1);
/// Attempts after which a call is given up; their waits add up to three minutes.
const ATTEMPTS: u32 = 9;

/// Makes a call that may be made twice, and makes it again after a wait as long as it may succeed then.
pub async fn repeat<N: Network, T>(
    network: &N,
    meter: &dyn Meter,
    call: impl AsyncFn() -> Result<T, CallFailed>,
) -> Result<T, CallFailed> {
    let mut wait = FIRST_WAIT;
    let mut attempt = 1;
    loop {
        match call().await {
            Err(failed) if attempt < ATTEMPTS && may_be_read_again(&failed.error) => {
                meter.note(&format!("{failed}; it is tried again in {} s", wait.as_secs()));
                network.sleep(wait).await;
                wait = LONGEST_WAIT.min(wait * 2);
                attempt += 1;
            }
            answer => return answer,
        }
    }
}
