//! Whether a log holds, and what it tells.

use crate::words::excerpt;
use backup_coordinator_client::{
    ClientError, IcError,
    audit::{AuditError, Verified},
};
use backup_journal::{
    RunId, Timestamp,
    journal::{Header, JournalView, RunState},
};
use candid::Principal;
use ic_error_types::RejectCode;
use serde::Serialize;
use std::fmt::Write;

/// What became of an audit.
#[derive(Clone, Copy, Debug, Eq, PartialEq, Serialize)]
pub enum Outcome {
    /// Everything holds.
    Holds,
    /// Something does not.
    Broken,
    /// The coordinator or the network has refused a call, for instance since the caller may not read.
    Refused,
    /// The network, or the tool, could not be reached, or did not answer in time.
    Unreachable,
    /// An answer is not what the interface says.
    Unreadable,
}

/// Characters of a problem that are shown.
const SHOWN: usize = 2_000;

/// What an audit has found.
#[derive(Debug, Serialize)]
pub struct Audit {
    /// Whether everything holds.
    pub ok: bool,
    /// What became of the audit.
    pub outcome: Outcome,
    /// The first thing that does not.
    pub problem: Option<String>,
    /// Whose log it is.
    pub coordinator: Principal,
    /// How many blocks there are.
    pub blocks: u64,
    /// The hash of the last one, if it is verified.
    pub tip: Option<String>,
    /// When the network vouched for it.
    pub certified_at: Option<Timestamp>,
    /// The runs of which the log tells.
    pub runs: Vec<AuditedRun>,
}

/// A run as the log tells it.
#[derive(Debug, Serialize)]
pub struct AuditedRun {
    /// The run.
    pub run_id: RunId,
    /// Where it stands.
    pub state: RunState,
    /// How many canisters are stopped and owe a start.
    pub starts_owed: u32,
}

impl Audit {
    /// What `verified` says of the log of a coordinator.
    pub fn new(
        coordinator: Principal,
        blocks: u64,
        verified: Result<Verified, AuditError>,
    ) -> Self {
        let (outcome, problem, verified) = match verified {
            Ok(verified) => (Outcome::Holds, None, Some(verified)),
            Err(error) => (Outcome::of(&error), Some(told(&error)), None),
        };
        let runs = verified.iter().flat_map(|verified| verified.replay.runs());
        Self {
            ok: outcome == Outcome::Holds,
            outcome,
            problem,
            coordinator,
            blocks,
            tip: verified.as_ref().and_then(|verified| verified.tip).map(hex::encode),
            certified_at: verified.as_ref().map(|verified| verified.certified_at),
            runs: runs.map(|run| AuditedRun::of(run.journal().header())).collect(),
        }
    }

    /// The tip and how much it vouches for, in a line; or what does not hold.
    pub fn summary(&self) -> String {
        match (&self.problem, &self.tip) {
            (Some(problem), _) => problem.clone(),
            (None, Some(tip)) => format!("{} blocks hold, up to {tip}", self.blocks),
            (None, None) => "the log is empty".to_owned(),
        }
    }

    /// All of it as text.
    pub fn render(&self) -> String {
        let mut text = String::new();
        let mut line = |name: &str, value: String| {
            let _ = writeln!(text, "{name:<13} {value}"); // writing to a string cannot fail
        };
        line("coordinator", self.coordinator.to_text());
        line("audit", self.summary());
        if let Some(time) = self.certified_at {
            line("certified at", shown(time));
        }
        for run in &self.runs {
            let owed = run.starts_owed;
            line("run", format!("{} ({:?}), owed starts: {owed}", run.run_id, run.state));
        }
        text
    }
}

/// A time as text.
pub fn shown(time: Timestamp) -> String {
    let time = jiff::Timestamp::from_nanosecond(i128::from(time.0));
    time.map_or_else(|error| error.to_string(), |time| time.to_string())
}

impl Outcome {
    const fn of(error: &AuditError) -> Self {
        match error {
            AuditError::Client(
                ClientError::Refused(_)
                | ClientError::Call(IcError::CallRejected {
                    code:
                        RejectCode::CanisterReject
                        | RejectCode::CanisterError
                        | RejectCode::DestinationInvalid,
                    ..
                }),
            ) => Self::Refused,
            AuditError::Client(ClientError::Call(IcError::CandidDecodeFailed { .. })) => {
                Self::Unreadable
            }
            AuditError::Client(ClientError::Call(_)) => Self::Unreachable,
            _ => Self::Broken,
        }
    }
}

/// An error as text; the message of a tool is shown unchanged.
fn told(error: &AuditError) -> String {
    let text = match error {
        AuditError::Client(ClientError::Call(
            IcError::CallRejected { message, .. } | IcError::CandidDecodeFailed { message },
        )) => message.clone(),
        other => other.to_string(),
    };
    excerpt(&text, SHOWN)
}

impl AuditedRun {
    fn of(header: &Header) -> Self {
        Self {
            run_id: header.run_id.clone(),
            state: header.state(),
            starts_owed: header.starts_owed,
        }
    }
}
