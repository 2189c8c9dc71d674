//! Growing waits, up to a limit.

use std::time::Duration;
use tokio::time::{Instant, sleep};

/// The first wait.
const FIRST: Duration = Duration::from_millis(500);

/// Waits between attempts. Each is twice as long as the one before, up to the longest.
#[derive(Debug)]
pub struct Waits {
    next: Duration,
    longest: Duration,
    end: Instant,
}

impl Waits {
    /// Waits that end after `limit`, none of them longer than `longest`.
    pub fn new(longest: Duration, limit: Duration) -> Self {
        Self { next: FIRST.min(longest), longest, end: Instant::now() + limit }
    }

    /// Waits before another attempt; false, at once, if there is no time left for one.
    pub async fn wait(&mut self) -> bool {
        let now = Instant::now();
        if now >= self.end {
            return false;
        }
        sleep(self.next.min(self.end - now)).await;
        self.next = (self.next * 2).min(self.longest);
        true
    }
}
