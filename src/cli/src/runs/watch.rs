//! The course of a run, again and again.

use super::{gather::Course, render::render, told::told};
use crate::{
    agent::connect::Connection,
    exit::Exit,
    network::{Network, may_pass},
    output,
};
use anyhow::Result;
use backup_coordinator_client::ClientError;
use backup_journal::RunId;
use indicatif::{ProgressBar, ProgressStyle};
use std::{
    io::{IsTerminal, stderr},
    time::Duration,
};

/// How often the coordinator is asked.
const INTERVAL: Duration = Duration::from_secs(2);

/// Shows the course until the run is over: redrawn on a terminal, and otherwise, or as JSON in a line, when it has changed.
pub async fn watch(connection: &Connection, run_id: &RunId, json: bool) -> Result<Exit> {
    let drawn = stderr().is_terminal() && !json;
    let screen = if drawn { ProgressBar::new_spinner() } else { ProgressBar::hidden() };
    screen.set_style(ProgressStyle::with_template("{msg}")?);
    let mut last = None;
    loop {
        let course = match Course::gather(connection, run_id).await {
            Ok(course) => course,
            Err(ClientError::Call(error)) if may_pass(&error) => {
                output::tell(&format!("{:#}; trying again", told(error.into())));
                connection.network.sleep(INTERVAL).await;
                continue;
            }
            Err(error) => return Err(told(error)),
        };
        if drawn {
            screen.set_message(render(&course));
        }
        if course.is_over() {
            screen.finish_and_clear();
        }
        let changed = last.replace(course.summary.updated_at) != Some(course.summary.updated_at);
        if json && changed {
            output::answer(&format!("{}\n", serde_json::to_string(&course)?))?;
        } else if !json && (course.is_over() || (!drawn && changed)) {
            output::show(&render(&course));
        }
        if course.is_over() {
            return Ok(course.exit());
        }
        connection.network.sleep(INTERVAL).await;
    }
}
