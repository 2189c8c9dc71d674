//! What methods answer with, and what a caller gets who may not call.

use crate::{encoding::Reply, types::Answer};
use backup_journal::api::{
    Archive, BlockType, CoordinatorError, GetBlocksResult, SupportedStandard, TipCertificate,
};
use ic_http_types::HttpResponse;

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
