//! How long targets were down, and when waves began.

use crate::{
    Rules, Sequence, Timestamp,
    fixtures::{accepted, journal, operator, orders, plan, receipt, seconds, users},
    journal::{
        Downtime, Downtimes, Journal, JournalView, OperationReceipt, ReceiptOutcome, Wave,
        WaveBegun, abort_run, claim_operations, record_operation_receipt, retry_failed_operation,
        settle_start,
    },
};

use ReceiptOutcome::{Completed, Failed, Skipped};

/// A journal with what its changes said for people.
struct Seen {
    journal: Journal,
    waves: Vec<(Wave, WaveBegun)>,
    downtimes: Vec<Downtime>,
}

/// Rows 4 and 5 stop `orders` and `users` below it, 6 and 7 snapshot, 8 and 9 start `users` and `orders`.
fn open() -> Seen {
    let journal = accepted(journal());
    Seen { journal, waves: Vec::new(), downtimes: Vec::new() }
}

impl Seen {
    fn claim(&mut self, now: u64) {
        let change =
            claim_operations(&self.journal, &(), 100, seconds(now)).expect("there is a next");
        assert_eq!(change.downtime, None);
        self.waves.extend(change.wave_begun);
        self.journal.claim_operations(&(), 100, seconds(now)).expect("as before");
    }

    fn report_done_at(&mut self, sequence: u32, outcome: ReceiptOutcome, done_at: u64, now: u64) {
        let performed_at = Some(seconds(done_at));
        let receipt =
            OperationReceipt { performed_at, ..receipt(&self.journal, sequence, outcome) };
        let change =
            record_operation_receipt(&self.journal, receipt.clone(), operator(), seconds(now));
        let change = change.expect("it is claimed");
        assert_eq!(change.wave_begun, None);
        self.downtimes.extend(change.downtime);
        let recorded = self.journal.record_operation_receipt(receipt, operator(), seconds(now));
        recorded.expect("as before");
    }

    fn report(&mut self, sequence: u32, outcome: ReceiptOutcome, now: u64) {
        self.report_done_at(sequence, outcome, now, now);
    }

    /// Up to the snapshots: the stops are claimed at 10 and 20, and done at 12 and 25.
    fn stopped() -> Self {
        let mut seen = open();
        seen.claim(10);
        seen.report_done_at(4, Completed, 12, 13);
        seen.claim(20);
        seen.report_done_at(5, Completed, 25, 26);
        seen
    }

    fn down(&self) -> Option<(u64, Option<u64>, u32)> {
        let whole = |at: Timestamp| at.0 / 1_000_000_000;
        let Downtimes { first_stop, last_start, targets } = self.journal.header().downtimes?;
        Some((whole(first_stop), last_start.map(whole), targets))
    }
}

fn downtime(start: u32, since: u64, until: u64) -> Downtime {
    let target = if start == 8 { users() } else { orders() };
    Downtime { start: Sequence(start), target, since: seconds(since), until: seconds(until) }
}

#[test]
fn a_target_is_down_from_its_stop_to_its_start_and_a_wave_begins_with_its_first_claim() {
    let mut seen = Seen::stopped();
    assert_eq!(seen.down(), Some((10, None, 0)));
    seen.claim(30);
    seen.report(6, Failed, 31);
    seen.report(7, Completed, 32);
    seen.journal
        .change(|it| retry_failed_operation(it, Sequence(6), seconds(33)))
        .expect("it has failed");
    seen.claim(34);
    seen.report(6, Completed, 35);
    seen.claim(40);
    seen.report_done_at(8, Completed, 41, 45);
    assert_eq!(seen.down(), Some((10, Some(41), 1)));
    seen.claim(50);
    seen.report(9, Failed, 51);
    seen.journal
        .change(|it| retry_failed_operation(it, Sequence(9), seconds(52)))
        .expect("it has failed");
    seen.claim(53);
    seen.report(9, Completed, 54);
    assert_eq!(seen.downtimes, [downtime(8, 25, 41), downtime(9, 12, 54)]);
    assert_eq!(seen.down(), Some((10, Some(54), 2)));
    seen.claim(60);
    let begun =
        |wave, first, at| (Wave(wave), WaveBegun { first: Sequence(first), at: seconds(at) });
    let waves = [
        begun(0, 4, 10),
        begun(1, 5, 20),
        begun(2, 6, 30),
        begun(3, 8, 40),
        begun(4, 9, 50),
        begun(5, 10, 60),
    ];
    assert_eq!(seen.waves, waves);
}

#[test]
fn nobody_knows_how_long_a_target_was_down_whose_stop_or_start_is_unknown() {
    let mut failed = open();
    failed.claim(10);
    failed.report(4, Failed, 11);
    abort(&mut failed, 12);
    failed.claim(13);
    failed.report(9, Completed, 14);
    assert_eq!((failed.downtimes.as_slice(), failed.down()), (&[][..], Some((10, Some(14), 0))));

    let mut skipped = Seen::stopped();
    abort(&mut skipped, 30);
    skipped.claim(31);
    skipped.report(8, Skipped, 32);
    skipped.claim(32);
    skipped.report(9, Completed, 33);
    assert_eq!(skipped.downtimes, [downtime(9, 12, 33)]);

    let mut settled = Seen::stopped();
    let change = settle_start(&settled.journal, orders(), "it runs", seconds(27)).expect("owed");
    assert_eq!(change.downtime, None);
    settled
        .journal
        .change(|it| settle_start(it, orders(), "it runs", seconds(27)))
        .expect("as before");
    abort(&mut settled, 30);
    settled.claim(31);
    settled.report(8, Completed, 33);
    settled.claim(34);
    settled.report(9, Completed, 35);
    assert_eq!(settled.downtimes, [downtime(8, 25, 33)]);
}

fn abort(seen: &mut Seen, now: u64) {
    let change = abort_run(&seen.journal, "enough", seconds(now)).expect("it is not over");
    assert_eq!((change.downtime, change.wave_begun), (None, None));
    seen.journal.change(|it| abort_run(it, "enough", seconds(now))).expect("as before");
}

#[test]
fn a_stop_that_is_reported_late_counts_from_when_it_was_done() {
    for (done_at, again) in [(15, false), (20, false), (21, true)] {
        let mut seen = open();
        seen.claim(10);
        abort(&mut seen, 12);
        seen.claim(14);
        seen.report(9, Completed, 20);
        assert_eq!(seen.downtimes, []);
        seen.report_done_at(4, Completed, done_at, 30);
        if again {
            assert_eq!(seen.downtimes, [], "it is down again");
            seen.claim(31);
            seen.report(9, Completed, 33);
            assert_eq!(seen.down(), Some((10, Some(33), 1)));
            assert_eq!(seen.downtimes, [downtime(9, done_at, 33)]);
        } else {
            assert_eq!(seen.downtimes, [downtime(9, done_at, 20)]);
            assert_eq!(seen.down(), Some((10, Some(20), 1)));
        }
        // No wave begins after an abort.
        assert_eq!(seen.waves.len(), 1);
    }
}

#[test]
fn runs_of_the_first_release_tell_nothing() {
    let valid = plan().validate_under(Rules::V1).expect("valid");
    let journal = accepted(Journal::new(valid, seconds(0)));
    let mut seen = Seen { journal, ..open() };
    seen.claim(10);
    seen.report(4, Completed, 13);
    abort(&mut seen, 20);
    seen.claim(21);
    seen.report(9, Completed, 22);
    assert_eq!((seen.down(), seen.journal.header().wave), (None, None));
    assert_eq!((seen.waves.len(), seen.downtimes.len()), (0, 0));
}
