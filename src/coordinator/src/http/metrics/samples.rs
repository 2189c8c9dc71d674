//! How figures become samples.

use backup_journal::Timestamp;
use ic_metrics_encoder::MetricsEncoder;
use std::io;

pub(in crate::http) type Encoder = MetricsEncoder<Vec<u8>>;

pub(super) fn gauges<'a>(
    to: &mut Encoder,
    name: &str,
    help: &str,
    label: &str,
    figures: impl Iterator<Item = (&'a str, u64)>,
) -> io::Result<()> {
    let mut vector = to.gauge_vec(name, help)?;
    for (value, count) in figures {
        vector = vector.value(&[(label, value)], figure(count))?;
    }
    Ok(())
}

pub(super) fn gauge(to: &mut Encoder, name: &str, value: f64, help: &str) -> io::Result<()> {
    to.encode_gauge(name, value, help)
}

/// There is no sample of an unknown value.
pub(super) fn known(
    to: &mut Encoder,
    name: &str,
    value: Option<u64>,
    help: &str,
) -> io::Result<()> {
    match value {
        Some(value) => gauge(to, name, figure(value), help),
        None => to.gauge_vec(name, help).map(drop),
    }
}

/// There is no sample of an age if nothing has this age.
pub(super) fn age(
    to: &mut Encoder,
    name: &str,
    since: Option<Timestamp>,
    now: Timestamp,
    help: &str,
) -> io::Result<()> {
    match since {
        Some(since) => gauge(to, name, age_seconds(since, now), help),
        None => to.gauge_vec(name, help).map(drop),
    }
}

pub(super) fn age_seconds(since: Timestamp, now: Timestamp) -> f64 {
    seconds(now.nanos_since(since))
}

/// Of nanoseconds, to the millisecond.
pub(super) fn seconds(nanos: u64) -> f64 {
    figure(nanos / 1_000_000) / 1e3
}

#[allow(clippy::cast_precision_loss, reason = "Prometheus knows no other numbers")]
pub(super) const fn figure(count: u64) -> f64 {
    count as f64
}
