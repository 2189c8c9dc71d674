//! Whether a log holds, and what it tells.

use super::args::TamperKind;
use backup_coordinator_client::{
    CoordinatorClient, Runtime,
    audit::{AuditError, Evidence, Tampering, Trust, Verified, verify_log},
};
use backup_journal::{
    RunId, Timestamp,
    api::TipCertificate,
    journal::{Header, JournalView, RunState},
};
use candid::Principal;
use serde::Serialize;
use std::fmt::Write;

/// What an audit has found.
#[derive(Debug, Serialize)]
pub struct Audit {
    /// Whether everything holds.
    pub ok: bool,
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

/// Tampers in the middle of the log, where there is something on both sides.
pub fn tamper(kind: TamperKind, evidence: &mut Evidence, earlier: Option<TipCertificate>) {
    let middle = evidence.blocks.len() / 2;
    let tampering = match kind {
        TamperKind::Change => Tampering::Change(middle),
        TamperKind::Drop => Tampering::Drop(middle),
        TamperKind::Swap => Tampering::Swap(middle),
        TamperKind::Append => Tampering::Append,
        TamperKind::ForgeTip => Tampering::ForgeTip(middle),
        TamperKind::OldCertificate => match earlier {
            Some(tip) => Tampering::OldCertificate(tip),
            None => return,
        },
    };
    tampering.apply(evidence);
}

/// Verifies the log and, where the coordinator can be asked, holds it against its queries.
pub async fn verify<N: Runtime>(
    coordinator: Option<&CoordinatorClient<N>>,
    evidence: &Evidence,
    trust: &Trust,
) -> Result<Verified, AuditError> {
    let verified = verify_log(evidence, trust)?;
    if let Some(coordinator) = coordinator {
        coordinator.compare(&verified.entries, &verified.replay).await?;
    }
    Ok(verified)
}

impl Audit {
    /// What `verified` says of the log of a coordinator.
    pub fn new(
        coordinator: Principal,
        blocks: u64,
        verified: Result<Verified, AuditError>,
    ) -> Self {
        let (problem, verified) = match verified {
            Ok(verified) => (None, Some(verified)),
            Err(error) => (Some(error.to_string()), None),
        };
        let runs = verified.iter().flat_map(|verified| verified.replay.runs());
        Self {
            ok: problem.is_none(),
            problem,
            coordinator,
            blocks,
            tip: verified.as_ref().and_then(|verified| verified.tip).map(hex::encode),
            certified_at: verified.as_ref().map(|verified| verified.certified_at),
            runs: runs.map(|run| AuditedRun::of(&run.journal().header())).collect(),
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

    /// All of it, for people.
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

/// A time as people read it.
pub fn shown(time: Timestamp) -> String {
    let time = jiff::Timestamp::from_nanosecond(i128::from(time.0));
    time.map_or_else(|error| error.to_string(), |time| time.to_string())
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
