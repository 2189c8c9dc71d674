//! From a block back to the event.

use super::{
    AuditEvent, Entry, Hash, Payload, Value,
    event::read_kind,
    reader::{BlockError, Reader},
};
use crate::{RunId, Timestamp};

/// Reads the block at `index`, and the hash of the block before it.
///
/// # Errors
/// When the value is not a block of this log.
pub fn read_block(index: u64, block: &Value) -> Result<(Entry, Option<Hash>), BlockError> {
    let block = Reader::of("the block", block)?;
    let mut tx = Reader::of("tx", block.get("tx")?)?;
    let parent = match block.optional("phash") {
        None => None,
        Some(_) => Some(block.hash("phash")?),
    };
    let payload = match tx.optional("payload") {
        None => None,
        Some(_) => Some(tx.payload()?),
    };
    if let Some(Payload::Roles(roles)) = &payload {
        tx.roles.clone_from(roles);
    }
    let event = AuditEvent {
        index,
        time: Timestamp(block.nat("ts")?),
        caller: tx.principal("caller")?,
        run_id: tx.optional_text("run_id")?.map(RunId::from),
        kind: read_kind(&block.text("btype")?, &tx)?,
    };
    Ok((Entry { event, payload }, parent))
}
