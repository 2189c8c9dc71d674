//! Whatever an operator typed is text, on every page.

use crate::html::{links, structure, text};
use backup_coordinator_client::journal::{
    api::Visibility, journal::OperationReceipt, plan::BackupPlan, text::visible,
};
use integration_tests::{
    Network, Outcome, Setup, fleet, scenarios,
    web::{encode, page},
};

scenarios![
    whatever_was_typed_is_text,
    every_name_of_a_run_has_a_page,
    what_would_be_hidden_is_written_out,
];

/// As long as a name may be, with all that means something to a browser, an address or a template.
fn nasty(begin: &str) -> String {
    let text =
        r#"<script>alert('1')</script>"&amp;{{7*7}}/..%2e?a=b#c<!--ü🦀日本--></p><a href="x">"#;
    let mut name = format!("{begin}{text}");
    while name.len() < 128 {
        name.push('>');
    }
    assert_eq!(name.len(), 128);
    name
}

fn plan(text: impl Fn(&str) -> String) -> BackupPlan {
    let mut plan = fleet::plan("x", &fleet::paper_fleet(1));
    plan.header.run_id = text("run").into();
    plan.header.plan_id = text("plan").into();
    plan.header.fleet = text("fleet");
    for operation in &mut plan.phases {
        operation.operation_id = text(&operation.order.to_string());
    }
    plan
}

/// A run with a failure and then a success, and everything that can be typed on the way.
async fn typed(setup: &Setup, text: impl Fn(&str) -> String) -> Outcome {
    let run = setup.driver_of(plan(&text));
    run.create().await?;
    run.accept(&run.preflight(&text("pre"))).await?;
    for complete in [false, true] {
        let claimed = run.claim().await?;
        let receipt = if complete {
            run.completed(&claimed)
        } else {
            run.failed(&claimed, &text("reason").repeat(16))
        };
        run.report(&OperationReceipt {
            preflight_id: Some(text("pre").into()),
            snapshot_id: Some(text("snapshot")),
            artifact_path: Some(text("path")),
            checksum: Some(text("sum")),
            ..receipt
        })
        .await?;
    }
    Ok(())
}

async fn whatever_was_typed_is_text(network: Network) -> Outcome {
    let plain = Setup::builder(network.clone()).visibility(Visibility::Public).build();
    typed(&plain, str::to_string).await?;
    let other = Setup::builder(network).visibility(Visibility::Public).build();
    typed(&other, nasty).await?;
    let run = format!("/dashboard/run/{}", encode(&nasty("run")));
    for (url, same) in [
        ("/dashboard", "/dashboard"),
        ("/dashboard/runs", "/dashboard/runs"),
        ("/dashboard/audit", "/dashboard/audit"),
        (run.as_str(), "/dashboard/run/run"),
    ] {
        let body = page(&other, url);
        assert_eq!(structure(&body), structure(&page(&plain, same)), "{url}");
        let text = text(&body);
        assert!(text.contains(&nasty("run")), "{url}: {text}");
    }
    let text = text(&page(&other, &run));
    for typed in ["plan", "fleet", "pre", "reason", "snapshot", "path", "sum", "4"] {
        assert!(text.contains(&nasty(typed)), "{typed}: {text}");
    }
    Ok(())
}

async fn every_name_of_a_run_has_a_page(network: Network) -> Outcome {
    let setup = Setup::builder(network).visibility(Visibility::Public).build();
    let names = [".", "..", "a b", "a+b", "%", "a/b", "?page=2", "#", "ü", &nasty("n")];
    for name in names {
        let mut plan = fleet::plan(name, &fleet::paper_fleet(1));
        plan.header.plan_id = "plan".into();
        setup.as_operator().create_journal(&plan).await?;
    }
    let links = links(&page(&setup, "/dashboard/runs"));
    for name in names {
        let (href, _) = links.iter().find(|(_, text)| text == name).ok_or(name)?;
        assert!(href.is_ascii() && !href.contains(['"', ' ', '<', '#']), "{href}");
        let title = format!("Run {}", name.split_whitespace().collect::<Vec<_>>().join(" "));
        assert!(text(&page(&setup, href)).contains(&title), "{href}");
    }
    Ok(())
}

/// Whether this is put out of sight, or puts others there or in another place.
const fn is_hidden(character: char) -> bool {
    matches!(character, '\0'..='\x1f' | '\x7f'..='\u{9f}' | '\u{ad}' | '\u{61c}' | '\u{200b}'..='\u{200f}')
        || matches!(character, '\u{2028}'..='\u{202e}' | '\u{2060}'..='\u{2064}' | '\u{2066}'..='\u{206f}' | '\u{feff}')
}

/// A reason is free text, and is kept as it came.
async fn what_would_be_hidden_is_written_out(network: Network) -> Outcome {
    let setup = Setup::builder(network).visibility(Visibility::Public).build();
    let hidden: String = ('\0'..='\u{ffff}').filter(|character| is_hidden(*character)).collect();
    let reason = format!("no{hidden}cycles שלום");
    let run = setup.driver_of(fleet::plan("nightly", &fleet::paper_fleet(1)));
    run.begin().await?;
    let claimed = run.claim().await?;
    let receipt =
        OperationReceipt { artifact_path: Some(reason.clone()), ..run.failed(&claimed, &reason) };
    run.report(&receipt).await?;
    let kept = setup.as_auditor().list_operation_receipts(&run.run_id, 0, 1).await?.items.remove(0);
    assert_eq!(kept.receipt.failure_reason.as_ref(), Some(&reason));
    for url in ["/dashboard/run/nightly", "/dashboard/audit"] {
        let body = page(&setup, url);
        let raw = body.chars().find(|it| *it != '\n' && is_hidden(*it));
        assert_eq!(raw, None, "{url}");
        let text = text(&body);
        let shown = visible(&reason);
        assert_eq!(text.matches(&*shown).count(), 2, "{url}: {shown}: {text}");
    }
    Ok(())
}
