//! From an event to a block.

use super::{
    AuditEvent, Entry, Hash, Value,
    event::{block_type, write_kind},
    fields::Fields,
    value::{hash_of_map, name_hash},
};

/// The block that records `entry`, after the block with the hash `parent`.
pub fn block(entry: &Entry, parent: Option<Hash>) -> Value {
    let payload = entry.payload.as_ref().map(super::Payload::to_candid);
    Block::of(&entry.event, payload.as_deref(), parent.as_ref()).value()
}

/// A block as its fields: most are only hashed, and for that nothing has to be copied.
pub struct Block<'a> {
    fields: Fields<'a>,
    tx: Fields<'a>,
}

impl<'a> Block<'a> {
    /// The block that records `event`, whose payload is `payload` in Candid, after the one with the hash
    /// `parent`.
    pub fn of(event: &'a AuditEvent, payload: Option<&'a [u8]>, parent: Option<&'a Hash>) -> Self {
        let mut tx = Fields::default();
        tx.blob("caller", event.caller.as_slice());
        tx.optional_text("run_id", event.run_id.as_ref().map(crate::RunId::as_str));
        write_kind(&mut tx, &event.kind);
        tx.optional_blob("payload", payload);
        let mut fields = Fields::default();
        fields.optional_blob("phash", parent.map(Hash::as_slice));
        fields.name("btype", block_type(&event.kind));
        fields.nat("ts", event.time.0);
        Self { fields, tx }
    }

    /// The block as a value.
    pub fn value(&self) -> Value {
        let mut fields = self.fields.values();
        fields.push((TX.to_string(), Value::Map(self.tx.values())));
        Value::Map(fields)
    }

    /// The hash of [`Block::value`].
    pub fn hash(&self) -> Hash {
        let tx = (name_hash(TX), hash_of_map(self.tx.hashes()));
        hash_of_map(self.fields.hashes().chain([tx]))
    }

    /// Bytes of an answer with this block alone, or a few more.
    pub fn served_bytes(&self) -> usize {
        ANSWER_BYTES + self.fields.served_bytes() + self.tx.served_bytes()
    }
}

/// Bytes of an answer with one block, apart from the fields of the block: types, numbers, lengths of lists.
const ANSWER_BYTES: usize = 512;

/// The field that holds the content of the change.
const TX: &str = "tx";
