//! Fetching a log: first the certificate, then exactly the blocks that it covers.

use super::{
    AuditError, Evidence,
    certificate::claimed,
    log::{length_told, shown},
};
use crate::CoordinatorClient;
use backup_journal::api::GetBlocksResult;
use ic_canister_runtime::Runtime;

/// Blocks that are asked for at once; fewer come back when they are large.
pub(super) const PAGE: u64 = 500;

/// How often something is asked again that a replica may not know yet: each query may be answered by another one,
/// and one may be a few blocks behind.
pub(super) const ATTEMPTS: u32 = 5;

impl<R: Runtime> CoordinatorClient<R> {
    /// How many blocks the log has.
    ///
    /// # Errors
    /// [`AuditError::Client`] or [`AuditError::Unreadable`].
    pub async fn log_length(&self) -> Result<u64, AuditError> {
        length_told(&self.icrc3_get_blocks(0, 0).await?)
    }

    /// Fetches a certificate of the last block, and then all blocks up to that one; where no answer can carry a
    /// certificate, as many blocks as there are. All are held in memory.
    ///
    /// # Errors
    /// [`AuditError::Client`], [`AuditError::Missing`], [`AuditError::Archived`] or [`AuditError::Unreadable`].
    pub async fn fetch_log(&self) -> Result<Evidence, AuditError> {
        let tip = self.icrc3_get_tip_certificate().await?;
        let end = match &tip {
            Some(tip) => claimed(tip)?.length(),
            None => self.log_length().await?,
        };
        let mut evidence = Evidence { tip, ..Evidence::default() };
        while evidence.length() < end {
            evidence.add(self.fetch_page(evidence.length(), end).await?)?;
        }
        Ok(evidence)
    }

    /// Some of the blocks from `start` to `end`, and at least one.
    pub(super) async fn fetch_page(
        &self,
        start: u64,
        end: u64,
    ) -> Result<GetBlocksResult, AuditError> {
        let mut found = String::new();
        for _ in 0..ATTEMPTS {
            let answer = self.icrc3_get_blocks(start, (end - start).min(PAGE)).await?;
            if !answer.blocks.is_empty() || !answer.archived_blocks.is_empty() {
                return Ok(answer);
            }
            let length = shown(&answer.log_length);
            found = format!("the log is said to have {length} blocks, and none came");
        }
        Err(AuditError::Missing { index: start, found })
    }
}
