//! Health warns before the stable memory is full.

use integration_tests::{
    Outcome, Setup, on_sandbox,
    prometheus::Scrape,
    web::{http_get, page},
};

/// Where a memory manager writes how many buckets it has handed out.
const BUCKETS: usize = 4;

#[test]
fn a_memory_that_is_four_fifths_full_is_warned_of() {
    on_sandbox(|network| async move {
        let setup = Setup::builder(network).build();
        let resources = setup.as_auditor().get_resources().await?;
        let figures = Scrape::parse(&page(&setup, "/metrics"));
        assert_same(
            &figures,
            "backup_stable_memory_used_bytes",
            resources.stable_memory_used_bytes,
        );
        let limit = resources.stable_memory_limit_bytes;
        assert_same(&figures, "backup_stable_memory_limit_bytes", limit);
        assert!(limit > 200 << 30, "{limit}");
        for (buckets, warned) in [(26_000, false), (26_300, true)] {
            let health = with_buckets(&setup, buckets);
            assert_eq!(health.contains("memory low: "), warned, "{buckets}: {health}");
        }
        Outcome::Ok(())
    });
}

fn assert_same(figures: &Scrape, metric: &str, bytes: u64) {
    let bytes = u32::try_from(bytes >> 16).expect("fewer pages than a u32 counts");
    assert_eq!(figures.value(metric) / 65_536.0, f64::from(bytes), "{metric}");
}

/// What health says with so many buckets handed out, of 32,768.
fn with_buckets(setup: &Setup, buckets: u16) -> String {
    let mut memory = setup.network.lock().stable_memory(setup.coordinator);
    let before = memory.clone();
    memory[BUCKETS..BUCKETS + 2].copy_from_slice(&buckets.to_le_bytes());
    set(setup, &memory);
    let health = http_get(setup, "/health");
    set(setup, &before);
    health.body
}

fn set(setup: &Setup, memory: &[u8]) {
    let mut network = setup.network.lock();
    let sandbox = network.as_sandbox().expect("this is a sandbox");
    sandbox.set_stable_memory(setup.coordinator, memory);
}
