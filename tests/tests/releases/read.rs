//! After the upgrade nothing is missing, and nothing is different.

use crate::{
    answers, figures,
    image::{Image, all, trust},
};
use backup_coordinator_client::audit::Chain;
use integration_tests::{Outcome, Setup, web::http_get};

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

#[test]
fn every_page_is_shown() {
    after_upgrade(async |image, setup| {
        let health = http_get(setup, "/health");
        assert_eq!(health.status, 503, "a start is overdue: {}", health.body);
        let runs = image.client(setup, "auditor").all_journals().await?;
        let of_runs = runs.iter().map(|run| format!("/dashboard/run/{}", run.run_id));
        let pages = ["/dashboard", "/dashboard/audit", "/logs", "/style.css"];
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
        let verified = client.audit(&trust(setup)).await?;
        assert_eq!(verified.entries.len(), image.setting.blocks, "an upgrade is told by nobody");
        let evidence = client.fetch_log().await?;
        let before = Chain::check(&evidence.blocks[..image.setting.blocks])?;
        assert_eq!(before.tip.map(hex::encode), Some(image.setting.tip.clone()));
        Ok(())
    });
}
