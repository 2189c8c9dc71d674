//! The fields of a block that is read.

use super::{Hash, Payload, Value};
use crate::access::RoleAssignment;
use candid::Principal;
use std::collections::BTreeMap;
use thiserror::Error;

/// Why a value is not a block of this log.
#[derive(Clone, Debug, Eq, Error, PartialEq)]
pub enum BlockError {
    /// The value, or its `tx`, is not a map.
    #[error("{0} is not a map")]
    NotAMap(&'static str),
    /// A field is missing or of another kind.
    #[error("field {0} is missing, or not what it should be")]
    Field(String),
    /// The `btype` is unknown: the log was written by a later release.
    #[error("block type {0} is unknown")]
    UnknownType(String),
}

/// The fields of a map that are read, and the roles of its payload.
pub(super) struct Reader<'a> {
    fields: BTreeMap<&'a str, &'a Value>,
    pub(super) roles: Vec<RoleAssignment>,
}

impl<'a> Reader<'a> {
    pub(super) fn of(name: &'static str, value: &'a Value) -> Result<Self, BlockError> {
        match value {
            Value::Map(fields) => Ok(Self {
                fields: fields.iter().map(|(name, value)| (name.as_str(), value)).collect(),
                roles: Vec::new(),
            }),
            _ => Err(BlockError::NotAMap(name)),
        }
    }

    pub(super) fn optional(&self, name: &str) -> Option<&'a Value> {
        self.fields.get(name).copied()
    }

    pub(super) fn get(&self, name: &str) -> Result<&'a Value, BlockError> {
        self.optional(name).ok_or_else(|| bad(name))
    }

    pub(super) fn text(&self, name: &str) -> Result<String, BlockError> {
        match self.get(name)? {
            Value::Text(text) => Ok(text.clone()),
            _ => Err(bad(name)),
        }
    }

    pub(super) fn optional_text(&self, name: &str) -> Result<Option<String>, BlockError> {
        self.optional(name).map(|_| self.text(name)).transpose()
    }

    pub(super) fn nat(&self, name: &str) -> Result<u64, BlockError> {
        number(name, self.get(name)?)
    }

    /// Several numbers of at most 32 bits.
    pub(super) fn small_ones(&self, name: &str) -> Result<Vec<u32>, BlockError> {
        let Value::Array(values) = self.get(name)? else { return Err(bad(name)) };
        values.iter().map(|value| small(name, number(name, value)?)).collect()
    }

    pub(super) fn small(&self, name: &str) -> Result<u32, BlockError> {
        small(name, self.nat(name)?)
    }

    pub(super) fn blob(&self, name: &str) -> Result<&'a [u8], BlockError> {
        match self.get(name)? {
            Value::Blob(bytes) => Ok(bytes),
            _ => Err(bad(name)),
        }
    }

    pub(super) fn hash(&self, name: &str) -> Result<Hash, BlockError> {
        self.blob(name)?.try_into().map_err(|_| bad(name))
    }

    pub(super) fn principal(&self, name: &str) -> Result<Principal, BlockError> {
        Principal::try_from_slice(self.blob(name)?).map_err(|_| bad(name))
    }

    pub(super) fn payload(&self) -> Result<Payload, BlockError> {
        Payload::from_candid(self.blob("payload")?).map_err(|_| bad("payload"))
    }
}

fn number(name: &str, value: &Value) -> Result<u64, BlockError> {
    match value {
        Value::Nat(number) => u64::try_from(number.0.clone()).map_err(|_| bad(name)),
        _ => Err(bad(name)),
    }
}

fn small(name: &str, number: u64) -> Result<u32, BlockError> {
    u32::try_from(number).map_err(|_| bad(name))
}

pub(super) fn bad(name: &str) -> BlockError {
    BlockError::Field(name.to_string())
}
