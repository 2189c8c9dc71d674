//! Recent log lines, by priority: accepted changes and upgrades, and callers who were turned away.

use super::response::{Content, Reply};
use backup_journal::{api::CoordinatorError, text::visible};
use candid::Principal;
use canlog::{GetLogFilter, Log, LogEntry, LogFilter, LogPriorityLevels, Sink};
use std::fmt::Arguments;

/// Bytes of the longest answer; lines that do not fit are left out.
const MAX_BODY_BYTES: usize = 1_000_000;

pub use priority::Priority;

/// The derived buffers have no documentation of their own, and are nobody's business.
mod priority {
    use canlog::LogPriorityLevels;
    use serde::{Deserialize, Serialize};

    /// How much a line matters. Each priority has a buffer of its own, so that callers who are turned away
    /// cannot push out what was accepted.
    #[derive(Clone, Copy, Debug, Deserialize, Eq, LogPriorityLevels, PartialEq, Serialize)]
    pub enum Priority {
        /// An accepted change, or an upgrade.
        #[log_level(capacity = 300, name = "INFO")]
        Info,
        /// A caller who lacks a role.
        #[log_level(capacity = 100, name = "WARN")]
        Warn,
    }
}

impl GetLogFilter for Priority {
    fn get_log_filter() -> LogFilter {
        LogFilter::ShowAll
    }
}

impl Priority {
    /// The priority of this name, however it is written.
    pub fn named(name: &str) -> Option<Self> {
        let named = |priority: &&Self| priority.display_name().eq_ignore_ascii_case(name);
        Self::get_priorities().iter().find(named).copied()
    }
}

/// Which lines are asked for.
#[derive(Clone, Copy, Debug)]
pub struct Wanted {
    /// Only of this priority.
    pub priority: Option<Priority>,
    /// The oldest line first.
    pub ascending: bool,
    /// Only lines of this time or later, in nanoseconds.
    pub since: u64,
}

/// Writes the line of an accepted change.
pub fn changed(line: Arguments<'_>) {
    write(Priority::Info, line.to_string());
}

/// Writes the line of a refusal for lack of a role. What such a caller sent is not repeated.
pub fn refused(error: &CoordinatorError) {
    if matches!(error, CoordinatorError::Unauthorized { .. }) {
        write(Priority::Warn, format!("refused: {error}"));
    }
}

/// Writes the line of an upgrade.
pub fn upgraded(caller: Principal) {
    let version = env!("CARGO_PKG_VERSION");
    write(Priority::Info, format!("upgraded to {version} by {caller}"));
}

/// Appends a line. The macro of the library would also print it, which costs more than all the rest.
fn write(priority: Priority, message: String) {
    priority.get_buffer().append(ic_canister_log::LogEntry {
        timestamp: ic_cdk::api::time(),
        counter: ic_canister_log::entry_counter::increment(),
        message,
        file: file!(),
        line: line!(),
    });
}

/// The lines as JSON.
pub fn page(wanted: &Wanted) -> Reply {
    let mut log: Log<Priority> = Log::default();
    for priority in Priority::get_priorities() {
        if wanted.priority.is_none_or(|only| only == *priority) {
            merge(&mut log.entries, *priority);
        }
    }
    log.entries.retain(|entry| entry.timestamp >= wanted.since);
    for entry in &mut log.entries {
        entry.message = shown(&entry.message);
    }
    if !wanted.ascending {
        log.entries.reverse();
    }
    Reply::ok(Content::Json, log.serialize_logs(MAX_BODY_BYTES))
}

/// A line as it is shown: JSON alone does not keep a name from turning it around.
pub(super) fn shown(message: &str) -> String {
    visible(message).into_owned()
}

/// Adds the lines of a priority to others, all of them in the order in which they were written.
fn merge(entries: &mut Vec<LogEntry<Priority>>, priority: Priority) {
    let mut log = Log::default();
    log.push_logs(priority);
    let mut position = 0;
    for entry in log.entries {
        while entries.get(position).is_some_and(|other| other.counter < entry.counter) {
            position += 1;
        }
        entries.insert(position, entry);
    }
}
