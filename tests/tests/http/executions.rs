//! Health, metrics and pages say what the coordinator does by itself, and what is late.

use crate::html::text;
use backup_coordinator_client::journal::{
    FleetName, RunId,
    api::Visibility,
    execution::{BackupRequest, ExecutionPhase},
    fleet::{FleetPolicy, TransferPolicy},
};
use candid::Principal;
use canister_sandbox::{Fault, FaultAction, RejectCode};
use integration_tests::{
    Network, Outcome, Setup,
    costs::crowd::{PAGE_ALLOWED, page_cost},
    fleet, on_sandbox,
    prometheus::Scrape,
    scenarios,
    web::{http_get, page},
};
use std::time::Duration;

scenarios![
    an_execution_is_shown_in_each_phase,
    an_aborted_plan_is_over,
    a_deadline_is_shown_until_it_is_kept,
];

const RUN: &str = "/dashboard/run/nightly";
const DEADLINE_SECONDS: u64 = 600;

/// A reason that must not become a part of a page.
const REASON: &str = "<script>alert(1)</script>\u{202e}";

/// A registered fleet of a root and so many members, and a request that names the run `nightly`.
async fn registered(
    network: Network,
    members: u32,
    visibility: Visibility,
) -> Result<(Setup, BackupRequest), Box<dyn std::error::Error>> {
    let builder = Setup::builder(network).members(members).with_root().executed();
    let setup = builder.visibility(visibility).build();
    let registration = fleet::registration("shop", &setup.registry);
    setup.as_administrator().register_fleet(&registration).await?;
    let policy = FleetPolicy {
        transfer: TransferPolicy::Skip,
        restart_within_seconds: DEADLINE_SECONDS,
        ..FleetPolicy::default()
    };
    let (run_id, policy) = (Some("nightly".into()), Some(policy));
    let start_later = Some(true);
    Ok((setup, BackupRequest { run_id, policy, start_later, ..BackupRequest::default() }))
}

fn scrape(setup: &Setup) -> Scrape {
    Scrape::parse(&page(setup, "/metrics"))
}

/// How many executions there are in this phase, by the metrics.
fn in_phase(setup: &Setup, phase: &str) -> f64 {
    scrape(setup).by("backup_executions", "phase")[phase]
}

fn shop() -> FleetName {
    "shop".into()
}

async fn an_execution_is_shown_in_each_phase(network: Network) -> Outcome {
    let (setup, request) = registered(network, 2, Visibility::Public).await?;
    let operator = setup.as_operator();
    let run_id = operator.start_backup(&shop(), &request).await?.run_id;
    assert_eq!(in_phase(&setup, "planned"), 1.0);
    for url in ["/dashboard/runs", RUN] {
        let shown = text(&page(&setup, url));
        assert!(shown.contains("The coordinator waits for start_execution"), "{url}: {shown}");
    }

    operator.start_execution(&run_id).await?;
    operator.pause_execution(&run_id, REASON).await?;
    setup.network.lock().run();
    let figures = scrape(&setup);
    assert_eq!(figures.by("backup_executions", "phase")["preflight"], 1.0);
    assert_eq!(figures.value("backup_executions_paused"), 1.0);
    assert_eq!(figures.value("backup_calls_under_way"), 0.0);
    let shown = text(&page(&setup, "/dashboard/runs"));
    assert!(shown.contains("checks the targets, paused; 0 calls under way"), "{shown}");
    let body = page(&setup, RUN);
    assert!(!body.contains("<script") && !body.contains('\u{202e}'), "{body}");
    let shown = text(&body);
    let status = operator.execution_status(&run_id).await?;
    let checked = format!("{} of 3 targets are checked.", status.preflight.checked);
    for part in [&*checked, "Paused since", "<script>alert(1)</script>\\u{202e}"] {
        assert!(shown.contains(part), "{part}: {shown}");
    }

    operator.resume_execution(&run_id).await?;
    finish(&setup, &run_id).await?;
    let figures = scrape(&setup);
    assert_eq!(figures.by("backup_executions", "phase")["over"], 1.0);
    assert_eq!(figures.value("backup_executions_paused"), 0.0);
    let shown = text(&page(&setup, RUN));
    assert!(shown.contains("The coordinator has done its part"), "{shown}");
    assert!(
        !text(&page(&setup, "/dashboard/runs")).contains("The coordinator"),
        "it does nothing more"
    );
    assert_eq!(http_get(&setup, "/health").status, 200);
    Ok(())
}

async fn an_aborted_plan_is_over(network: Network) -> Outcome {
    let (setup, request) = registered(network, 1, Visibility::Public).await?;
    let operator = setup.as_operator();
    let run_id = operator.start_backup(&shop(), &request).await?.run_id;
    operator.abort_run(&run_id, "not tonight").await?;
    finish(&setup, &run_id).await?;
    assert_eq!(in_phase(&setup, "planned"), 0.0);
    // The fleet can be backed up again.
    let request = BackupRequest { run_id: Some("tomorrow".into()), ..request };
    operator.start_backup(&shop(), &request).await?;
    Ok(())
}

