//! A log that is read block by block, none of which is kept.

use super::{AuditError, Chain};
use backup_journal::{
    api::GetBlocksResult,
    block::{Entry, Value, read_block},
    replay::Replay,
};
use candid::Nat;

/// A log as far as it was read: each block was checked when it came, and what follows from all is known.
///
/// Takes memory for what the coordinator knows, not for the blocks that led there.
#[derive(Clone, Debug, Default)]
pub struct Log {
    chain: Chain,
    replay: Replay,
}

impl Log {
    /// Reads all of `blocks`.
    ///
    /// # Errors
    /// As [`Log::add`], for the first that does not hold.
    pub fn of(blocks: &[Value]) -> Result<Self, AuditError> {
        let mut log = Self::default();
        blocks.iter().try_for_each(|block| log.add(block).map(drop))?;
        Ok(log)
    }

    /// Reads the next block. A log that has refused one is of no further use.
    ///
    /// # Errors
    /// When the block does not follow the one before it, cannot be read, or records something that cannot
    /// have happened.
    pub fn add(&mut self, block: &Value) -> Result<Entry, AuditError> {
        let index = self.length();
        self.chain.add(block)?;
        let (entry, _) =
            read_block(index, block).map_err(|reason| AuditError::Block { index, reason })?;
        self.replay.apply(&entry)?;
        Ok(entry)
    }

    /// Its end.
    pub const fn chain(&self) -> &Chain {
        &self.chain
    }

    /// What follows from it.
    pub const fn replay(&self) -> &Replay {
        &self.replay
    }

    /// How many blocks were read.
    pub const fn length(&self) -> u64 {
        self.chain.length
    }

    /// What follows from it, without it.
    pub fn into_replay(self) -> Replay {
        self.replay
    }
}

/// The blocks of an answer, which must be those from `start` on.
pub(super) fn blocks_from(
    start: u64,
    answer: &GetBlocksResult,
) -> Result<impl Iterator<Item = &Value>, AuditError> {
    if !answer.archived_blocks.is_empty() {
        return Err(AuditError::Archived { index: start });
    }
    for (index, block) in (start..).zip(&answer.blocks) {
        if block.id != index {
            let found = format!("block {} came in its place", shown(&block.id));
            return Err(AuditError::Missing { index, found });
        }
    }
    Ok(answer.blocks.iter().map(|block| &block.block))
}

/// A number as text; a huge one, which takes minutes to be written in digits, is not written out.
pub(super) fn shown(number: &Nat) -> String {
    let small = u64::try_from(&number.0);
    small.map_or_else(|_| "beyond 64 bits".to_owned(), |number| number.to_string())
}

/// How many blocks the log has, as an answer says.
#[cfg(feature = "verify")]
pub(super) fn length_told(answer: &GetBlocksResult) -> Result<u64, AuditError> {
    u64::try_from(&answer.log_length.0).map_err(|error| AuditError::Unreadable {
        what: "length of the log",
        problem: error.to_string(),
    })
}
