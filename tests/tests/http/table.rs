//! `docs/http.md` lists every metric as it is served.

use crate::{cycles::live, metrics::busy};
use backup_coordinator_client::journal::{
    api::Visibility,
    execution::BackupRequest,
    journal::DrillReport,
    schedule::{Schedule, Timing},
};
use integration_tests::{Outcome, Setup, fleet, on_sandbox, prometheus::Scrape, web::page};
use std::collections::{BTreeMap, BTreeSet};

const PAGE: &str = include_str!("../../../docs/http.md");
const ALERTS: &str = include_str!("../../../docs/alerts.yml");

/// Metrics by name: their type and the labels of their samples.
type Metrics = BTreeMap<String, (String, BTreeSet<String>)>;

fn documented() -> Metrics {
    let rows = PAGE.lines().filter(|line| line.starts_with("| `backup_"));
    rows.map(|row| {
        let cells: Vec<&str> = row.trim_matches('|').split('|').map(str::trim).collect();
        let [name, kind, labels, unit, meaning] = cells[..] else { panic!("five cells: {row}") };
        assert!(!unit.is_empty() && !meaning.is_empty(), "{row}");
        // What is between backticks.
        let labels: BTreeSet<String> =
            labels.split('`').skip(1).step_by(2).map(str::to_string).collect();
        (name.trim_matches('`').to_string(), (kind.to_string(), labels))
    })
    .collect()
}

/// What is served with one visibility or the other.
async fn served() -> Result<Metrics, Box<dyn std::error::Error>> {
    let mut metrics = Metrics::new();
    for visibility in [Visibility::Public, Visibility::Members] {
        let network = integration_tests::Network::sandbox();
        let setup = Setup::builder(network)
            .members(1)
            .with_root()
            .executed()
            .visibility(visibility)
            .build();
        busy(&setup).await?;
        live(&setup, 1).await?;
        let late = setup.driver_of(fleet::plan("late", &fleet::paper_fleet_of("late", 1)));
        late.begin().await?;
        late.pretend().await?;
        late.client.set_restart_deadline(&late.run_id, 600).await?;
        let whole = setup.driver_of(fleet::plan("whole", &fleet::paper_fleet_of("whole", 1)));
        whole.begin().await?;
        while whole.client.next_ready_operation(&whole.run_id).await?.is_some() {
            whole.pretend().await?;
        }
        let report = DrillReport { proven_targets: 1, note: None };
        whole.client.record_drill(&whole.run_id, &report).await?;
        let administrator = setup.as_administrator();
        let scheduled = fleet::registration("scheduled", &setup.registry);
        administrator.register_fleet(&scheduled).await?;
        let timing = Timing::EverySeconds(86_400);
        let schedule =
            Schedule { timing, window_seconds: None, paused: false, keep_on_network: None };
        administrator.set_schedule(&scheduled.fleet, &schedule).await?;
        setup.as_operator().start_backup(&scheduled.fleet, &BackupRequest::default()).await?;
        setup.network.lock().run();
        let scrape = Scrape::parse(&page(&setup, "/metrics"));
        for (name, (_, kind)) in &scrape.described {
            let samples = scrape.samples(name);
            assert!(!samples.is_empty(), "there is no sample of {name}");
            let labels = samples.iter().flat_map(|(labels, _)| labels.keys().cloned());
            let metric = metrics.entry(name.clone()).or_default();
            metric.0.clone_from(kind);
            metric.1.extend(labels);
        }
    }
    Ok(metrics)
}

#[test]
fn every_metric_is_documented_as_it_is_served() {
    on_sandbox(|_| async {
        assert_eq!(documented(), served().await?);
        Outcome::Ok(())
    });
}

#[test]
fn the_page_and_the_alerts_name_metrics_that_are_there() {
    let documented = documented();
    let examples = PAGE.split("\n## ").find(|part| part.starts_with("Metrics")).expect("a chapter");
    let mut named = 0;
    let alerts = ALERTS.lines().filter(|line| line.contains("expr:"));
    for line in examples.lines().filter(|line| !line.starts_with('|')).chain(alerts) {
        let words = line.split(|sign: char| !sign.is_ascii_alphanumeric() && sign != '_');
        for word in words.filter(|word| word.starts_with("backup_")) {
            assert!(documented.contains_key(word), "{word}: {line}");
            named += 1;
        }
    }
    assert!(named > 3, "hardly any is named");
}
