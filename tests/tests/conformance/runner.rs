//! How often a property is tried, and from which seed.

use proptest::{
    strategy::Strategy,
    test_runner::{Config, RngAlgorithm, RngSeed, TestCaseResult, TestRunner},
};
use std::{
    env,
    time::{Instant, SystemTime, UNIX_EPOCH},
};

/// Sequences of calls in an ordinary run, over all properties.
const SEQUENCES: u32 = 20_000;
/// With fewer than this the rarer refusals might not be met, and their coverage is asserted.
const LEAST_SEQUENCES: u32 = 4_000;

/// Tries `property` on `share` per cent as many values as there are sequences.
///
/// Nothing is kept in files between runs: a failure prints its seed and the smallest value that fails.
pub fn try_out<S: Strategy>(
    name: &str,
    share: u32,
    strategy: &S,
    property: impl Fn(S::Value) -> TestCaseResult,
) {
    let sequences = number("CONFORMANCE_CASES").unwrap_or(u64::from(SEQUENCES));
    let sequences = u32::try_from(sequences).expect("CONFORMANCE_CASES is at most 2^32");
    let cases = sequences.max(LEAST_SEQUENCES) / 100 * share;
    let seed = number("CONFORMANCE_SEED").unwrap_or_else(seconds_since_1970);
    let config = Config {
        cases,
        rng_seed: RngSeed::Fixed(seed),
        // The default is cryptographic and takes most of the time of a build without optimisation.
        rng_algorithm: RngAlgorithm::XorShift,
        failure_persistence: None,
        ..Config::default()
    };
    let begin = Instant::now();
    if let Err(failure) = TestRunner::new(config).run(strategy, property) {
        panic!("{name}, CONFORMANCE_SEED={seed}: {failure}");
    }
    println!("{name}: {cases} cases in {:.1} s", begin.elapsed().as_secs_f64());
}

fn number(variable: &str) -> Option<u64> {
    let text = env::var(variable).ok()?;
    Some(text.parse().unwrap_or_else(|_| panic!("{variable} is not a number: {text}")))
}

fn seconds_since_1970() -> u64 {
    SystemTime::now().duration_since(UNIX_EPOCH).map_or(0, |elapsed| elapsed.as_secs())
}
