//! What the coordinator shows over HTTP: figures, health, logs, and pages for people.
//!
//! Every page is bounded, whatever is stored. Where reading is open to members only, there are numbers and
//! no names: whoever asks over HTTP is nobody. `docs/http.md` lists the pages.

pub mod logs;
pub mod watch;

mod certification;
mod counters;
mod health;
mod metrics;
mod pages;
mod reads;
mod request;
mod response;
mod style;
mod time;

use crate::storage::{self, Storage};
use backup_journal::{
    Timestamp,
    api::Visibility,
    journal::{OwedStart, StopOutcome},
};
use ic_http_types::{HttpRequest, HttpResponse};
use request::{Asked, asks_for_style};
use response::{Refusal, Reply};

/// Answers a request.
pub fn respond(request: &HttpRequest, now: Timestamp) -> HttpResponse {
    storage::read(|storage| {
        let reply = request::parse(request).and_then(|asked| answer(storage, asked, now));
        let head_only = request.method == "HEAD";
        let mut answer = reply.unwrap_or_else(Reply::refused).finish(head_only);
        certification::certify(storage, asks_for_style(&request.url), &mut answer);
        answer
    })
}

/// What is known about a canister that must be started, in words that a time follows.
const fn standing(owed: OwedStart) -> &'static str {
    match (owed.stop, owed.start_skipped) {
        (StopOutcome::Unknown, false) => "stop claimed, outcome unknown, since",
        (StopOutcome::Unknown, true) => "stop claimed, outcome unknown, its start skipped, since",
        (StopOutcome::Stopped, false) => "stopped since",
        (StopOutcome::Stopped, true) => "stopped, its start skipped, since",
    }
}

fn answer(storage: &Storage, asked: Asked, now: Timestamp) -> Result<Reply, Refusal> {
    let public = storage.settings().visibility == Visibility::Public;
    match asked {
        Asked::Style => Ok(Reply::style()),
        Asked::Elsewhere(address) => Ok(Reply::elsewhere(address)),
        Asked::Metrics => Ok(metrics::page(storage, public, now)),
        Asked::Health => Ok(health::page(storage, public, now)),
        Asked::Dashboard { before } => Ok(pages::dashboard(storage, public, before, now)),
        _ if !public => Err(Refusal::MembersOnly),
        Asked::Run { run_id, page } => pages::run(storage, &run_id, page, now),
        Asked::Audit { before } => Ok(pages::audit(storage, before, now)),
        Asked::Logs(wanted) => Ok(logs::page(&wanted)),
    }
}

#[cfg(test)]
mod tests;
