//! The commands that look at the runs of a coordinator.

mod abort;
pub mod args;
mod gather;
mod list;
mod render;
mod told;
mod watch;

use crate::{
    agent::connect::Connection, backup::folder::to_json, exit::Exit, output, task::block_on,
};
use anyhow::Result;
use args::{AbortArgs, ListArgs, StatusArgs};
use backup_journal::RunId;
use gather::Course;
use std::collections::BTreeSet;
pub use told::told;

/// Lists runs, the newest first.
pub fn list(args: &ListArgs) -> Result<Exit> {
    block_on(async {
        let connection = args.connection.connect().await?;
        let wanted = |fleet: &str| args.fleet.as_deref().is_none_or(|name| name == fleet);
        let runs =
            list::newest(&connection.coordinator, args.limit as usize, |run| wanted(&run.fleet));
        let runs = runs.await.map_err(told)?;
        if args.json {
            output::answer(&to_json(&runs)?)?;
        } else {
            output::show(&list::render(&runs));
        }
        Ok(Exit::Complete)
    })
}

/// Shows where a run stands, or all runs that matter now.
pub fn status(args: &StatusArgs) -> Result<Exit> {
    block_on(async {
        let connection = args.connection.connect().await?;
        match &args.run {
            Some(run_id) if args.watch => watch::watch(&connection, run_id, args.json).await,
            Some(run_id) => status_of(&connection, run_id, args.json).await,
            None => status_of_all(&connection, args.json).await,
        }
    })
}

/// Aborts a run.
pub fn abort(args: &AbortArgs) -> Result<Exit> {
    block_on(async {
        let connection = args.connection.connect().await?;
        let AbortArgs { run: run_id, reason, yes, json, .. } = args;
        abort::abort(&connection, run_id, reason, (*yes, *json)).await
    })
}

async fn status_of(connection: &Connection, run_id: &RunId, json: bool) -> Result<Exit> {
    let course = Course::gather(connection, run_id).await.map_err(told)?;
    if json {
        output::answer(&to_json(&course)?)?;
    } else {
        output::show(&render::render(&course));
    }
    Ok(course.exit())
}

/// The runs that are not over, and the last one of each fleet.
async fn status_of_all(connection: &Connection, json: bool) -> Result<Exit> {
    let mut fleets = BTreeSet::new();
    let runs = list::newest(&connection.coordinator, usize::MAX, |run| {
        let is_last = fleets.insert(run.fleet.clone());
        is_last || run.outcome.is_none() || run.starts_owed > 0
    });
    let runs = runs.await.map_err(told)?;
    if json {
        output::answer(&to_json(&runs)?)?;
    } else {
        output::show(&list::render(&runs));
    }
    Ok(Exit::Complete)
}
