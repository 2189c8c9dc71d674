//! Whether all is well, in the status and in a line for each reason why it is not.

use super::{
    response::{Content, Reply},
    time::Span,
    words::standing,
};
use crate::{
    gate::cycles::resources,
    storage::{LAYOUT_VERSION, Owed, Storage},
};
use backup_journal::{Timestamp, api::Resources, text::visible};

/// How many canisters are named; the others are counted.
const NAMED: usize = 20;

/// For how many days cycles must last.
const CYCLES_DAYS: u64 = 30;

/// From how much of the stable memory on health warns, in percent of what can ever be taken.
const MEMORY_PERCENT: u64 = 80;

/// The page: 200 when all is well, 503 with the reasons otherwise.
pub fn page(storage: &Storage, public: bool, now: Timestamp) -> Reply {
    let mut reasons = RecordCounts::of(storage).damage();
    reasons.extend(overdue(storage, public, now));
    let resources = resources(storage, now);
    reasons.extend(low_cycles(&resources));
    reasons.extend(low_memory(&resources));
    if reasons.is_empty() {
        return Reply::ok(Content::Text, "ok: no restart is overdue\n".to_string());
    }
    Reply::text(503, reasons.concat())
}

/// How much is kept, by two records each that are written together: where they differ, something was lost.
/// All of it is known without a walk over what is stored.
#[derive(Clone, Copy)]
struct RecordCounts {
    /// The version of the layout.
    layout: u32,
    /// Runs, as they are counted by state, their headers, and their plans.
    runs: u64,
    headers: u64,
    plans: u64,
    /// Owed starts by run, and by time.
    owed_starts: u64,
    stopped: u64,
    /// Events of the audit trail, as they are counted by kind, their records, and whether the last has a hash.
    events: u64,
    records: u64,
    tip: bool,
}

impl RecordCounts {
    fn of(storage: &Storage) -> Self {
        let totals = storage.totals();
        let runs = totals.runs_by_state().map(|(_, count)| u64::from(count)).iter().sum();
        Self {
            layout: storage.layout_version(),
            runs,
            headers: storage.run_count(),
            plans: storage.plans.len(),
            owed_starts: storage.owed_starts.len(),
            stopped: storage.owed_count(),
            events: totals.events.iter().sum(),
            records: storage.audit_length(),
            tip: storage.tip().is_some(),
        }
    }

    /// A line for each reason not to trust what is stored.
    fn damage(self) -> Vec<String> {
        let Self { layout, runs, headers, plans, owed_starts, stopped, events, records, tip } =
            self;
        let mut reasons = Vec::new();
        if layout != LAYOUT_VERSION {
            reasons.push(format!("stable memory has layout {layout}, not {LAYOUT_VERSION}\n"));
        }
        for (what, counted, kept) in [
            ("runs", runs, headers),
            ("plans", headers, plans),
            ("owed starts", owed_starts, stopped),
            ("events", events, records),
        ] {
            if counted != kept {
                reasons.push(format!("damaged: there must be {counted} {what}, and are {kept}\n"));
            }
        }
        if tip != (records > 0) {
            let has = if tip { "a hash" } else { "no hash" };
            reasons.push(format!(
                "damaged: the block log has {records} blocks and {has} of the last\n"
            ));
        }
        reasons
    }
}

pub(super) fn overdue(storage: &Storage, public: bool, now: Timestamp) -> Vec<String> {
    let allowed = Span(storage.restart_overdue_after_nanos());
    let is_overdue = |since: Timestamp| now.nanos_since(since) > allowed.0;
    let Some(oldest) = storage.oldest_owed().filter(|since| is_overdue(*since)) else {
        return Vec::new();
    };
    let total = storage.owed_count();
    let age = Span::between(oldest, now);
    let mut reasons = vec![format!(
        "restart overdue: {total} canisters must be started, the oldest for {age}, allowed are {allowed}\n"
    )];
    if public {
        let named = storage.owed(NAMED).into_iter().filter(|owed| is_overdue(owed.owed.since));
        reasons.extend(named.map(|owed| line(&owed, now)));
    }
    reasons
}

