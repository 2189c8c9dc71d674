//! `backupctl serve`: rehearses a backup, or a part of one, and then serves the coordinator's pages on this machine.

pub mod args;
mod gateway;

use crate::{
    output,
    rehearse::{rehearsal::Rehearsal, report::Report, table},
    usage::UsageError,
};
use anyhow::{Context, Result};
use args::ServeArgs;
use backup_journal::api::Visibility;
use gateway::Gateway;
use serde::Serialize;
use std::net::Ipv4Addr;
use tokio::{net::TcpListener, runtime::Builder};

/// What `--json` writes, in one line.
#[derive(Serialize)]
struct Served<'a> {
    /// The address of the dashboard.
    url: &'a str,
    /// What a rehearsal would have written.
    report: &'a Report,
}

/// Rehearses and serves, until the process is ended.
pub fn serve(args: &ServeArgs) -> Result<bool> {
    // One thread will do: there is one sandbox, which answers one request at a time.
    let runtime = Builder::new_current_thread().enable_all().build();
    runtime.context("nothing can be served")?.block_on(run(args))
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
    let url = format!("http://{address}/dashboard");
    let mut rehearsal = Rehearsal::open(&args.run, Visibility::Public, args.pause_at).await?;
    let course = rehearsal.play().await;
    let report = rehearsal.report(course).await?;
    show(args, &url, &report)?;
    let stage = rehearsal.stage;
    Gateway::new(stage.network, stage.coordinator, address.port()).serve(listener).await
}

fn show(args: &ServeArgs, url: &str, report: &Report) -> Result<()> {
    if let Some(problem) = report.first_problem() {
        output::tell(&format!("error: {problem}"));
    }
    if args.run.json {
        let line = serde_json::to_string(&Served { url, report })?;
        return output::answer(&format!("{line}\n"));
    }
    output::show(&format!("{}\n{url}\n", table::render(report)));
    output::tell("The pages are served until this is ended, with Ctrl-C.");
    Ok(())
}
