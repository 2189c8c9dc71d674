//! Ways in which a dishonest server might change a log, for tests and demonstrations.

use super::{Chain, Evidence};
use backup_journal::{
    api::TipCertificate,
    block::{Hash, Value},
};
use candid::Nat;
use ic_certification::{HashTree, fork, labeled, leaf};
use serde::Serialize;
use serde_bytes::ByteBuf;

/// A way to tamper with a log. Blocks beyond the end are left alone.
#[derive(Clone, Debug, Eq, PartialEq)]
pub enum Tampering {
    /// A block is given another time.
    Change(usize),
    /// A block is left out, and those behind it move up.
    Drop(usize),
    /// A block changes places with the next one.
    Swap(usize),
    /// The last block is told once more, as a block that follows it.
    Append,
    /// A block is given another time, all that follow are chained to it anew, and so is the hash tree.
    ForgeTip(usize),
    /// A certificate from before stands in for the current one.
    OldCertificate(TipCertificate),
}

impl Tampering {
    /// Tampers with what a coordinator has shown.
    pub fn apply(&self, evidence: &mut Evidence) {
        let blocks = &mut evidence.blocks;
        match self {
            Self::Change(index) => blocks.get_mut(*index).into_iter().for_each(change),
            Self::Drop(index) if *index < blocks.len() => drop(blocks.remove(*index)),
            Self::Swap(index) if index + 1 < blocks.len() => blocks.swap(*index, index + 1),
            Self::Drop(_) | Self::Swap(_) => {}
            Self::Append => append(blocks),
            Self::ForgeTip(index) => {
                blocks.get_mut(*index).into_iter().for_each(change);
                rechain(blocks);
                forge(evidence);
            }
            Self::OldCertificate(tip) => evidence.tip = Some(tip.clone()),
        }
    }
}

/// The field of a block.
fn field<'a>(block: &'a mut Value, name: &str) -> Option<&'a mut Value> {
    let Value::Map(fields) = block else { return None };
    fields.iter_mut().find(|(field, _)| field == name).map(|(_, value)| value)
}

fn change(block: &mut Value) {
    if let Some(Value::Nat(time)) = field(block, "ts") {
        *time += Nat::from(1_u8);
    }
}

fn append(blocks: &mut Vec<Value>) {
    let Some(mut next) = blocks.last().cloned() else { return };
    let parent = next.hash();
    set_parent(&mut next, parent);
    blocks.push(next);
}

fn set_parent(block: &mut Value, parent: Hash) {
    match (field(block, "phash").is_some(), block) {
        (true, block) => {
            if let Some(hash) = field(block, "phash") {
                *hash = Value::blob(parent);
            }
        }
        (false, Value::Map(fields)) => fields.push(("phash".to_string(), Value::blob(parent))),
        (false, _) => {}
    }
}

fn rechain(blocks: &mut [Value]) {
    for index in 1..blocks.len() {
        let parent = blocks[index - 1].hash();
        set_parent(&mut blocks[index], parent);
    }
}

/// Makes a hash tree that says what the chain says, under the certificate that was there.
fn forge(evidence: &mut Evidence) {
    let Ok(Chain { length, tip: Some(hash) }) = Chain::check(&evidence.blocks) else { return };
    let tree: HashTree = fork(
        labeled("last_block_hash", leaf(hash)),
        labeled("last_block_index", leaf(leb128(length - 1))),
    );
    if let Some(tip) = &mut evidence.tip {
        tip.hash_tree = ByteBuf::from(cbor(&tree));
    }
}

fn leb128(mut number: u64) -> Vec<u8> {
    let mut bytes = Vec::new();
    while number >= 0x80 {
        bytes.push(number.to_le_bytes()[0] | 0x80);
        number >>= 7;
    }
    bytes.push(number.to_le_bytes()[0]);
    bytes
}

fn cbor(tree: &HashTree) -> Vec<u8> {
    let mut bytes = Vec::new();
    let mut serializer = serde_cbor::Serializer::new(&mut bytes);
    serializer
        .self_describe()
        .and_then(|()| tree.serialize(&mut serializer))
        .expect("BUG: a hash tree cannot be written to memory");
    bytes
}