/// Leaves the coordinator to itself until it has done its part.
async fn finish(setup: &Setup, run_id: &RunId) -> Outcome {
    for _ in 0..500 {
        setup.network.lock().run();
        if setup.as_auditor().execution_status(run_id).await?.phase == ExecutionPhase::Over {
            return Ok(());
        }
        setup.network.advance(Duration::from_secs(5));
    }
    Err("it is not over".into())
}

/// A driver outside, whose run is of no registered fleet: nobody starts its canisters.
async fn a_deadline_is_shown_until_it_is_kept(network: Network) -> Outcome {
    let setup = Setup::builder(network).visibility(Visibility::Public).build();
    let run = setup.driver_of(fleet::plan("nightly", &fleet::paper_fleet(2)));
    run.begin().await?;
    run.client.set_restart_deadline(&run.run_id, DEADLINE_SECONDS).await?;
    let distance = "backup_restart_deadline_seconds";
    assert!(scrape(&setup).samples(distance).is_empty(), "nothing is stopped yet");
    run.pretend().await?;
    let (figures, left) = (scrape(&setup), setup.network.now());
    let seconds = figures.value(distance);
    assert!((590.0..=600.0).contains(&seconds), "{seconds}");
    assert_eq!(figures.value("backup_restart_deadline_overdue_seconds"), 0.0);
    assert_eq!(http_get(&setup, "/health").status, 200);

    setup.network.advance(Duration::from_secs(DEADLINE_SECONDS + 60));
    setup.network.lock().run();
    let figures = scrape(&setup);
    assert!(figures.samples(distance).is_empty(), "it has passed");
    let passed = f64::from(u32::try_from((figures.time - left / 1_000_000) / 1_000)?) - seconds;
    let late = figures.value("backup_restart_deadline_overdue_seconds");
    assert!((late - passed).abs() < 2.0, "{late}, not {passed}");
    let health = http_get(&setup, "/health");
    assert_eq!(health.status, 503);
    for line in [
        "restart deadline passed: 1 runs still owe starts; the first is 1 min ",
        "restart deadline passed: run nightly is 1 min ",
        "execution in trouble: run nightly: the restart deadline of 600 seconds has passed",
    ] {
        assert!(health.body.contains(line), "{line}: {}", health.body);
    }
    for url in ["/dashboard/runs", RUN] {
        let shown = text(&page(&setup, url));
        assert!(shown.contains("The coordinator starts what a driver has left"), "{url}: {shown}");
    }
    let shown = text(&page(&setup, RUN));
    assert!(shown.contains("Restart deadline passed 1 min "), "{shown}");

    // They are seen to run.
    let administrator = setup.as_administrator();
    for target in &run.plan.targets {
        let owed = run.client.list_starts_owed(&run.run_id, None, 10).await?;
        if owed.iter().any(|owed| owed.canister_id == target.canister_id) {
            administrator.settle_start(&run.run_id, target.canister_id, "it runs").await?;
        }
    }
    let health = http_get(&setup, "/health");
    assert!(!health.body.contains("deadline passed:"), "{}", health.body);
    Ok(())
}

/// Every start is refused.
fn refuse_starts(setup: &Setup) {
    let mut network = setup.network.lock();
    let sandbox = network.as_sandbox().expect("a sandbox");
    for _ in 0..200 {
        sandbox.inject(Fault {
            callee: Some(Principal::management_canister()),
            method: Some("start_canister".to_string()),
            sender: Some(setup.coordinator),
            skip: 0,
            action: FaultAction::Reject {
                code: RejectCode::SysTransient,
                message: "the subnet is busy".to_string(),
            },
        });
    }
}

#[test]
fn a_start_that_goes_wrong_again_and_again_is_told() {
    on_sandbox(|network| async move {
        let (setup, request) = registered(network, 2, Visibility::Public).await?;
        let request = BackupRequest { start_later: None, ..request };
        let run_id = setup.as_operator().start_backup(&shop(), &request).await?.run_id;
        refuse_starts(&setup);
        for _ in 0..6 {
            setup.network.lock().run();
            setup.network.advance(Duration::from_secs(10));
        }
        let health = http_get(&setup, "/health");
        assert_eq!(health.status, 503, "{}", health.body);
        let status = setup.as_auditor().execution_status(&run_id).await?;
        let waiting = status.waiting.first().ok_or("a start waits")?;
        let line = format!("start fails: {} of run nightly: ", waiting.canister_id);
        assert!(health.body.contains(&line), "{line}: {}", health.body);
        assert!(health.body.contains("the subnet is busy"), "{}", health.body);
        let failed = scrape(&setup).by("backup_calls_failed_total", "error");
        assert!(failed["SYS_TRANSIENT"] >= 3.0, "{failed:?}");
        assert_eq!(failed["SYS_UNKNOWN"], 0.0);
        let shown = text(&page(&setup, RUN));
        let row = format!("waits {} until ", waiting.canister_id);
        assert!(shown.contains(&row) && shown.contains("the subnet is busy"), "{row}: {shown}");

        // It is not told any more when it is done.
        setup.network.lock().as_sandbox().ok_or("a sandbox")?.withdraw_faults();
        finish(&setup, &run_id).await?;
        assert_eq!(http_get(&setup, "/health").status, 200);
        Ok(())
    });
}

