//! `backupctl audit`: whether a coordinator's log holds.

pub mod args;
pub mod check;
pub mod dump;
mod files;
mod progress;

use crate::{
    backup::folder, output, root_key::read_key, task::block_on, tool::ToolNetwork,
    usage::UsageError,
};
use anyhow::Result;
use args::AuditArgs;
use backup_coordinator_client::{
    CoordinatorClient,
    audit::{AuditError, MAINNET_ROOT_KEY, Trust, Verification, Verified},
};
use backup_journal::{
    Timestamp,
    api::{GetBlocksResult, TipCertificate},
};
use check::{Audit, Outcome};
use dump::Dump;
use files::Answers;
use progress::Progress;
use std::{path::Path, time::Duration};

/// Audits a log that is fetched, or was; the exit status.
pub fn audit(args: &AuditArgs) -> Result<u8> {
    block_on(run(args))
}

impl Outcome {
    /// The exit status, as `docs/blocks.md` tells it. A wrong use of the command has 2.
    const fn exit_status(self) -> u8 {
        match self {
            Self::Holds => 0,
            Self::Broken => 1,
            Self::Refused => 3,
            Self::Unreachable => 4,
            Self::Unreadable => 5,
        }
    }
}

async fn run(args: &AuditArgs) -> Result<u8> {
    let trust = trust(args)?;
    let mut blocks = 0;
    let verified = match (&args.blocks, &args.certificate) {
        (Some(blocks_file), Some(certificate)) => {
            offline(blocks_file, certificate, &trust, &mut blocks)
        }
        _ => online(args, &trust, &mut blocks).await,
    };
    let verified = match verified {
        Ok(verified) => Ok(verified),
        Err(error) => Err(error.downcast::<AuditError>()?),
    };
    let audit = Audit::new(args.coordinator, blocks, verified);
    show(&audit, args.json)?;
    Ok(audit.outcome.exit_status())
}

fn show(audit: &Audit, json: bool) -> Result<()> {
    if json {
        output::answer(&folder::to_json(audit)?)?;
    } else if audit.ok {
        output::show(&audit.render());
    }
    if let Some(problem) = &audit.problem {
        output::tell(&format!("error: {problem}"));
    }
    Ok(())
}

/// Fetches a log and holds it against the queries; `blocks` are those that were checked.
async fn online(args: &AuditArgs, trust: &Trust, blocks: &mut u64) -> Result<Verified> {
    let tool = args.with.ok_or_else(|| UsageError("there is no log to audit".to_owned()))?;
    let network = ToolNetwork {
        tool,
        network: args.network.clone(),
        root_key: trust.root_key.clone(),
        timeout: Duration::from_secs(args.timeout),
    };
    if let Some(folder) = &args.dump {
        dump::check(folder)?;
    }
    let client = CoordinatorClient::new(network, args.coordinator);
    let mut audit = client.begin_audit(trust).await?;
    let mut dump = args.dump.as_deref().map(Dump::begin).transpose()?;
    let progress = Progress::new();
    while let Some(page) = audit.next_page().await? {
        *blocks = audit.checked();
        progress.checked(*blocks, audit.length());
        dump.as_mut().map_or(Ok(()), |dump| dump.page(&page))?;
    }
    if let Some(dump) = dump {
        dump.end(audit.tip(), trust)?;
    }
    let verified = audit.compare(|runs, of| progress.compared(runs, of)).await?;
    *blocks = verified.replay.length();
    Ok(verified)
}

/// Reads a log from files; `blocks` are those that were checked.
fn offline(path: &Path, certificate: &Path, trust: &Trust, blocks: &mut u64) -> Result<Verified> {
    let mut answers = Answers::open(path)?;
    let mut certificates = Answers::open(certificate)?;
    let mut tip: Option<TipCertificate> = None;
    while let Some(answer) = certificates.next()? {
        tip = answer;
    }
    let mut verification = Verification::begin(tip.as_ref(), trust)?;
    let progress = Progress::new();
    while let Some(page) = answers.next::<GetBlocksResult>()? {
        let added = verification.add_answer(&page);
        *blocks = verification.checked();
        progress.checked(*blocks, verification.length());
        added?;
    }
    Ok(verification.end()?)
}

fn trust(args: &AuditArgs) -> Result<Trust> {
    let root_key = match &args.root_key {
        Some(key) => read_key(key)?,
        None => MAINNET_ROOT_KEY.to_vec(),
    };
    let now = args.at.unwrap_or_else(jiff::Timestamp::now).as_nanosecond();
    let now = u64::try_from(now).map_err(|_| UsageError("--at is out of range".to_owned()))?;
    let max_age = Duration::from_secs(args.max_age);
    let trust = Trust::in_mainnet(args.coordinator, Timestamp(now));
    Ok(Trust { root_key, max_age, ..trust })
}
