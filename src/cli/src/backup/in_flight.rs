//! How many bytes may be under way from or to the network at a time, whatever is transferred side by side: this bounds the
//! memory that transfers take.

use crate::backup::files::SLICE;
use tokio::sync::{Semaphore, SemaphorePermit};

/// Slices of full length that may be under way at a time.
const SLICES: u64 = 8;

/// The bytes that may be under way at a time.
#[derive(Debug)]
pub struct InFlight(Semaphore);

impl Default for InFlight {
    fn default() -> Self {
        Self(Semaphore::new(usize::try_from(SLICES * SLICE).unwrap_or(usize::MAX)))
    }
}

impl InFlight {
    /// Waits until so many more bytes may be under way, at most a slice. They are, until the answer is dropped.
    ///
    /// Whoever asks first is first.
    pub async fn admit(&self, bytes: u64) -> SemaphorePermit<'_> {
        let bytes = u32::try_from(bytes.min(SLICE)).expect("BUG: a slice is small");
        self.0.acquire_many(bytes).await.expect("BUG: the semaphore is never closed")
    }
}
