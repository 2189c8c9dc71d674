//! Whether all is well, in the status and in a line for each reason why it is not.

use super::{
    reads::Owed,
    response::{Content, Reply},
    time::Span,
};
use crate::storage::{LAYOUT_VERSION, Storage};
use backup_journal::Timestamp;

/// How many canisters are named; the others are counted.
const NAMED: usize = 20;

/// The page: 200 when all is well, 503 with the reasons otherwise.
pub fn page(storage: &Storage, public: bool, now: Timestamp) -> Reply {
    let mut reasons = layout(storage);
    reasons.extend(overdue(storage, public, now));
    if reasons.is_empty() {
        return Reply::ok(Content::Text, "ok: no restart is overdue\n".to_string());
    }
    let body = reasons.concat();
    Reply { status: 503, content: Content::Text, body }
}

/// An upgrade refuses a layout that it does not know, so this is the second line of defence.
fn layout(storage: &Storage) -> Vec<String> {
    let found = storage.layout_version();
    if found == LAYOUT_VERSION {
        return Vec::new();
    }
    vec![format!("stable memory has layout {found}, not {LAYOUT_VERSION}\n")]
}

fn overdue(storage: &Storage, public: bool, now: Timestamp) -> Vec<String> {
    let allowed = storage.restart_overdue_after();
    let is_overdue = |since: Timestamp| now.nanos_since(since) > allowed.0;
    let Some(oldest) = storage.oldest_owed().filter(|since| is_overdue(*since)) else {
        return Vec::new();
    };
    let total = storage.owed_count();
    let age = Span::between(oldest, now);
    let mut reasons = vec![format!(
        "restart overdue: {total} canisters are stopped and owe a start, the oldest for {age}, allowed are {allowed}\n"
    )];
    if public {
        let named = storage.owed(NAMED).into_iter().filter(|owed| is_overdue(owed.since));
        reasons.extend(named.map(|owed| line(&owed, now)));
    }
    reasons
}

fn line(owed: &Owed, now: Timestamp) -> String {
    let Owed { canister, since, run_id } = owed;
    let run = run_id.as_str().escape_debug();
    format!(
        "restart overdue: {canister} of run {run} is stopped for {}\n",
        Span::between(*since, now)
    )
}
