//! How a command ends.

use backup_journal::journal::RunOutcome;
use std::process::ExitCode;

/// The exit status of a command. `backupctl audit` has its own, which `docs/blocks.md` tells.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum Exit {
    /// Everything that was asked for is done.
    Complete,
    /// It is not.
    Failed,
    /// The arguments are wrong; nothing was done.
    WrongUsage,
    /// The members of the fleet run, and something of the backup is missing.
    Incomplete,
}

impl Exit {
    /// What a run that is over is worth.
    pub const fn of(outcome: RunOutcome) -> Self {
        match outcome {
            RunOutcome::Complete | RunOutcome::Restored => Self::Complete,
            RunOutcome::OnNetwork | RunOutcome::Partial => Self::Incomplete,
            RunOutcome::Nothing | RunOutcome::RolledBack => Self::Failed,
        }
    }

    /// Complete, or failed.
    pub const fn of_success(success: bool) -> Self {
        if success { Self::Complete } else { Self::Failed }
    }

    /// The number.
    pub const fn status(self) -> u8 {
        match self {
            Self::Complete => 0,
            Self::Failed => 1,
            Self::WrongUsage => 2,
            Self::Incomplete => 3,
        }
    }
}

impl From<Exit> for ExitCode {
    fn from(exit: Exit) -> Self {
        exit.status().into()
    }
}
