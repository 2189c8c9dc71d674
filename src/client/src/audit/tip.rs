//! What a hash tree says of the last block of a log.
//!
//! The labels are looked up by the rules of the interface specification: forks are flattened, and a label is
//! absent only where nothing is pruned that could hide it.

use super::{AuditError, Chain};
use serde_cbor::Value;

/// What a hash tree says of the last block; none when it proves that there is no block.
#[derive(Clone, Debug, Eq, PartialEq)]
pub(super) struct Claim {
    last: Option<(u64, Vec<u8>)>,
}

impl Claim {
    pub(super) fn of(tree: &Value) -> Result<Self, AuditError> {
        let (index, hash) = (find(tree, b"last_block_index"), find(tree, b"last_block_hash"));
        match (index, hash) {
            (Label::Absent, Label::Absent) => Ok(Self { last: None }),
            (Label::Leaf(index), Label::Leaf(hash)) => {
                let index =
                    leb128(index).ok_or_else(|| unreadable("last_block_index is no LEB128"))?;
                Ok(Self { last: Some((index, hash.to_vec())) })
            }
            _ => Err(unreadable("it does not say which block is the last one")),
        }
    }

    pub(super) fn describe(&self) -> String {
        let describe = |(index, hash): &(u64, Vec<u8>)| {
            format!("block {index} with hash {}", hex::encode(hash))
        };
        self.last.as_ref().map_or_else(|| "that there is none".to_string(), describe)
    }

    /// The index of the last block; none when there is no block.
    pub(super) fn last(&self) -> Option<u64> {
        self.last.as_ref().map(|(index, _)| *index)
    }

    /// How many blocks there are.
    pub(super) fn length(&self) -> u64 {
        self.last().map_or(0, |last| last.saturating_add(1))
    }

    /// Holds the claim against the end of the chain.
    pub(super) fn check(&self, chain: &Chain) -> Result<(), AuditError> {
        let Chain { length, tip } = *chain;
        let certified = self.last();
        match (&self.last, tip) {
            (None, None) => Ok(()),
            (Some((last, _)), _) if *last >= length => {
                Err(AuditError::Truncated { certified: *last, length })
            }
            (Some((last, hash)), Some(tip)) if last + 1 == length => {
                if *hash == tip {
                    return Ok(());
                }
                let (found, certified) = (hex::encode(tip), hex::encode(hash));
                Err(AuditError::TipHash { index: *last, found, certified })
            }
            _ => Err(AuditError::Uncertified { certified, length }),
        }
    }
}

fn unreadable(problem: &str) -> AuditError {
    AuditError::Unreadable { what: "hash tree", problem: problem.to_string() }
}

/// What a tree says of a label at its top.
enum Label<'a> {
    Leaf(&'a [u8]),
    Absent,
    Unknown,
}

/// Looks for a label, which must be there once, with a leaf below it. A pruned part may hide it.
fn find<'a>(tree: &'a Value, label: &[u8]) -> Label<'a> {
    let mut nodes = Vec::new();
    flatten(tree, &mut nodes);
    let (mut found, mut hidden) = (Vec::new(), false);
    for node in nodes {
        match node {
            [Value::Integer(2), Value::Bytes(name), below] if name == label => found.push(below),
            [Value::Integer(2), Value::Bytes(_), _] => {}
            _ => hidden = true,
        }
    }
    match found.as_slice() {
        [] if !hidden => Label::Absent,
        [below] => leaf(below),
        _ => Label::Unknown,
    }
}

fn leaf(node: &Value) -> Label<'_> {
    match node {
        Value::Array(node) => match node.as_slice() {
            [Value::Integer(3), Value::Bytes(content)] => Label::Leaf(content),
            _ => Label::Unknown,
        },
        _ => Label::Unknown,
    }
}

/// The nodes at the top of a tree, from left to right, without forks and empty ones.
fn flatten<'a>(tree: &'a Value, nodes: &mut Vec<&'a [Value]>) {
    let node = match tree {
        Value::Array(node) => node.as_slice(),
        Value::Tag(_, tree) => return flatten(tree, nodes),
        _ => return nodes.push(&[]),
    };
    match node {
        [Value::Integer(0)] => {}
        [Value::Integer(1), left, right] => {
            flatten(left, nodes);
            flatten(right, nodes);
        }
        other => nodes.push(other),
    }
}

/// Reads a number in LEB128 that is all of `bytes`.
pub(super) fn leb128(bytes: &[u8]) -> Option<u64> {
    let (last, init) = bytes.split_last()?;
    if last & 0x80 != 0 || init.iter().any(|byte| byte & 0x80 == 0) {
        return None;
    }
    bytes.iter().rev().try_fold(0_u64, |number, byte| {
        number.checked_mul(0x80).map(|number| number | u64::from(byte & 0x7f))
    })
}
