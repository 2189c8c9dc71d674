//! What a coordinator shows of its log.

use super::AuditError;
use crate::{CoordinatorClient, Runtime};
use backup_journal::{
    api::{GetBlocksResult, TipCertificate},
    block::Value,
};

/// Blocks that are asked for at once; fewer come back when they are large.
const PAGE: u64 = 500;

/// The blocks of a log, and a certificate of the last one.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Evidence {
    /// The blocks from the first one on.
    pub blocks: Vec<Value>,
    /// The certificate, where the answer could carry one.
    pub tip: Option<TipCertificate>,
}

impl Evidence {
    /// Adds the blocks of an answer, which must go on where the earlier ones end.
    ///
    /// # Errors
    /// [`AuditError::Missing`] or [`AuditError::Archived`].
    pub fn add(&mut self, answer: GetBlocksResult) -> Result<(), AuditError> {
        if !answer.archived_blocks.is_empty() {
            return Err(AuditError::Archived { index: self.length() });
        }
        for block in answer.blocks {
            if block.id != self.length() {
                let found = format!("block {} came in its place", block.id);
                return Err(AuditError::Missing { index: self.length(), found });
            }
            self.blocks.push(block.block);
        }
        Ok(())
    }

    /// How many blocks there are.
    pub fn length(&self) -> u64 {
        self.blocks.len() as u64
    }
}

impl<R: Runtime> CoordinatorClient<R> {
    /// How many blocks the log has.
    ///
    /// # Errors
    /// [`AuditError::Client`].
    pub async fn log_length(&self) -> Result<u64, AuditError> {
        let answer = self.icrc3_get_blocks(0, 0).await?;
        length(&answer)
    }

    /// Fetches all blocks and then a certificate of the last one.
    ///
    /// When blocks are added meanwhile, those between are fetched, too: the log goes on to be used.
    ///
    /// # Errors
    /// [`AuditError::Client`], [`AuditError::Missing`] or [`AuditError::Archived`].
    pub async fn fetch_log(&self) -> Result<Evidence, AuditError> {
        let mut evidence = Evidence::default();
        for _ in 0..ATTEMPTS {
            self.fetch_blocks(&mut evidence).await?;
            evidence.tip = self.icrc3_get_tip_certificate().await?;
            if self.log_length().await? == evidence.length() {
                break;
            }
        }
        Ok(evidence)
    }

    async fn fetch_blocks(&self, evidence: &mut Evidence) -> Result<(), AuditError> {
        loop {
            let (start, before) = (evidence.length(), evidence.length());
            let answer = self.icrc3_get_blocks(start, PAGE).await?;
            let end = length(&answer)?;
            evidence.add(answer)?;
            if evidence.length() >= end {
                return Ok(());
            }
            if evidence.length() == before {
                let found = format!("the log is said to have {end} blocks, and none came");
                return Err(AuditError::Missing { index: start, found });
            }
        }
    }
}

/// How often a log that keeps growing is fetched to its end.
const ATTEMPTS: u32 = 5;

fn length(answer: &GetBlocksResult) -> Result<u64, AuditError> {
    u64::try_from(answer.log_length.0.clone()).map_err(|error| AuditError::Unreadable {
        what: "length of the log",
        problem: error.to_string(),
    })
}
