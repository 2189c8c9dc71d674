//! The audit trail in stable memory: an append-only log whose records are chained by the hashes of the
//! blocks they become.

use super::{codec, codec::Stored, records::LogRecord, store::Storage};
use crate::encoding::encode;
use backup_journal::{
    api::AuditEvent,
    block::{Block, Hash, Payload, Value},
    limits::{LimitExceeded, MAX_BLOCK_BYTES, check_count},
};
use minicbor::{
    Decode,
    bytes::{ByteArray, ByteVec},
};

/// The record that comes next, and the hash of the block that it becomes.
pub(crate) struct NextRecord {
    record: LogRecord,
    hash: Hash,
}

impl NextRecord {
    /// The record of `event`, after the block with the hash `parent`, with what `payload` holds of it.
    ///
    /// # Errors
    /// When its block does not fit into one reply: the log could not be read beyond it.
    pub(crate) fn new(
        event: AuditEvent,
        payload: Option<&Payload>,
        parent: Option<Hash>,
    ) -> Result<Self, LimitExceeded> {
        let payload = payload.map(encode);
        let block = Block::of(&event, payload.as_deref(), parent.as_ref());
        check_count("block", block.served_bytes(), MAX_BLOCK_BYTES)?;
        let hash = block.hash();
        let (parent, payload) = (parent.map(ByteArray::from), payload.map(ByteVec::from));
        Ok(Self { record: LogRecord { event, parent, payload }, hash })
    }

    /// What happened.
    pub(crate) const fn event(&self) -> &AuditEvent {
        &self.record.event
    }

    /// The hash of the block.
    pub(crate) const fn hash(&self) -> Hash {
        self.hash
    }
}

/// The part of a record that a list of events needs; the payload is stepped over.
#[derive(Decode)]
struct EventOnly {
    #[n(0)]
    event: AuditEvent,
}

impl Storage {
    /// How many events there are.
    pub fn audit_length(&self) -> u64 {
        self.audit.len()
    }

    /// The hash of the last block; none while there is none.
    pub fn tip(&self) -> Option<Hash> {
        self.tip.get().0.map(|hash| *hash)
    }

    /// The event at `index`, which must exist.
    pub fn audit_event(&self, index: u64) -> AuditEvent {
        let mut bytes = Vec::new();
        self.audit.read_entry(index, &mut bytes).expect("BUG: a gap in the audit trail");
        codec::decode_record::<EventOnly>(&bytes).event
    }

    /// The block at `index`, which must exist, and how many bytes its record has.
    pub fn audit_block(&self, index: u64) -> (Value, usize) {
        let mut bytes = Vec::new();
        self.audit.read_entry(index, &mut bytes).expect("BUG: a gap in the audit trail");
        let LogRecord { event, parent, payload } = codec::decode_record(&bytes);
        let parent = parent.as_deref();
        let block = Block::of(&event, payload.as_ref().map(|bytes| bytes.as_slice()), parent);
        (block.value(), bytes.len())
    }

    /// Appends a record, whose index must be the length of the log. [`Storage::set_tip`] has to follow.
    pub(crate) fn append_audit(&mut self, next: NextRecord) {
        self.audit.append(&Stored(next.record)).expect("BUG: stable memory is exhausted");
    }

    /// Keeps the hash of the last block.
    pub(crate) fn set_tip(&mut self, tip: Option<Hash>) {
        self.tip.set(Stored(tip.map(ByteArray::from)));
    }
}
