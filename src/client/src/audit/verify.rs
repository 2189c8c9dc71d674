//! All checks that need nothing but the evidence and a key.

use super::{AuditError, Chain, Evidence, Trust, certificate, entries};
use crate::{CoordinatorClient, Runtime};
use backup_journal::{
    Timestamp,
    block::{Entry, Hash},
    replay::Replay,
};

/// A log that holds.
#[derive(Clone, Debug)]
pub struct Verified {
    /// The hash of the last block; none when the log is certified to be empty.
    pub tip: Option<Hash>,
    /// When the network vouched for it.
    pub certified_at: Timestamp,
    /// What the blocks tell.
    pub entries: Vec<Entry>,
    /// What follows from it.
    pub replay: Replay,
}

/// Checks the chain, its end against the certificate, the certificate against the key, and replays it.
///
/// # Errors
/// The first thing that does not hold.
pub fn verify_log(evidence: &Evidence, trust: &Trust) -> Result<Verified, AuditError> {
    let chain = Chain::check(&evidence.blocks)?;
    let certified_at = certificate::verify_tip(&chain, evidence.tip.as_ref(), trust)?;
    let entries = entries(&evidence.blocks)?;
    let replay = Replay::of(&entries)?;
    Ok(Verified { tip: chain.tip, certified_at, entries, replay })
}

impl<R: Runtime> CoordinatorClient<R> {
    /// Fetches the log, verifies it, and holds it against what the queries say.
    ///
    /// # Errors
    /// The first thing that does not hold.
    pub async fn audit(&self, trust: &Trust) -> Result<Verified, AuditError> {
        let verified = verify_log(&self.fetch_log().await?, trust)?;
        self.compare(&verified.entries, &verified.replay).await?;
        Ok(verified)
    }
}
