//! What the coordinator shows over HTTP: metrics, health, logs, and the dashboard.
//!
//! The size of every page is bounded. With the visibility `Members` the pages show numbers and no names, because
//! requests over HTTP are anonymous. `docs/http.md` lists the pages.

mod certification;
mod certified;
mod fleets;
mod health;
mod logs;
mod metrics;
mod pages;
mod request;
mod response;
mod style;
mod time;
mod watched;
mod words;

use crate::storage::{self, Storage};
use backup_journal::{Timestamp, api::Visibility};
use ic_http_types::{HttpRequest, HttpResponse};
use request::{Route, asks_for_style};
use response::{Refusal, Reply};

/// Answers a request.
pub fn respond(request: &HttpRequest, now: Timestamp) -> HttpResponse {
    storage::read(|storage| {
        let reply = request::parse(request).and_then(|route| answer(storage, route, now));
        let head_only = request.method == "HEAD";
        let mut answer = reply.unwrap_or_else(Reply::refused).finish(head_only);
        certification::certify(storage, asks_for_style(&request.url), &mut answer);
        answer
    })
}

fn answer(storage: &Storage, route: Route, now: Timestamp) -> Result<Reply, Refusal> {
    let public = storage.settings().visibility == Visibility::Public;
    match route {
        Route::Style => Ok(Reply::style()),
        Route::Elsewhere(address) => Ok(Reply::elsewhere(address)),
        Route::Metrics => Ok(metrics::page(storage, public, now)),
        Route::Health => Ok(health::page(storage, public, now)),
        Route::Dashboard => Ok(pages::dashboard(storage, public, now)),
        _ if !public => Err(Refusal::MembersOnly),
        Route::Runs { before } => Ok(pages::runs(storage, before, now)),
        Route::Run { run_id, page } => pages::run(storage, &run_id, page, now),
        Route::Audit { before } => Ok(pages::audit(storage, before, now)),
        Route::Logs(wanted) => Ok(logs::page(&wanted)),
    }
}

#[cfg(test)]
mod tests;
