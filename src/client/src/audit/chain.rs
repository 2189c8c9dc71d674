//! Whether each block names the hash of the one before it, and what the blocks tell.

use super::AuditError;
use backup_journal::block::{Entry, Hash, Value, read_block};

/// A log whose blocks follow each other.
#[derive(Clone, Copy, Debug, Default, Eq, PartialEq)]
pub struct Chain {
    /// How many blocks there are.
    pub length: u64,
    /// The hash of the last one.
    pub tip: Option<Hash>,
}

impl Chain {
    /// Checks that each of `blocks` names the hash of the one before it, and the first none.
    ///
    /// # Errors
    /// [`AuditError::FirstHasParent`], [`AuditError::NoParent`] or [`AuditError::BrokenChain`].
    pub fn check(blocks: &[Value]) -> Result<Self, AuditError> {
        let mut chain = Self::default();
        blocks.iter().try_for_each(|block| chain.add(block))?;
        Ok(chain)
    }

    /// Goes on with the next block, which must name the hash of the last one.
    ///
    /// # Errors
    /// As [`Chain::check`]; the chain is then as it was before.
    pub fn add(&mut self, block: &Value) -> Result<(), AuditError> {
        self.follows(block)?;
        self.tip = Some(block.hash());
        self.length += 1;
        Ok(())
    }

    fn follows(&self, block: &Value) -> Result<(), AuditError> {
        let index = self.length;
        match (self.tip, parent(block)) {
            (None, None) => Ok(()),
            (None, Some(_)) => Err(AuditError::FirstHasParent),
            (Some(_), None) => Err(AuditError::NoParent { index }),
            (Some(before), Some(named)) if named == before => Ok(()),
            (Some(before), Some(named)) => Err(AuditError::BrokenChain {
                index,
                named: hex::encode(named),
                found: hex::encode(before),
            }),
        }
    }
}

/// What a block names as the hash of the block before it.
fn parent(block: &Value) -> Option<&[u8]> {
    let Value::Map(fields) = block else { return None };
    match fields.iter().find(|(name, _)| name == "phash") {
        Some((_, Value::Blob(hash))) => Some(hash),
        _ => None,
    }
}

/// What the blocks tell.
///
/// # Errors
/// [`AuditError::Block`].
pub fn entries(blocks: &[Value]) -> Result<Vec<Entry>, AuditError> {
    let read = |(index, block)| match read_block(index, block) {
        Ok((entry, _)) => Ok(entry),
        Err(reason) => Err(AuditError::Block { index, reason }),
    };
    (0..).zip(blocks).map(read).collect()
}
