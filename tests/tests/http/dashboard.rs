//! The dashboard and the audit page show what the queries say, page by page.

use crate::{
    html::{attributes, links, text},
    metrics::busy,
};
use backup_coordinator_client::journal::{
    api::Visibility,
    block::{BLOCK_TYPES, Value, block_type, event_fields},
};
use integration_tests::{Network, Outcome, Setup, fleet, scenarios, web::page};

scenarios![
    runs_are_those_of_the_queries,
    stopped_canisters_are_named_and_then_counted,
    runs_page_by_page,
    the_audit_trail_page_by_page,
];

async fn runs_are_those_of_the_queries(network: Network) -> Outcome {
    let setup = Setup::builder(network).visibility(Visibility::Public).build();
    busy(&setup).await?;
    let body = page(&setup, "/dashboard");
    let shown = text(&body);
    for totals in [
        "Runs 4",
        "Awaiting preflight 1",
        "In progress 1",
        "Failed 1",
        "Completed 1",
        "Open drafts 1",
    ] {
        assert!(shown.contains(totals), "{totals}: {shown}");
    }
    let body = page(&setup, "/dashboard/runs");
    let text = text(&body);
    let mut runs = setup.as_auditor().all_journals().await?;
    runs.reverse();
    let links = links(&body);
    let shown = links.iter().filter(|(href, _)| href.starts_with("/dashboard/run/"));
    let in_list: Vec<&str> = shown.map(|(_, text)| text.as_str()).collect();
    let ids: Vec<&str> = runs.iter().map(|run| run.run_id.as_str()).collect();
    assert!(in_list.ends_with(&ids), "{in_list:?} instead of {ids:?}");
    let labels = attributes(&body, "aria-label");
    for run in &runs {
        let over = run.operations.completed + run.operations.skipped;
        let label = format!("{over} of {} operations are done", run.total_operations);
        assert!(labels.contains(&label), "{label}: {labels:?}");
    }
    assert!(text.contains("failed failed") || text.contains("1 failed"), "{text}");
    Ok(())
}

async fn stopped_canisters_are_named_and_then_counted(network: Network) -> Outcome {
    let setup = Setup::builder(network).visibility(Visibility::Public).build();
    assert!(!page(&setup, "/dashboard").contains("class=\"banner\""));
    let run = setup.driver_of(fleet::plan("nightly", &fleet::paper_fleet(23)));
    run.begin().await?;
    for _ in 0..23 {
        run.pretend().await?;
    }
    let owed = setup.as_auditor().list_starts_owed(&run.run_id, None, 500).await?;
    for url in ["/dashboard", "/dashboard/run/nightly"] {
        let body = page(&setup, url);
        assert!(body.contains("class=\"banner\""), "{url}");
        let text = text(&body);
        assert!(text.contains("23 canisters must be started"), "{url}: {text}");
        assert!(text.contains("and 3 more"), "{url}: {text}");
        let (banner, _) = text.split_once("and 3 more").ok_or("the banner ends")?;
        let named = owed.iter().filter(|owed| banner.contains(&owed.canister_id.to_text()));
        assert_eq!(named.count(), 20, "{url}: {banner}");
    }
    Ok(())
}

/// Follows the link to what is older.
fn older(body: &str) -> Option<String> {
    links(body).into_iter().find(|(_, text)| text == "Older").map(|(href, _)| href)
}

async fn runs_page_by_page(network: Network) -> Outcome {
    let setup = Setup::builder(network).visibility(Visibility::Public).build();
    let (client, fleet) = (setup.as_operator(), fleet::paper_fleet(1));
    let mut ids = Vec::new();
    for number in 0..41 {
        let plan = fleet::plan(&format!("run-{number}"), &fleet);
        if number % 7 == 3 {
            client.begin_journal_draft(&plan.header).await?;
            client.discard_journal_draft(&plan.header.run_id).await?;
        } else {
            client.create_journal(&plan).await?;
            ids.push(plan.header.run_id.to_string());
        }
    }
    ids.reverse();
    let (mut shown, mut sizes, mut next) =
        (Vec::new(), Vec::new(), Some("/dashboard/runs".to_string()));
    while let Some(url) = next {
        let body = page(&setup, &url);
        let links = links(&body);
        let runs = links.iter().filter(|(href, _)| href.starts_with("/dashboard/run/"));
        let runs: Vec<String> = runs.map(|(_, text)| text.clone()).collect();
        sizes.push(runs.len());
        shown.extend(runs);
        next = older(&body);
    }
    assert_eq!(shown, ids);
    assert_eq!(sizes, [20, 15]);
    assert!(text(&page(&setup, "/dashboard/runs?before=0")).contains("There are none."));
    Ok(())
}

async fn the_audit_trail_page_by_page(network: Network) -> Outcome {
    let setup = Setup::builder(network).visibility(Visibility::Public).build();
    busy(&setup).await?;
    let run = setup.driver_of(fleet::plan("long", &fleet::paper_fleet(12)));
    run.begin().await?;
    for _ in 0..25 {
        run.pretend().await?;
    }
    let mut events = setup.as_auditor().all_audit_events().await?;
    events.reverse();
    assert!(events.len() > 50);
    let (mut all, mut pages, mut next) = (String::new(), 0, Some("/dashboard/audit".to_string()));
    while let Some(url) = next {
        let body = page(&setup, &url);
        let (_, rows) = body.split_once("<ol").ok_or("there is a list")?;
        all.push_str(&text(&format!("<ol{rows}").replace("</main>\n</body>\n</html>", "")));
        next = older(&body);
        pages += 1;
    }
    assert_eq!(pages, events.len().div_ceil(50));
    let mut rest = all.as_str();
    for event in &events {
        let kind = block_type(&event.kind);
        let (_, what) = BLOCK_TYPES.iter().find(|(name, _)| *name == kind).ok_or("listed")?;
        let heading = format!("{} {what}", event.index);
        let (_, after) = rest.split_once(&heading).ok_or_else(|| format!("no {heading}"))?;
        let (row, after) = after.split_once(&event.caller.to_text()).ok_or("no caller")?;
        for (field, value) in event_fields(&event.kind) {
            let Value::Text(value) = value else { continue };
            let detail = format!("{}: {value}", field.replace('_', " "));
            assert!(row.contains(&detail), "{heading} lacks {detail}");
        }
        rest = after;
    }
    Ok(())
}
