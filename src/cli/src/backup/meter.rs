//! Tells how fast snapshots are downloaded, uploaded or read, and how long that still takes: a bar on a terminal, plain
//! lines in a pipe; always on standard error.

use crate::output;
use indicatif::{DecimalBytes, HumanDuration, ProgressBar};
use std::{
    fmt::Debug,
    sync::{Mutex, PoisonError},
    time::{Duration, Instant},
};

/// Observes transfers.
pub trait Meter: Debug {
    /// So many more bytes are to be transferred.
    fn begun(&self, bytes: u64);
    /// So many of these were transferred before.
    fn found(&self, bytes: u64);
    /// So many of these were transferred now.
    fn received(&self, bytes: u64);
    /// Something that is worth a line.
    fn note(&self, text: &str);
}

/// Tells nobody.
#[derive(Clone, Copy, Debug)]
pub struct NoMeter;

impl Meter for NoMeter {
    fn begun(&self, _bytes: u64) {}
    fn found(&self, _bytes: u64) {}
    fn received(&self, _bytes: u64) {}
    fn note(&self, _text: &str) {}
}

/// Does something that takes a while with the bytes of snapshots, and tells a person how it comes along unless `quiet`.
pub fn told<T>(quiet: bool, verb: &'static str, work: impl FnOnce(&dyn Meter) -> T) -> T {
    if quiet {
        return work(&NoMeter);
    }
    let rate = Rate::new(verb);
    let done = work(&rate);
    rate.end();
    done
}

/// How often a pipe is told.
const INTERVAL: Duration = Duration::from_secs(10);

/// What was downloaded so far.
#[derive(Clone, Copy, Debug)]
struct Sums {
    since: Instant,
    told: Instant,
    /// What all downloads that have begun consist of.
    bytes: u64,
    /// What of that was here before.
    here: u64,
    received: u64,
}

/// Tells a person how everything that is downloaded, or read, comes along.
#[derive(Debug)]
pub struct Rate {
    /// What is done with the bytes.
    verb: &'static str,
    sums: Mutex<Sums>,
    bar: Option<ProgressBar>,
}

impl Rate {
    /// Nothing is `verb` yet, for instance downloaded.
    pub fn new(verb: &'static str) -> Self {
        let bar = output::bar("{bar:30} {bytes}/{total_bytes} {bytes_per_sec}, {eta} left");
        let now = Instant::now();
        let sums = Sums { since: now, told: now, bytes: 0, here: 0, received: 0 };
        Self { verb, sums: Mutex::new(sums), bar }
    }

    /// Tells the sum of what was received, and ends the bar.
    pub fn end(&self) {
        let sums = self.sums();
        if let Some(bar) = &self.bar {
            bar.finish_and_clear();
        }
        if sums.received > 0 {
            output::tell(&sums.describe(self.verb, Instant::now()));
        }
    }

    fn sums(&self) -> Sums {
        *self.sums.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Changes the sums; the new ones if a pipe should be told now.
    fn change(&self, change: impl FnOnce(&mut Sums)) -> Option<Sums> {
        let mut sums = self.sums.lock().unwrap_or_else(PoisonError::into_inner);
        change(&mut sums);
        let now = Instant::now();
        if now.duration_since(sums.told) < INTERVAL {
            return None;
        }
        sums.told = now;
        Some(*sums)
    }
}

impl Sums {
    /// Where the downloads stand, in one line.
    fn describe(&self, verb: &str, now: Instant) -> String {
        let Self { since, bytes, here, received, .. } = *self;
        let seconds = now.duration_since(since).as_secs_f64().max(0.001);
        #[allow(clippy::cast_precision_loss, reason = "it is told in a few digits")]
        let rate = received as f64 / seconds;
        let done = here + received;
        #[allow(
            clippy::cast_possible_truncation,
            clippy::cast_sign_loss,
            reason = "it is told in a few digits"
        )]
        let rate_shown = DecimalBytes(rate as u64);
        let (shown, of) = (DecimalBytes(done), DecimalBytes(bytes));
        if done >= bytes || rate < 1.0 {
            return format!("{shown} of {of} {verb}, {rate_shown}/s");
        }
        #[allow(clippy::cast_precision_loss, reason = "it is told in a few digits")]
        let left = Duration::from_secs_f64((bytes - done) as f64 / rate);
        format!("{shown} of {of} {verb}, {rate_shown}/s, {} left", HumanDuration(left))
    }
}

impl Meter for Rate {
    fn begun(&self, bytes: u64) {
        self.change(|sums| sums.bytes += bytes);
        if let Some(bar) = &self.bar {
            bar.set_length(self.sums().bytes);
        }
    }

    fn found(&self, bytes: u64) {
        self.change(|sums| sums.here += bytes);
        if let Some(bar) = &self.bar {
            // What was here before came at no rate at all.
            bar.inc(bytes);
            bar.reset_eta();
        }
    }

    fn received(&self, bytes: u64) {
        let told = self.change(|sums| sums.received += bytes);
        match (&self.bar, told) {
            (Some(bar), _) => bar.inc(bytes),
            (None, Some(sums)) => output::tell(&sums.describe(self.verb, Instant::now())),
            (None, None) => {}
        }
    }

    fn note(&self, text: &str) {
        output::tell(text);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_time_left_follows_from_what_was_received_and_not_from_what_was_here() {
        let since = Instant::now();
        let sums = Sums { since, told: since, bytes: 100_000_000, here: 50_000_000, received: 0 };
        let later = since + Duration::from_secs(10);
        assert_eq!(sums.describe("downloaded", later), "50.00 MB of 100.00 MB downloaded, 0 B/s");
        let sums = Sums { received: 10_000_000, ..sums };
        let told = "60.00 MB of 100.00 MB downloaded, 1.00 MB/s, 40 seconds left";
        assert_eq!(sums.describe("downloaded", later), told);
        let sums = Sums { received: 50_000_000, ..sums };
        assert_eq!(
            sums.describe("downloaded", later),
            "100.00 MB of 100.00 MB downloaded, 5.00 MB/s"
        );
    }
}
