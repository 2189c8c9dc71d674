//! The health page: status 200, or 503 with a line for each reason.

use super::{
    response::{Content, Reply},
    watched::{Deadline, FailingStart, Trouble, deadlines, failing_starts, troubles},
    words::standing,
};
use crate::{
    gate::cycles::resources,
    storage::{LAYOUT_VERSION, Owed, Storage},
};
use backup_journal::{Span, Timestamp, api::Resources, text::visible};

/// How many canisters are named; the others are counted.
const NAMED: usize = 20;

/// Health warns when the cycles last for fewer days than this.
const CYCLES_DAYS: u64 = 30;

/// Health warns when this much of the stable memory is in use, in percent of the limit.
const MEMORY_PERCENT: u64 = 80;

/// The page: 200 when all is well, 503 with the reasons otherwise.
pub fn page(storage: &Storage, public: bool, now: Timestamp) -> Reply {
    let mut reasons = RecordCounts::of(storage).damage();
    reasons.extend(contained(storage));
    reasons.extend(overdue(storage, public, now));
    reasons.extend(passed_deadlines(storage, public, now));
    reasons.extend(troubled(storage, public, now));
    reasons.extend(failing(storage, public));
    let resources = resources(storage, now);
    reasons.extend(low_cycles(&resources));
    reasons.extend(low_memory(&resources));
    if reasons.is_empty() {
        return Reply::ok(Content::Text, "ok: no restart is overdue\n".to_string());
    }
    Reply::text(503, reasons.concat())
}

/// Pairs of counts that are always written together: if two of them differ, a part of stable memory was lost. All
/// of them are read at a fixed cost.
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

    /// A line for each pair that differs.
    fn damage(self) -> Vec<String> {
        let Self { layout, runs, headers, plans, owed_starts, stopped, events, records, tip } =
            self;
        let mut reasons = Vec::new();
        if layout != LAYOUT_VERSION {
            reasons.push(format!("stable memory has layout {layout}, not {LAYOUT_VERSION}\n"));
        }
        for (what, counted, stored) in [
            ("runs", runs, headers),
            ("plans", headers, plans),
            ("owed starts", owed_starts, stopped),
            ("events", events, records),
        ] {
            if counted != stored {
                reasons.push(format!(
                    "damaged: {counted} {what} are counted, and {stored} are stored\n"
                ));
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

/// Restores that have loaded some snapshots and not all. Nothing starts their targets until a person decides.
fn contained(storage: &Storage) -> Option<String> {
    let runs = storage.totals().contained;
    (runs > 0).then(|| {
        format!(
            "contained: {runs} restores have loaded some snapshots and not all, and their canisters stay stopped; \
             finish them, or roll them back\n"
        )
    })
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
        "restart overdue: {total} canisters must be started; the oldest has waited {age}, allowed are {allowed}\n"
    )];
    if public {
        let named = storage.owed(NAMED).into_iter().filter(|owed| is_overdue(owed.owed.since));
        reasons.extend(named.map(|owed| line(&owed, now)));
    }
    reasons
}

/// Runs that still owe starts after their restart deadline.
fn passed_deadlines(storage: &Storage, public: bool, now: Timestamp) -> Vec<String> {
    let passed = |deadline: &Deadline| deadline.at < now;
    let passed: Vec<Deadline> = deadlines(storage).into_iter().filter(passed).collect();
    let late = |deadline: &Deadline| Span::between(deadline.at, now);
    let Some(first) = passed.first() else { return Vec::new() };
    let total = format!(
        "restart deadline passed: {} runs still owe starts; the first is {} late\n",
        passed.len(),
        late(first)
    );
    let line = |deadline: &Deadline| {
        let Deadline { run_id, starts_owed, .. } = deadline;
        let run = visible(run_id.as_str());
        let late = late(deadline);
        format!(
            "restart deadline passed: run {run} is {late} late: {starts_owed} canisters must be started\n"
        )
    };
    with_names(total, public, passed.iter().map(line))
}

/// Runs with which the coordinator cannot go on, or which were aborted and are not over.
fn troubled(storage: &Storage, public: bool, now: Timestamp) -> Vec<String> {
    let troubles = troubles(storage, now);
    if troubles.is_empty() {
        return Vec::new();
    }
    let total = format!("execution in trouble: {} runs have a problem\n", troubles.len());
    let line = |trouble: &Trouble| {
        let (run, problem) = (visible(trouble.run_id.as_str()), visible(&trouble.problem));
        format!("execution in trouble: run {run}: {problem}\n")
    };
    with_names(total, public, troubles.iter().map(line))
}

/// Starts that go wrong again and again.
fn failing(storage: &Storage, public: bool) -> Vec<String> {
    let failing = failing_starts(storage);
    if failing.is_empty() {
        return Vec::new();
    }
    let total =
        format!("start fails: {} canisters could not be started several times\n", failing.len());
    let line = |start: &FailingStart| {
        let FailingStart { run_id, canister, errors, reason } = start;
        let (run, reason) = (visible(run_id.as_str()), visible(reason));
        format!("start fails: {canister} of run {run}: {errors} times in a row: {reason}\n")
    };
    with_names(total, public, failing.iter().map(line))
}

/// The line with the number, and with `Public` the first lines with names.
fn with_names(total: String, public: bool, lines: impl Iterator<Item = String>) -> Vec<String> {
    let named = lines.take(if public { NAMED } else { 0 });
    std::iter::once(total).chain(named).collect()
}

/// A warning when the cycles run low. Only members may read the balance, so it is not shown.
fn low_cycles(resources: &Resources) -> Option<String> {
    let days = resources.cycles_days_left.filter(|days| *days < CYCLES_DAYS)?;
    Some(format!(
        "cycles low: at the present rate the network freezes the coordinator in {days} days; \
         top it up when fewer than {CYCLES_DAYS} are left\n"
    ))
}

/// A warning when the stable memory is nearly full.
fn low_memory(resources: &Resources) -> Option<String> {
    let Resources { stable_memory_used_bytes: used, stable_memory_limit_bytes: limit, .. } =
        *resources;
    let percent = used.saturating_mul(100).checked_div(limit)?;
    (percent >= MEMORY_PERCENT).then(|| {
        format!("memory low: {percent} % of the stable memory is in use, {used} of {limit} bytes\n")
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
            (RecordCounts { runs: 4, ..SOUND }, "damaged: 4 runs are counted, and 3 are stored\n"),
            (
                RecordCounts { plans: 2, ..SOUND },
                "damaged: 3 plans are counted, and 2 are stored\n",
            ),
            (
                RecordCounts { owed_starts: 1, ..SOUND },
                "damaged: 1 owed starts are counted, and 2 are stored\n",
            ),
            (
                RecordCounts { stopped: 0, ..SOUND },
                "damaged: 2 owed starts are counted, and 0 are stored\n",
            ),
            (
                RecordCounts { events: 8, ..SOUND },
                "damaged: 8 events are counted, and 9 are stored\n",
            ),
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
        let expected = "memory low: 80 % of the stable memory is in use, 800 of 1000 bytes\n";
        assert_eq!(with(800).as_deref(), Some(expected));
        assert!(with(1_000).is_some());
    }
}
