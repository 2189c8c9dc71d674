//! `backupctl serve`: rehearses a backup, or a part of one, and then serves the network on this machine: the
//! coordinator's pages for a browser, and all canisters for the tools of the network.

pub mod args;
mod desk;

use crate::{
    clock::now,
    output,
    rehearse::{on_chain, rehearsal::Rehearsal, report::Report, stage::Scene, table},
    task::block_on,
    usage::UsageError,
};
use anyhow::Result;
use args::ServeArgs;
use backup_journal::{Timestamp, api::Visibility, fleet::FleetPolicy};
use candid::Principal;
use sandbox_gateway::Gateway;
use serde::Serialize;
use std::{net::Ipv4Addr, path::Path};
use tokio::net::TcpListener;

/// How long before now a rehearsal begins: longer than it takes in network time, since the clock of the network cannot be
/// ahead of that of its clients.
const HEAD_START_NANOS: u64 = 20 * 60 * 1_000_000_000;

/// What `--json` writes, in one line.
#[derive(Serialize)]
struct Served<'a> {
    /// The address of the network for other tools.
    network: &'a str,
    /// The key that its certificates verify against, in hexadecimal.
    root_key: &'a str,
    /// The coordinator.
    coordinator: Principal,
    /// The address of the dashboard.
    url: &'a str,
    /// What a rehearsal would have written.
    report: &'a Report,
}

/// Rehearses and serves, until the process is ended.
pub fn serve(args: &ServeArgs) -> Result<bool> {
    // One thread will do: there is one sandbox, which answers one request at a time.
    block_on(run(args))
}

async fn run(args: &ServeArgs) -> Result<bool> {
    // First, so that a port in use is found before a long rehearsal. Other machines cannot connect to 127.0.0.1.
    let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, args.port)).await.map_err(|error| {
        UsageError(format!(
            "port {} cannot be served on: {error}; --port 0 takes a free one",
            args.port
        ))
    })?;
    let address = listener.local_addr()?;
    let scene = Scene {
        visibility: Visibility::Public,
        begins: Some(Timestamp(now()?.0.saturating_sub(HEAD_START_NANOS))),
        operators: [args.operator.as_slice(), &[desk::operator()?]].concat(),
    };
    let mut rehearsal = Rehearsal::open(&args.run, &scene, args.pause_at).await?;
    let course = rehearsal.play().await;
    if !args.run.on_chain {
        on_chain::register(&rehearsal.stage, FleetPolicy::default()).await?;
    }
    let report = rehearsal.report(course).await?;
    let (stage, folder) = (rehearsal.stage, rehearsal.folder);
    let network = format!("http://{address}");
    let config = desk::write(folder.path(), &stage, &network)?;
    let served = Served {
        url: &format!("{network}/dashboard"),
        network: &network,
        root_key: &hex::encode(stage.network.sandbox().root_key()),
        coordinator: stage.coordinator,
        report: &report,
    };
    show(args, &served, &stage.fleet.name, &config)?;
    let gateway = Gateway::new(stage.network.share()).with_home(stage.coordinator);
    let lost = |error| output::tell(&format!("error: a connection was lost: {error}"));
    Ok(gateway.serve(listener, lost).await?)
}

fn show(args: &ServeArgs, served: &Served, fleet: &str, config: &Path) -> Result<()> {
    let Served { url, network, coordinator, report, .. } = served;
    if let Some(problem) = report.first_problem() {
        output::tell(&format!("error: {problem}"));
    }
    if args.run.json {
        let line = serde_json::to_string(served)?;
        return output::answer(&format!("{line}\n"));
    }
    output::show(&format!("{}\n{url}\n", table::render(report)));
    output::tell(&format!(
        "For other tools: --network {network} --root-key fetch; the coordinator is {coordinator}."
    ));
    let program = std::env::current_exe().unwrap_or_else(|_| "backupctl".into());
    let (program, config) = (program.display(), config.display());
    output::tell("To back the fleet up from another terminal, in this folder:");
    output::tell(&format!("  {program} run --fleet {fleet} --config {config}"));
    output::tell("The network is served until this is ended, with Ctrl-C.");
    Ok(())
}
