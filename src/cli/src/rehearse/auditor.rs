//! The audit at the end of a rehearsal.

use super::{
    args::RehearseArgs,
    stage::Stage,
    tamper::{TamperKind, tamper},
};
use crate::audit::{check::Audit, dump::Dump};
use anyhow::{Context, Result};
use backup_coordinator_client::audit::{
    AuditError, Evidence, Log, Trust, Verified, entries, verify_log,
};
use backup_journal::api::TipCertificate;
use std::path::PathBuf;

/// The audit of a rehearsal's coordinator, as far as one was asked for.
#[derive(Debug)]
pub struct Auditor {
    audit: bool,
    dump: Option<PathBuf>,
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

    /// Verifies the log also if that was not asked for.
    pub fn always(self) -> Self {
        Self { audit: true, ..self }
    }

    /// Fetches the log, writes it down if that was asked for, and verifies it if that was.
    pub async fn end(self, stage: &Stage) -> Result<Option<Audit>> {
        if !self.audit && self.dump.is_none() {
            return Ok(None);
        }
        let mut evidence = stage.client().fetch_log().await.context("the log cannot be fetched")?;
        let trust = stage.trust();
        if let Some(folder) = &self.dump {
            Dump::begin(folder)?.write(&evidence, &trust)?;
        }
        if !self.audit {
            return Ok(None);
        }
        if let Some(kind) = self.tamper {
            tamper(kind, &mut evidence, self.earlier);
        }
        let verified = verify(stage, &evidence, &trust).await;
        Ok(Some(Audit::new(stage.coordinator, evidence.length(), verified)))
    }
}

/// Verifies the log and holds it against the queries of the coordinator.
async fn verify(stage: &Stage, evidence: &Evidence, trust: &Trust) -> Result<Verified, AuditError> {
    let verified = verify_log(evidence, trust)?;
    stage.client().compare_events(&entries(&evidence.blocks)?).await?;
    stage.client().compare(&mut Log::of(&evidence.blocks)?).await?;
    Ok(verified)
}
