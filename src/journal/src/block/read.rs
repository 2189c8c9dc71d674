//! From a block back to the event.

use super::{
    AuditEvent, AuditEventKind as Kind, BLOCK_TYPES, Entry, Hash, Payload, Value,
    write::{outcome_name, role_name, visibility_name},
};
use crate::{
    Attempt, PlanId, PreflightId, ReceiptIndex, Rules, RunId, Sequence, Timestamp,
    access::{Role, RoleAssignment, Visibility},
    journal::ReceiptOutcome,
    preflight::ValidityWindow,
};
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

/// Reads the block at `index`, and the hash of the block before it.
///
/// # Errors
/// When the value is not a block of this log.
pub fn read_block(index: u64, block: &Value) -> Result<(Entry, Option<Hash>), BlockError> {
    let block = Reader::of("the block", block)?;
    let tx = Reader::of("tx", block.get("tx")?)?;
    let parent = match block.optional("phash") {
        None => None,
        Some(_) => Some(block.hash("phash")?),
    };
    let payload = match tx.optional("payload") {
        None => None,
        Some(_) => Some(tx.payload()?),
    };
    let roles = match &payload {
        Some(Payload::Roles(roles)) => roles.clone(),
        _ => Vec::new(),
    };
    let event = AuditEvent {
        index,
        time: Timestamp(block.nat("ts")?),
        caller: tx.principal("caller")?,
        run_id: tx.optional_text("run_id")?.map(RunId),
        kind: tx.kind(&block.text("btype")?, roles)?,
    };
    Ok((Entry { event, payload }, parent))
}

/// The fields of a map.
struct Reader<'a>(BTreeMap<&'a str, &'a Value>);

impl<'a> Reader<'a> {
    fn of(name: &'static str, value: &'a Value) -> Result<Self, BlockError> {
        match value {
            Value::Map(fields) => {
                Ok(Self(fields.iter().map(|(name, value)| (name.as_str(), value)).collect()))
            }
            _ => Err(BlockError::NotAMap(name)),
        }
    }

