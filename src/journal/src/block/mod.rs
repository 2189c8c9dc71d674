//! The audit trail as a block log in the form of ICRC-3: what a block contains, and how it is hashed.
//!
//! A block is a map of `btype`, `ts`, `tx` and, but for the first, `phash`, the hash of the block before
//! it. `tx` holds the caller, the run and the whole content of the change, so that replaying the log
//! rebuilds every journal. `docs/blocks.md` lists the types and their fields.

mod audit_event;
mod claimed;
mod entry;
mod event;
mod field;
mod fields;
mod payload;
mod read;
mod reader;
mod table;
mod value;
mod write;

#[cfg(test)]
pub(crate) mod tests;

pub use audit_event::AuditEvent;
pub use claimed::ClaimedOperation;
pub use entry::Entry;
pub use event::{
    AuditEventKind, BLOCK_TYPES, block_type, block_type_number, event_fields, event_texts,
};
pub use payload::Payload;
pub use read::read_block;
pub use reader::BlockError;
pub use value::{Hash, Value};
pub use write::{Block, block};
