//! Recent log lines as JSON.

use super::response::{Content, Reply};
use crate::gate::log::Priority;
use backup_journal::text::visible;
use canlog::{Log, LogEntry, LogPriorityLevels};

/// Bytes of the longest answer; lines that do not fit are left out.
const MAX_BODY_BYTES: usize = 1_000_000;

/// Which lines are asked for.
#[derive(Clone, Copy, Debug)]
pub struct LogFilter {
    /// Only of this priority.
    pub priority: Option<Priority>,
    /// The oldest line first.
    pub ascending: bool,
    /// Only lines of this time or later, in nanoseconds.
    pub since: u64,
}

/// The lines as JSON.
pub fn page(filter: &LogFilter) -> Reply {
    let mut log: Log<Priority> = Log::default();
    for priority in Priority::get_priorities() {
        if filter.priority.is_none_or(|only| only == *priority) {
            merge(&mut log.entries, *priority);
        }
    }
    log.entries.retain(|entry| entry.timestamp >= filter.since);
    for entry in &mut log.entries {
        entry.message = shown(&entry.message);
    }
    if !filter.ascending {
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