    fn optional(&self, name: &str) -> Option<&'a Value> {
        self.0.get(name).copied()
    }

    fn get(&self, name: &str) -> Result<&'a Value, BlockError> {
        self.optional(name).ok_or_else(|| bad(name))
    }

    fn text(&self, name: &str) -> Result<String, BlockError> {
        match self.get(name)? {
            Value::Text(text) => Ok(text.clone()),
            _ => Err(bad(name)),
        }
    }

    fn optional_text(&self, name: &str) -> Result<Option<String>, BlockError> {
        self.optional(name).map(|_| self.text(name)).transpose()
    }

    fn nat(&self, name: &str) -> Result<u64, BlockError> {
        match self.get(name)? {
            Value::Nat(number) => u64::try_from(number.0.clone()).map_err(|_| bad(name)),
            _ => Err(bad(name)),
        }
    }

    fn small(&self, name: &str) -> Result<u32, BlockError> {
        u32::try_from(self.nat(name)?).map_err(|_| bad(name))
    }

    fn blob(&self, name: &str) -> Result<&'a [u8], BlockError> {
        match self.get(name)? {
            Value::Blob(bytes) => Ok(bytes),
            _ => Err(bad(name)),
        }
    }

    fn hash(&self, name: &str) -> Result<Hash, BlockError> {
        self.blob(name)?.try_into().map_err(|_| bad(name))
    }

    fn principal(&self, name: &str) -> Result<Principal, BlockError> {
        Principal::try_from_slice(self.blob(name)?).map_err(|_| bad(name))
    }

    fn payload(&self) -> Result<Payload, BlockError> {
        Payload::from_candid(self.blob("payload")?).map_err(|_| bad("payload"))
    }

    /// A text that is the name of one of `all`.
    fn named<T: Copy>(
        &self,
        field: &str,
        all: &[T],
        name: fn(T) -> &'static str,
    ) -> Result<T, BlockError> {
        let text = self.text(field)?;
        all.iter().copied().find(|one| name(*one) == text).ok_or_else(|| bad(field))
    }

    fn role(&self) -> Result<RoleAssignment, BlockError> {
        let all = [Role::Auditor, Role::Operator, Role::Administrator];
        Ok(RoleAssignment {
            principal: self.principal("principal")?,
            role: self.named("role", &all, role_name)?,
        })
    }

    fn visibility(&self) -> Result<Option<Visibility>, BlockError> {
        let all = [Visibility::Members, Visibility::Public];
        self.optional("visibility")
            .map(|_| self.named("visibility", &all, visibility_name))
            .transpose()
    }

    fn preflight_id(&self) -> Result<PreflightId, BlockError> {
        self.text("preflight_id").map(PreflightId)
    }

    fn window(&self) -> Result<ValidityWindow, BlockError> {
        Ok(ValidityWindow {
            validated_at: Timestamp(self.nat("validated_at")?),
            expires_at: Timestamp(self.nat("expires_at")?),
        })
    }

    fn plan_id(&self) -> Result<PlanId, BlockError> {
        self.text("plan_id").map(PlanId)
    }

    /// Blocks of the first version name none.
    fn rules(&self) -> Result<Rules, BlockError> {
        match self.optional("rules") {
            None => Ok(Rules::V1),
            Some(_) => Rules::numbered(self.small("rules")?).ok_or_else(|| bad("rules")),
        }
    }

    fn sequence(&self) -> Result<Sequence, BlockError> {
        self.small("sequence").map(Sequence)
    }

    fn kind(&self, btype: &str, roles: Vec<RoleAssignment>) -> Result<Kind, BlockError> {
        let number = BLOCK_TYPES
            .iter()
            .position(|(name, _)| *name == btype)
            .ok_or_else(|| BlockError::UnknownType(btype.to_string()))?;
        Ok(match number {
            0 => Kind::Configured {
                roles,
                visibility: self.visibility()?,
                restart_overdue_after_seconds: self.overdue_after()?,
            },
            1 => Kind::RoleGranted(self.role()?),
            2 => Kind::RoleRevoked(self.role()?),
            3 => Kind::JournalCreated {
                plan_id: self.plan_id()?,
                targets: self.small("targets")?,
                operations: self.small("operations")?,
                rules: self.rules()?,
            },
            4 => Kind::PreflightAccepted { preflight_id: self.preflight_id()? },
            5 => Kind::PreflightReceiptsAccepted {
                preflight_id: self.preflight_id()?,
                window: self.window()?,
            },
            6 => Kind::OperationClaimed {
                sequence: self.sequence()?,
                attempt: Attempt(self.small("attempt")?),
            },
            7 => self.receipt()?,
            8 => Kind::OperationRetried { sequence: self.sequence()? },
            9 => Kind::DraftBegun { plan_id: self.plan_id()?, rules: self.rules()? },
            10 => Kind::DraftTargetsAppended {
                start: self.small("start")?,
                count: self.small("count")?,
            },
            11 => Kind::DraftSealed {
                plan_id: self.plan_id()?,
                targets: self.small("targets")?,
                operations: self.small("operations")?,
            },
            12 => Kind::DraftDiscarded { plan_id: self.plan_id()? },
            13 => Kind::PreflightReceiptsAppended {
                preflight_id: self.preflight_id()?,
                window: self.window()?,
                start: self.small("start")?,
                count: self.small("count")?,
            },
            14 => Kind::StartSettled {
                canister_id: self.principal("canister_id")?,
                reason: self.text("reason")?,
            },
            _ => Kind::SettingsUpdated {
                visibility: self.visibility()?,
                restart_overdue_after_seconds: self.overdue_after()?,
            },
        })
    }

    fn overdue_after(&self) -> Result<Option<u64>, BlockError> {
        let name = "restart_overdue_after_seconds";
        self.optional(name).map(|_| self.nat(name)).transpose()
    }

    fn receipt(&self) -> Result<Kind, BlockError> {
        let outcomes = [ReceiptOutcome::Completed, ReceiptOutcome::Failed, ReceiptOutcome::Skipped];
        Ok(Kind::ReceiptRecorded {
            sequence: self.sequence()?,
            attempt: Attempt(self.small("attempt")?),
            outcome: self.named("outcome", &outcomes, outcome_name)?,
            receipt_index: ReceiptIndex(self.small("receipt_index")?),
            preflight_id: self.optional_text("preflight_id")?.map(PreflightId),
            snapshot_id: self.optional_text("snapshot_id")?,
            artifact_path: self.optional_text("artifact_path")?,
            checksum: self.optional_text("checksum")?,
            failure_reason: self.optional_text("failure_reason")?,
            performed_at: self
                .optional("performed_at")
                .map(|_| self.nat("performed_at").map(Timestamp))
                .transpose()?,
        })
    }
}

fn bad(name: &str) -> BlockError {
    BlockError::Field(name.to_string())
}
