//! Encoding of replies, and of what blocks carry.
//!
//! A Candid message begins with a table of its types. Deriving the table of a result with every error it
//! may carry is most of the work of a small call, and its outcome never changes, so the build script
//! writes the tables down and only the value is encoded here.

use backup_journal::{
    api::{
        Archive, AuditEvent, BlockType, CoordinatorError, DiscardProgress, DraftStatus,
        GetBlocksResult, JournalDetails, Page, PlanPage, PreflightProgress, Resources,
        RoleAssignment, SealProgress, Settings, StartOwed, SupportedStandard, TargetStatus,
        TipCertificate,
    },
    block::Payload,
    journal::{JournalCheck, Operation, ReceiptRecord, ResumeSummary},
    plan::BackupPlan,
    preflight::PreflightRequests,
};
use candid::{CandidType, Principal, ser::ValueSerializer};
use ic_http_types::HttpResponse;

/// What a method answers with, unless a standard prescribes something else.
pub type Answer<T> = Result<T, CoordinatorError>;

/// A type that is written as Candid; `replies.rs` lists them all.
pub trait Reply: CandidType {
    /// What a Candid message with one value of this type begins with.
    const TABLE: &'static [u8];
}

include!(concat!(env!("OUT_DIR"), "/tables.rs"));

/// What a query answers with.
pub trait Outcome: Reply + Sized {
    /// Whether the answer has the form that a standard prescribes. Then callers may know a later edition, and
    /// send fields that we do not know.
    const IS_STANDARD: bool;

    /// The answer to a call that is refused, or the error again where the answer has no room for one.
    ///
    /// # Errors
    /// The error itself.
    fn refused(error: CoordinatorError) -> Result<Self, CoordinatorError>;
}

impl<T> Outcome for Answer<T>
where
    Self: Reply,
{
    const IS_STANDARD: bool = false;

    fn refused(error: CoordinatorError) -> Result<Self, CoordinatorError> {
        Ok(Err(error))
    }
}

macro_rules! standard_answers {
    ($($answer:ty),*) => {
        $(
            impl Outcome for $answer {
                const IS_STANDARD: bool = true;

                fn refused(error: CoordinatorError) -> Result<Self, CoordinatorError> {
                    Err(error)
                }
            }
        )*
    };
}

standard_answers![
    GetBlocksResult,
    HttpResponse,
    Option<TipCertificate>,
    Vec<Archive>,
    Vec<BlockType>,
    Vec<SupportedStandard>
];

/// Encodes a reply, or what a block carries.
///
/// # Panics
/// Never: every reply can be written.
pub fn encode<T: Reply>(reply: &T) -> Vec<u8> {
    [T::TABLE, written(reply).get_result()].concat()
}

/// Bytes of a value in a reply.
///
/// # Panics
/// Never: every part of a reply can be written.
pub fn value_bytes(value: &impl CandidType) -> usize {
    written(value).get_result().len()
}

fn written(value: &impl CandidType) -> ValueSerializer {
    let mut values = ValueSerializer::new();
    value.idl_serialize(&mut values).expect("BUG: a reply cannot be encoded");
    values
}

#[cfg(test)]
mod tests;
