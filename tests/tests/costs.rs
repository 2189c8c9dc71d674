//! What a transition costs, and that it stays so: the figures that do not depend on the machine's speed.

use backup_coordinator_client::journal::limits::MAX_PREFLIGHT_BATCH;
use integration_tests::{
    Network,
    costs::{
        BatchCost, Bench, StopCost, TRANSITIONS, WideWave, bytes_per_operation, dearest_transition,
        growth, idle_day, idle_timers, module_bytes, on_fresh_run, transition_growth, transitions,
        upgrade_with,
    },
};

/// The dearest update that may be, in instructions.
const MAX_UPDATE: u64 = 100_000_000;

/// The dearest query that may be.
const MAX_QUERY: u64 = 500_000_000;

/// In a run of 50 operations and one of 10,000, each in a coordinator of its own.
fn check_growth(network: fn() -> Network) {
    let [small, large] = [9, 1_999].map(|targets| on_fresh_run(network(), targets));
    for call in TRANSITIONS {
        println!("{call}: {:.3}", growth(&small, &large, call));
    }
    let grown = transition_growth(&small, &large);
    assert!(grown <= 1.25, "a transition costs {grown:.3} times as much at 10,000 operations");
    let dearest = dearest_transition(&large);
    assert!(dearest <= MAX_UPDATE, "the dearest transition costs {dearest}");
    let page = growth(&small, &large, "list_operations");
    assert!(page <= 1.25, "a page costs {page:.3} times as much at 10,000 operations");
    for (name, cost) in large {
        println!("{name}: {}", cost.instructions);
        assert!(cost.instructions <= MAX_QUERY, "{name} costs {}", cost.instructions);
    }
}

#[test]
fn a_transition_costs_the_same_in_a_large_run() {
    check_growth(Network::sandbox);
}

#[test]
#[ignore = "needs a PocketIC server: scripts/test.sh --pocket-ic"]
fn a_transition_costs_the_same_in_a_large_run_on_pocket_ic() {
    check_growth(Network::pocket_ic_that_counts);
}

fn check_published(network: Network) {
    let bench = Bench::on(network);
    bench.create("run", 9);
    let figures = transitions(&bench, &"run".into(), |transition| {
        // First what was counted, because asking for the other is a call as well.
        (bench.cost().instructions, bench.published(transition))
    });
    for (transition, (counted, published)) in figures {
        println!("{transition}: {published} published of {counted} counted");
        assert!(published <= counted, "{transition}: {published} published, {counted} counted");
        assert!(published * 100 >= counted * 97, "{transition}: {published} of {counted}");
    }
}

#[test]
fn what_is_published_is_what_is_counted() {
    check_published(Network::sandbox());
}

#[test]
#[ignore = "needs a PocketIC server: scripts/test.sh --pocket-ic"]
fn what_is_published_is_what_is_counted_on_pocket_ic() {
    check_published(Network::pocket_ic_that_counts());
}

#[test]
fn a_transition_costs_little_more_than_its_writes() {
    let ours = StopCost::measure();
    let over = ours.over(&StopCost::floor());
    assert!(over <= MAX_OVER_FLOOR, "a transition costs {over:.3} times its writes");
    let over = ours.over(&ours.without(&StopCost::log()));
    assert!(over <= MAX_OVER_UNCHAINED, "the log makes a transition {over:.3} times as dear");
    // Some sixty blocks of SHA-256 are not free: less would say that nothing was measured.
    assert!(over >= 1.1, "the log makes a transition only {over:.3} times as dear");
}

/// What the rules, the log and the messages may cost beside the writes.
const MAX_OVER_FLOOR: f64 = 2.5;

/// What chaining and certifying the log may add.
const MAX_OVER_UNCHAINED: f64 = 1.5;

#[test]
fn an_operation_costs_less_in_a_batch_than_by_itself() {
    for cost in BatchCost::measure() {
        let (stage, over) = (cost.stage, cost.over_single());
        println!("{stage:?}: {} by itself, {} in a batch", cost.single, cost.batched);
        assert!(over <= 0.6, "{stage:?}: in a batch {over:.3} times the cost by itself");
    }
}

#[test]
fn every_call_of_a_wide_wave_is_bounded() {
    let wave = WideWave::measure(1_999);
    assert!(wave.pending > 1_500, "only {} operations wait", wave.pending);
    for (name, cost) in &wave.costs {
        println!("{name}: {cost}");
        assert!(*cost <= MAX_QUERY, "{name} costs {cost}");
    }
    let (name, dearest) = wave.dearest_update();
    assert!(dearest <= MAX_UPDATE, "{name} costs {dearest}");
}

#[test]
fn every_call_that_creates_a_large_run_is_bounded() {
    let (dearest, _) = Bench::new().cost_of_creating("run", 2_000);
    assert!(dearest <= MAX_UPDATE, "the dearest call costs {dearest}");
    let dearest = Bench::new().cost_of_discarding("run", 2_000);
    assert!(dearest <= MAX_UPDATE, "the dearest call costs {dearest}");
}

/// Also that of the last batch, which accepts the preflight over all targets.
#[test]
fn every_call_that_accepts_the_preflight_of_a_large_run_is_bounded() {
    let accept = |targets| {
        let bench = Bench::new();
        bench.create("run", targets);
        bench.accept("run", targets)
    };
    let whole_batches = |count: usize| u32::try_from(count * MAX_PREFLIGHT_BATCH).expect("small");
    let (small, large) = (accept(whole_batches(2)), accept(whole_batches(40)));
    let dearest = large.iter().max().expect("there are batches");
    assert!(*dearest <= MAX_UPDATE, "the dearest call costs {dearest}");
    let last = |costs: &[u64]| *costs.last().expect("there are batches");
    assert!(last(&large) * 4 <= last(&small) * 5, "{} and {}", last(&large), last(&small));
}

#[test]
fn an_upgrade_costs_the_same_with_many_journals() {
    let (none, many) = (upgrade_with(0), upgrade_with(300));
    assert!(many * 10 <= none * 11, "an upgrade costs {many} with 300 journals, {none} with none");
}

#[test]
fn timers_that_find_nothing_to_do_are_cheap() {
    let instructions = idle_timers();
    println!("timers that find nothing to do: {instructions}");
    assert!(instructions > 0, "no timer came");
    assert!(instructions <= MAX_IDLE, "they cost {instructions}");
}

#[test]
fn a_day_without_a_backup_is_cheap() {
    let instructions = idle_day();
    println!("a day on which the backup of a fleet is not due: {instructions}");
    assert!(instructions > 0, "no timer came");
    assert!(instructions <= MAX_IDLE_DAY, "it costs {instructions}");
}

/// What a day may cost on which nothing is due.
const MAX_IDLE_DAY: u64 = 100_000_000;

/// What a timer may cost that finds nothing to do.
const MAX_IDLE: u64 = 2_200_000;

#[test]
fn records_and_module_are_small() {
    let bytes = bytes_per_operation(1_499);
    assert!(bytes <= 1_000, "an operation takes {bytes} bytes");
    assert!(module_bytes() <= 1_000_000, "the module has {} bytes", module_bytes());
}