/// A warning while there is time to do something. How much there is, is told to members alone.
fn low_cycles(resources: &Resources) -> Option<String> {
    let days = resources.cycles_days_left.filter(|days| *days < CYCLES_DAYS)?;
    Some(format!(
        "cycles low: as they go at present the network freezes the coordinator in {days} days, {CYCLES_DAYS} are wanted\n"
    ))
}

/// A warning from four fifths of the stable memory on that there can ever be.
fn low_memory(resources: &Resources) -> Option<String> {
    let Resources { stable_memory_used_bytes: used, stable_memory_limit_bytes: limit, .. } =
        *resources;
    let percent = used.saturating_mul(100).checked_div(limit)?;
    (percent >= MEMORY_PERCENT).then(|| {
        format!("memory low: {percent} % of the stable memory is taken, {used} of {limit} bytes\n")
    })
}

fn line(owed: &Owed, now: Timestamp) -> String {
    let Owed { canister, owed, run_id } = owed;
    let run = visible(run_id.as_str());
    format!(
        "restart overdue: {canister} of run {run}: {} {} ago\n",
        standing(*owed),
        Span::between(owed.since, now)
    )
}

#[cfg(test)]
mod tests {
    use super::{LAYOUT_VERSION, RecordCounts, Resources, low_memory};

    const SOUND: RecordCounts = RecordCounts {
        layout: LAYOUT_VERSION,
        runs: 3,
        headers: 3,
        plans: 3,
        owed_starts: 2,
        stopped: 2,
        events: 9,
        records: 9,
        tip: true,
    };

    #[test]
    fn each_loss_has_its_reason() {
        assert_eq!(SOUND.damage(), [""; 0]);
        let empty = RecordCounts { events: 0, records: 0, tip: false, ..SOUND };
        assert_eq!(empty.damage(), [""; 0]);
        for (counts, reason) in [
            (RecordCounts { layout: 9, ..SOUND }, "stable memory has layout 9, not 2\n"),
            (RecordCounts { runs: 4, ..SOUND }, "damaged: there must be 4 runs, and are 3\n"),
            (RecordCounts { plans: 2, ..SOUND }, "damaged: there must be 3 plans, and are 2\n"),
            (
                RecordCounts { owed_starts: 1, ..SOUND },
                "damaged: there must be 1 owed starts, and are 2\n",
            ),
            (
                RecordCounts { stopped: 0, ..SOUND },
                "damaged: there must be 2 owed starts, and are 0\n",
            ),
            (RecordCounts { events: 8, ..SOUND }, "damaged: there must be 8 events, and are 9\n"),
            (
                RecordCounts { tip: false, ..SOUND },
                "damaged: the block log has 9 blocks and no hash of the last\n",
            ),
            (
                RecordCounts { tip: true, ..empty },
                "damaged: the block log has 0 blocks and a hash of the last\n",
            ),
        ] {
            assert_eq!(counts.damage(), [reason]);
        }
        let much = RecordCounts { headers: 2, plans: 2, stopped: 3, ..SOUND };
        assert_eq!(much.damage().len(), 2);
    }

    #[test]
    fn memory_is_low_from_four_fifths_on() {
        let with = |used| {
            low_memory(&Resources {
                cycles_balance: 0,
                cycles_burned_per_day: None,
                cycles_days_left: None,
                stable_memory_used_bytes: used,
                stable_memory_limit_bytes: 1_000,
            })
        };
        assert_eq!(with(799), None);
        let expected = "memory low: 80 % of the stable memory is taken, 800 of 1000 bytes\n";
        assert_eq!(with(800).as_deref(), Some(expected));
        assert!(with(1_000).is_some());
    }
}
