//! All checks that need nothing but the evidence and a key.

use super::{AuditError, Evidence, Log, Trust, certificate::Certified, log::blocks_from};
use backup_journal::{
    Timestamp,
    api::{GetBlocksResult, TipCertificate},
    block::{Entry, Hash, Value},
    replay::Replay,
};

/// A log that holds.
#[derive(Clone, Debug)]
pub struct Verified {
    /// The hash of the last block; none when the log is certified to be empty.
    pub tip: Option<Hash>,
    /// When the network vouched for it.
    pub certified_at: Timestamp,
    /// What follows from it.
    pub replay: Replay,
}

impl Verified {
    pub(super) fn new(log: Log, certified_at: Timestamp) -> Self {
        Self { tip: log.chain().tip, certified_at, replay: log.into_replay() }
    }
}

/// Verifies a log block by block, in memory that does not grow with their number.
#[derive(Clone, Debug)]
pub struct Verification {
    certified: Certified,
    log: Log,
}

impl Verification {
    /// Checks the certificate against the key; the blocks are to follow.
    ///
    /// # Errors
    /// What is wrong with the certificate.
    pub fn begin(tip: Option<&TipCertificate>, trust: &Trust) -> Result<Self, AuditError> {
        Ok(Self { certified: Certified::verify(tip, trust)?, log: Log::default() })
    }

    /// How many blocks the certificate covers.
    pub fn length(&self) -> u64 {
        self.certified.length()
    }

    /// How many blocks were checked.
    pub const fn checked(&self) -> u64 {
        self.log.length()
    }

    /// Checks the next block.
    ///
    /// # Errors
    /// As [`Log::add`], and [`AuditError::Uncertified`] for a block that the certificate does not cover.
    pub fn add(&mut self, block: &Value) -> Result<Entry, AuditError> {
        if self.checked() >= self.length() {
            let (certified, length) = (self.certified.last(), self.checked() + 1);
            return Err(AuditError::Uncertified { certified, length });
        }
        self.log.add(block)
    }

    /// Checks the blocks of an answer, which must go on where the earlier ones end.
    ///
    /// # Errors
    /// As [`Verification::add`], [`AuditError::Missing`] or [`AuditError::Archived`].
    pub fn add_answer(&mut self, answer: &GetBlocksResult) -> Result<Vec<Entry>, AuditError> {
        blocks_from(self.checked(), answer)?.map(|block| self.add(block)).collect()
    }

    /// Checks that the blocks end where the certificate says.
    ///
    /// # Errors
    /// [`AuditError::Truncated`] or [`AuditError::TipHash`].
    pub fn end(self) -> Result<Verified, AuditError> {
        let (log, time) = self.into_log()?;
        Ok(Verified::new(log, time))
    }

    /// The log that holds, and when the network vouched for it.
    pub(super) fn into_log(self) -> Result<(Log, Timestamp), AuditError> {
        self.certified.check(self.log.chain())?;
        Ok((self.log, self.certified.time))
    }
}

/// Checks the certificate against the key, the chain, its end against the certificate, and replays it.
///
/// # Errors
/// The first thing that does not hold.
pub fn verify_log(evidence: &Evidence, trust: &Trust) -> Result<Verified, AuditError> {
    let mut verification = Verification::begin(evidence.tip.as_ref(), trust)?;
    for block in &evidence.blocks {
        verification.add(block)?;
    }
    verification.end()
}
