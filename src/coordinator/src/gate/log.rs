//! Log lines on the heap, by priority: accepted changes and upgrades, and refused callers.

use backup_journal::api::CoordinatorError;
use candid::Principal;
use canlog::{GetLogFilter, LogFilter, LogPriorityLevels, Sink};
use std::fmt::Arguments;

pub use priority::Priority;

/// A private module, because the derived buffers have no documentation.
mod priority {
    use canlog::LogPriorityLevels;
    use serde::{Deserialize, Serialize};

    /// The priority of a line. Each priority has a buffer of its own, so that refused callers cannot
    /// displace the lines of accepted changes.
    #[derive(Clone, Copy, Debug, Deserialize, Eq, LogPriorityLevels, PartialEq, Serialize)]
    pub enum Priority {
        /// An accepted change, or an upgrade.
        #[log_level(capacity = 300, name = "INFO")]
        Info,
        /// A caller who lacks a role, or a call of the executor that went wrong.
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

/// Writes the line of an accepted change.
pub fn changed(line: Arguments<'_>) {
    write(Priority::Info, line.to_string());
}

/// Writes the line of something that the coordinator did by itself.
pub fn executed(line: Arguments<'_>) {
    write(Priority::Info, line.to_string());
}

/// Writes the line of something that went wrong while the coordinator executed a run.
pub fn trouble(line: Arguments<'_>) {
    write(Priority::Warn, line.to_string());
}

/// Writes the line of a refusal for lack of a role. What such a caller sent is not repeated.
pub fn refused(error: &CoordinatorError) {
    if matches!(error, CoordinatorError::Unauthorized { .. } | CoordinatorError::OtherFleet { .. })
    {
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
