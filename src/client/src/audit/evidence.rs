//! What a coordinator shows of its log, all at once.

use super::{AuditError, log::blocks_from};
use backup_journal::{
    api::{GetBlocksResult, TipCertificate},
    block::Value,
};

/// The blocks of a log, and a certificate of the last one. All of it is in memory: for logs of any length there is
/// [`Log`](super::Log).
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
    /// [`AuditError::Missing`] or [`AuditError::Archived`]; nothing is then added.
    pub fn add(&mut self, answer: GetBlocksResult) -> Result<(), AuditError> {
        blocks_from(self.length(), &answer)?.for_each(drop);
        self.blocks.extend(answer.blocks.into_iter().map(|block| block.block));
        Ok(())
    }

    /// How many blocks there are.
    pub fn length(&self) -> u64 {
        self.blocks.len() as u64
    }
}