#[test]
fn members_get_the_numbers_of_what_goes_wrong_alone() {
    on_sandbox(|network| async move {
        let (setup, request) = registered(network, 2, Visibility::Members).await?;
        let request = BackupRequest { start_later: None, ..request };
        setup.as_operator().start_backup(&shop(), &request).await?;
        refuse_starts(&setup);
        for _ in 0..12 {
            setup.network.lock().run();
            setup.network.advance(Duration::from_mins(1));
        }
        let health = http_get(&setup, "/health");
        assert_eq!(health.status, 503);
        for part in ["deadline passed: 1 runs", "in trouble: 1 runs", "start fails: "] {
            assert!(health.body.contains(part), "{part}: {}", health.body);
        }
        assert!(!health.body.contains("nightly"), "{}", health.body);
        for member in &setup.members {
            assert!(!health.body.contains(&member.to_text()), "{}", health.body);
        }
        assert!(!page(&setup, "/dashboard").contains("The coordinator performs"));
        Ok(())
    });
}

#[test]
fn calls_under_way_are_listed_and_what_was_unknown_is_counted() {
    on_sandbox(|network| async move {
        let (setup, request) = registered(network, 2, Visibility::Public).await?;
        let request = BackupRequest { start_later: None, ..request };
        let operator = setup.as_operator();
        let run_id = operator.start_backup(&shop(), &request).await?.run_id;
        {
            let mut network = setup.network.lock();
            network.as_sandbox().ok_or("a sandbox")?.inject(Fault {
                callee: Some(Principal::management_canister()),
                method: Some("stop_canister".to_string()),
                sender: Some(setup.coordinator),
                skip: 0,
                action: FaultAction::DropReply,
            });
        }
        let mut most = 0;
        for _ in 0..200 {
            setup.network.lock().step();
            let calls = operator.execution_status(&run_id).await?.under_way;
            assert_eq!(
                scrape(&setup).value("backup_calls_under_way"),
                f64::from(u32::try_from(calls.len())?)
            );
            if calls.len() <= most {
                continue;
            }
            most = calls.len();
            let shown = text(&page(&setup, RUN));
            for call in calls {
                let row = format!("call {} under way for ", call.canister_id);
                assert!(shown.contains(&row), "{row}: {shown}");
            }
            let words = format!("; {most} call");
            let shown = text(&page(&setup, "/dashboard/runs"));
            assert!(shown.contains(&words), "{words}: {shown}");
        }
        assert!(most > 1, "several targets are checked at a time");
        finish(&setup, &run_id).await?;
        let figures = scrape(&setup);
        assert_eq!(figures.value("backup_operations_settled_by_looking_total"), 1.0);
        assert_eq!(figures.by("backup_calls_failed_total", "error")["SYS_UNKNOWN"], 1.0);
        Ok(())
    });
}

/// So many runs with a deadline are searched, and so many of them read.
const SEARCHED: u64 = 1_000;
const READ: u64 = 100;

#[test]
fn a_thousand_deadlines_can_be_looked_at() {
    on_sandbox(|network| async move {
        let setup = Setup::builder(network).visibility(Visibility::Public).build();
        let mut costs = Vec::new();
        // Runs that owe a start, and then runs that owe none.
        for (from, to, stopped) in [(0_u32, 20, true), (20, 70, true), (70, 120, false)] {
            for number in from..to {
                let name = format!("{number}-{}", "n".repeat(100));
                let plan = fleet::plan(&name, &fleet::paper_fleet_of(&name, 1));
                let run = setup.driver_of(plan);
                run.begin().await?;
                if stopped {
                    run.pretend().await?;
                }
                run.client.set_restart_deadline(&run.run_id, DEADLINE_SECONDS).await?;
            }
            costs.push(["/health", "/metrics"].map(|url| page_cost(&setup, url)));
        }
        for page in 0..2 {
            let each = |from: usize| costs[from + 1][page].saturating_sub(costs[from][page]) / 50;
            let (read, searched) = (each(0), each(1));
            println!("{read} instructions for each that owes a start, {searched} for each other");
            let largest = costs[0][page] + read * (READ - 20) + searched * (SEARCHED - READ);
            assert!(largest < PAGE_ALLOWED, "{costs:?}: {largest}");
        }
        Ok(())
    });
}
