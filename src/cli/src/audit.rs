//! `backupctl audit`, and the audit at the end of a rehearsal: whether the coordinator's log holds.

use crate::{
    args::UsageError,
    audit_args::{AuditArgs, TamperKind},
    audit_dump, folder,
    rehearse_args::RehearseArgs,
    stage::Stage,
    tool::ToolNetwork,
};
use anyhow::{Context, Result};
use backup_coordinator_client::{
    CoordinatorClient, Runtime,
    audit::{AuditError, Evidence, Tampering, Trust, Verified, verify_log},
};
use backup_journal::{
    RunId, Timestamp,
    api::TipCertificate,
    journal::{JournalView, RunState},
};
use candid::Principal;
use serde::Serialize;
use std::{fmt::Write, time::Duration};

/// How far the clock is put on when there is no older certificate to show.
const A_DAY: u64 = 24 * 60 * 60 * 1_000_000_000;

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

/// Audits a log that is fetched, or was; true when everything holds.
pub fn audit(args: &AuditArgs) -> Result<bool> {
    pollster::block_on(run(args))
}

async fn run(args: &AuditArgs) -> Result<bool> {
    let client = args.with.map(|tool| {
        let network = ToolNetwork { tool, network: args.network.clone() };
        CoordinatorClient::new(network, args.coordinator)
    });
    let mut evidence = match (&client, &args.blocks, &args.certificate) {
        (Some(client), ..) => client.fetch_log().await.context("the log cannot be fetched")?,
        (None, Some(blocks), Some(certificate)) => audit_dump::read(blocks, certificate)?,
        _ => return Err(UsageError("there is no log to audit".to_owned()).into()),
    };
    let mut trust = trust(args)?;
    match args.tamper {
        Some(TamperKind::OldCertificate) => trust.now.0 = trust.now.0.saturating_add(A_DAY),
        Some(kind) => tamper(kind, &mut evidence, None),
        None => {}
    }
    let verified = verify(client.as_ref(), &evidence, &trust).await;
    let audit = Audit::new(args.coordinator, evidence.length(), verified);
    if args.json {
        print!("{}", folder::to_json(&audit)?);
    } else if audit.ok {
        print!("{}", audit.render());
    }
    if let Some(problem) = &audit.problem {
        eprintln!("error: {problem}");
    }
    Ok(audit.ok)
}

fn trust(args: &AuditArgs) -> Result<Trust> {
    let now = args.at.unwrap_or_else(jiff::Timestamp::now).as_nanosecond();
    let now = u64::try_from(now).map_err(|_| UsageError("--at is out of range".to_owned()))?;
    let mut trust = Trust::in_mainnet(args.coordinator, Timestamp(now));
    if let Some(key) = &args.root_key {
        trust.root_key = audit_dump::read_key(key)?;
    }
    trust.max_age = Duration::from_secs(args.max_age);
    Ok(trust)
}

/// Tampers in the middle of the log, where there is something on both sides.
fn tamper(kind: TamperKind, evidence: &mut Evidence, earlier: Option<TipCertificate>) {
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

/// The audit of a rehearsal's coordinator, as far as one was asked for.
#[derive(Debug)]
pub struct Auditor {
    audit: bool,
    dump: Option<std::path::PathBuf>,
    tamper: Option<TamperKind>,
    earlier: Option<TipCertificate>,
}

impl Auditor {
    /// Begins while the run is young: what is certified now will be old in the end.
    pub async fn begin(args: &RehearseArgs, stage: &Stage) -> Result<Self> {
        let wanted = args.tamper == Some(TamperKind::OldCertificate);
        let earlier = if wanted { stage.client().icrc3_get_tip_certificate().await? } else { None };
        Ok(Self { audit: args.audit, dump: args.dump.clone(), tamper: args.tamper, earlier })
    }

    /// Fetches the log, writes it down if that was asked for, and verifies it if that was.
    pub async fn end(self, stage: &Stage) -> Result<Option<Audit>> {
        if !self.audit && self.dump.is_none() {
            return Ok(None);
        }
        let mut evidence = stage.client().fetch_log().await.context("the log cannot be fetched")?;
        let trust = stage.trust();
        if let Some(folder) = &self.dump {
            audit_dump::write(folder, &evidence, &trust)?;
        }
        if !self.audit {
            return Ok(None);
        }
        if let Some(kind) = self.tamper {
            tamper(kind, &mut evidence, self.earlier);
        }
        let verified = verify(Some(&stage.client()), &evidence, &trust).await;
        Ok(Some(Audit::new(stage.coordinator, evidence.length(), verified)))
    }
}

/// Verifies the log and, where the coordinator can be asked, holds it against its queries.
async fn verify<N: Runtime>(
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
    fn new(coordinator: Principal, blocks: u64, verified: Result<Verified, AuditError>) -> Self {
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

    fn render(&self) -> String {
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
    fn of(header: &backup_journal::journal::Header) -> Self {
        Self {
            run_id: header.run_id.clone(),
            state: header.state(),
            starts_owed: header.starts_owed,
        }
    }
}
