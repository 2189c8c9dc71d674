//! `backupctl audit`: whether a coordinator's log holds.

pub mod args;
pub mod check;
pub mod dump;

use crate::{driver::folder, output, tool::ToolNetwork, usage::UsageError};
use anyhow::{Context, Result};
use args::{AuditArgs, TamperKind};
use backup_coordinator_client::{
    CoordinatorClient,
    audit::{MAINNET_ROOT_KEY, Trust},
};
use backup_journal::Timestamp;
use check::{Audit, tamper, verify};
use std::time::Duration;

/// How far the clock is put on when there is no older certificate to show.
const A_DAY: u64 = 24 * 60 * 60 * 1_000_000_000;

/// Audits a log that is fetched, or was; true when everything holds.
pub fn audit(args: &AuditArgs) -> Result<bool> {
    pollster::block_on(run(args))
}

async fn run(args: &AuditArgs) -> Result<bool> {
    let root_key = root_key(args)?;
    let client = args.with.map(|tool| {
        let (network, root_key) = (args.network.clone(), root_key.clone());
        CoordinatorClient::new(ToolNetwork { tool, network, root_key }, args.coordinator)
    });
    let mut evidence = match (&client, &args.blocks, &args.certificate) {
        (Some(client), ..) => client.fetch_log().await.context("the log cannot be fetched")?,
        (None, Some(blocks), Some(certificate)) => dump::read(blocks, certificate)?,
        _ => return Err(UsageError("there is no log to audit".to_owned()).into()),
    };
    let mut trust = trust(args, root_key)?;
    match args.tamper {
        Some(TamperKind::OldCertificate) => trust.now.0 = trust.now.0.saturating_add(A_DAY),
        Some(kind) => tamper(kind, &mut evidence, None),
        None => {}
    }
    let verified = verify(client.as_ref(), &evidence, &trust).await;
    let audit = Audit::new(args.coordinator, evidence.length(), verified);
    if args.json {
        output::answer(&folder::to_json(&audit)?)?;
    } else if audit.ok {
        output::show(&audit.render());
    }
    if let Some(problem) = &audit.problem {
        output::tell(&format!("error: {problem}"));
    }
    Ok(audit.ok)
}

fn root_key(args: &AuditArgs) -> Result<Vec<u8>> {
    match &args.root_key {
        Some(key) => dump::read_key(key),
        None => Ok(MAINNET_ROOT_KEY.to_vec()),
    }
}

fn trust(args: &AuditArgs, root_key: Vec<u8>) -> Result<Trust> {
    let now = args.at.unwrap_or_else(jiff::Timestamp::now).as_nanosecond();
    let now = u64::try_from(now).map_err(|_| UsageError("--at is out of range".to_owned()))?;
    let max_age = Duration::from_secs(args.max_age);
    let trust = Trust::in_mainnet(args.coordinator, Timestamp(now));
    Ok(Trust { root_key, max_age, ..trust })
}
