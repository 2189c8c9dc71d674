//! After the upgrade nothing is missing, and nothing is different.

use crate::{
    answers, figures,
    image::{Image, all},
};
use backup_coordinator_client::{
    audit::Chain,
    journal::{Timestamp, journal::RunOutcome},
};
use integration_tests::{
    Outcome, Setup,
    prometheus::Scrape,
    web::{http_get, page},
};
use std::collections::BTreeMap;

/// Upgrades from each image, and looks at what comes out.
pub fn after_upgrade(mut test: impl AsyncFnMut(&Image, &Setup) -> Outcome) {
    for image in all() {
        let setup = image.upgrade();
        let looked = pollster::block_on(test(&image, &setup));
        looked.unwrap_or_else(|error| panic!("upgrade from {}: {error}", image.setting.version));
    }
}

fn none(differences: &[String]) -> Outcome {
    if differences.is_empty() { Ok(()) } else { Err(differences.join("\n").into()) }
}

#[test]
fn every_query_is_answered_as_before() {
    after_upgrade(async |image, setup| {
        assert!(
            integration_tests::answers::entries(&image.answers).count() > 100,
            "hardly anything was asked"
        );
        none(&answers::differences(setup, image.person("auditor"), &image.answers))
    });
}

#[test]
fn every_figure_is_the_same() {
    after_upgrade(async |image, setup| {
        let recorded = figures::parse(&image.figures);
        assert!(recorded.len() > 20, "hardly any figures");
        let now = figures::now(setup);
        none(&figures::differences(&recorded, &now))?;
        let queries = figures::of_the_queries(&image.client(setup, "auditor")).await?;
        none(&figures::differences(&queries, &now))
    });
}

/// What was completed before counts by what it has saved.
#[test]
fn the_last_backups_are_those_of_the_runs() {
    after_upgrade(async |image, setup| {
        let client = image.client(setup, "auditor");
        for (metric, least) in [
            ("backup_last_on_network_age_seconds", RunOutcome::OnNetwork),
            ("backup_last_complete_age_seconds", RunOutcome::Complete),
        ] {
            let mut last: BTreeMap<String, Timestamp> = BTreeMap::new();
            for run in client.all_journals().await? {
                if run.outcome.is_none_or(|outcome| outcome < least) {
                    continue;
                }
                let start = u64::from(run.total_receipts - 1);
                let last_receipt = client.list_operation_receipts(&run.run_id, start, 1).await?;
                let ended = last_receipt.items[0].recorded_at;
                let before = last.entry(run.fleet).or_insert(ended);
                *before = (*before).max(ended);
            }
            let shown = Scrape::parse(&page(setup, "/metrics"));
            let ages: BTreeMap<String, f64> = last
                .into_iter()
                .map(|(fleet, ended)| (fleet, seconds(setup.network.now() - ended.0)))
                .collect();
            assert!(!ages.is_empty(), "the image has backups");
            assert_eq!(shown.by(metric, "fleet"), ages, "{metric}");
        }
        Ok(())
    });
}

/// As metrics tell them, to the millisecond.
fn seconds(nanos: u64) -> f64 {
    let millis = u32::try_from(nanos / 1_000_000).expect("a test does not take weeks");
    f64::from(millis) / 1e3
}

#[test]
fn every_page_is_shown() {
    after_upgrade(async |image, setup| {
        let health = http_get(setup, "/health");
        assert_eq!(health.status, 503, "a start is overdue: {}", health.body);
        let runs = image.client(setup, "auditor").all_journals().await?;
        let of_runs = runs.iter().map(|run| format!("/dashboard/run/{}", run.run_id));
        let pages = ["/dashboard", "/dashboard/runs", "/dashboard/audit", "/logs", "/style.css"];
        for page in pages.map(str::to_string).into_iter().chain(of_runs) {
            let answer = http_get(setup, &page);
            assert_eq!(answer.status, 200, "{page}: {}", answer.body);
        }
        Ok(())
    });
}

#[test]
fn the_log_holds_from_its_first_block_on() {
    after_upgrade(async |image, setup| {
        let client = image.client(setup, "auditor");
        let verified = client.audit(&setup.trust()).await?;
        let blocks = image.setting.blocks as u64;
        assert_eq!(verified.replay.length(), blocks, "an upgrade is told by nobody");
        let evidence = client.fetch_log().await?;
        let before = Chain::check(&evidence.blocks[..image.setting.blocks])?;
        assert_eq!(before.tip.map(hex::encode), Some(image.setting.tip.clone()));
        Ok(())
    });
}
