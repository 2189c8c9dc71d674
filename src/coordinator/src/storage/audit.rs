//! The audit trail in stable memory: an append-only log whose records are chained by the hashes of the
//! blocks they become.

use super::{Storage, Stored};
use crate::reply::encode;
use backup_journal::{
    api::AuditEvent,
    block::{Block, Entry, Hash, Value},
};
use minicbor::{
    Decode, Encode,
    bytes::{ByteArray, ByteVec},
};

/// One record of the log.
#[derive(Clone, Debug, Decode, Encode, Eq, PartialEq)]
pub struct LogRecord {
    /// What happened.
    #[n(0)]
    event: AuditEvent,
    /// The hash of the block before it.
    #[n(1)]
    parent: Option<ByteArray<32>>,
    /// What was too large for the event, as Candid.
    #[n(2)]
    payload: Option<ByteVec>,
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
        super::codec::decode_record::<EventOnly>(&bytes).event
    }

    /// The block at `index`, which must exist, and how many bytes its record has.
    pub fn audit_block(&self, index: u64) -> (Value, usize) {
        let mut bytes = Vec::new();
        self.audit.read_entry(index, &mut bytes).expect("BUG: a gap in the audit trail");
        let LogRecord { event, parent, payload } = super::codec::decode_record(&bytes);
        let parent = parent.as_deref();
        let block = Block::of(&event, payload.as_ref().map(|bytes| bytes.as_slice()), parent);
        (block.value(), bytes.len())
    }

    /// Appends an entry, whose index must be the length of the log.
    pub(crate) fn append_audit(&mut self, entry: Entry) {
        let parent = self.tip.get().0;
        let Entry { event, payload } = entry;
        let payload = payload.map(|payload| encode(&payload));
        let hash = Block::of(&event, payload.as_deref(), parent.as_deref()).hash();
        self.audit
            .append(&Stored(LogRecord { event, parent, payload: payload.map(ByteVec::from) }))
            .expect("BUG: stable memory is exhausted");
        self.tip.set(Stored(Some(ByteArray::from(hash))));
    }
}
