//! `backupctl fetch`: brings the snapshots of one run here, or, as a service, those of every run.

pub mod args;
mod begin;
mod claims;
mod keep;
mod pass;
mod service;
mod shelf;
mod status;
mod transfer;
mod waits;

use crate::{
    backup::folder::to_json,
    exit::Exit,
    output,
    run::{self, args::ResumeArgs},
    tables::table,
    task::block_on,
    words::time,
};
use anyhow::{Context, Result};
use args::{FetchArgs, WatchArgs};
use keep::{Reason, State};
use serde::Serialize;
use service::Service;
use shelf::Shelf;
use std::{collections::BTreeMap, path::PathBuf};

/// Fetches one run, or every run until it is ended.
pub fn fetch(args: FetchArgs) -> Result<Exit> {
    let FetchArgs { run_id, watch, work } = args;
    if let Some(run_id) = run_id {
        return run::fetch(ResumeArgs { run_id, work });
    }
    let base = watch.watch.clone().context("BUG: neither a run nor a folder is named")?;
    let settings = work.connection.settings()?;
    if watch.dry_run {
        return show(&watch, &Shelf::of(base, settings.coordinator()?), work.json);
    }
    block_on(async { Service::of(base, settings, watch, &work)?.run().await })
}

/// A backup, and why it is kept.
#[derive(Serialize)]
struct Row {
    #[serde(flatten)]
    backup: keep::Backup,
    /// Why it is kept; none if it would be deleted.
    kept_as: Vec<Reason>,
    folder: PathBuf,
}

/// Shows which backups would be kept.
fn show(args: &WatchArgs, shelf: &Shelf, json: bool) -> Result<Exit> {
    let rows: Vec<Row> = shelf
        .decide(args.keep(), &BTreeMap::new())?
        .into_iter()
        .map(|(backup, kept_as)| Row { folder: shelf.path(&backup.name), backup, kept_as })
        .collect();
    if json {
        output::answer(&to_json(&rows)?)?;
    } else {
        let header = ["backup", "fleet", "begun", "state", "", "why"];
        output::show(&(table(header, rows.iter().map(cells), &[]) + "\n"));
    }
    Ok(Exit::Complete)
}

fn cells(row: &Row) -> [String; 6] {
    let Row { backup, kept_as, .. } = row;
    let state = match &backup.state {
        State::Complete => "complete",
        State::Partial => "members are missing",
        State::Unfinished => "not all fetched",
        State::Damaged(problem) => problem,
        State::Foreign => "",
    };
    let known = !backup.fleet.is_empty();
    [
        backup.name.clone(),
        backup.fleet.clone(),
        if known { time(backup.begun_at) } else { String::new() },
        state.to_owned(),
        if kept_as.is_empty() { "delete" } else { "keep" }.to_owned(),
        kept_as.iter().map(|reason| reason.text()).collect::<Vec<_>>().join(", "),
    ]
}
