//! The argument of an installation and of an upgrade.

use super::arguments::{self, Arguments, type_in_words};
use backup_journal::api::CoordinatorArgs;
use candid::CandidType as _;

/// Decodes the argument of an installation: a record.
///
/// # Panics
/// When it is something else, or a part of it would be ignored: a mistyped argument must not count as none.
#[expect(clippy::needless_pass_by_value, reason = "ic_cdk hands it over so")]
pub fn installation_argument(bytes: Vec<u8>) -> CoordinatorArgs {
    let (args,) = argument(&bytes, "an installation", "");
    args
}

/// Decodes the argument of an upgrade: a record, or null where nothing is to change.
///
/// # Panics
/// As [`installation_argument`].
#[expect(clippy::needless_pass_by_value, reason = "ic_cdk hands it over so")]
pub fn upgrade_argument(bytes: Vec<u8>) -> Option<CoordinatorArgs> {
    let (args,) = argument(&bytes, "an upgrade", "null or ");
    args
}

fn argument<A: Arguments>(bytes: &[u8], of: &str, or: &str) -> A {
    arguments::decode(bytes, &[]).unwrap_or_else(|error| {
        panic!(
            "the argument of {of} must be {or}{}: {error}",
            type_in_words(&CoordinatorArgs::ty())
        )
    })
}
