//! Installation and upgrade.

use crate::{
    Call,
    arguments::{self, Arguments, type_in_words},
    certification::certify,
    memory::Memories,
    record::{Write, record},
    storage::{self, Storage},
};
use backup_journal::{
    api::{CoordinatorArgs, CoordinatorError},
    limits::{CheckLimits, MAX_ROLE_HOLDERS, check_count},
};
use candid::{CandidType as _, Principal};
use ic_stable_structures::{DefaultMemoryImpl, Memory as _};
use std::collections::BTreeSet;

/// The first bytes of a stable memory that a memory manager has laid out.
const MANAGED: &[u8; 3] = b"MGR";

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

/// Lays out an empty stable memory.
///
/// # Panics
/// When an argument is refused, so that the installation fails as a whole.
pub fn init(args: CoordinatorArgs, call: &Call) {
    storage::install(Storage::open(&Memories::new(DefaultMemoryImpl::default())));
    configure(Some(args), call);
}

/// Opens the stable memory of an earlier release.
///
/// # Panics
/// When this release cannot read that memory, or an argument is refused: the upgrade then fails and the
/// earlier release goes on.
pub fn post_upgrade(args: Option<CoordinatorArgs>, call: &Call) {
    let memory = DefaultMemoryImpl::default();
    check_managed(&memory);
    let storage = Storage::open(&Memories::new(memory));
    storage::install(storage);
    configure(args, call);
}

#[allow(
    clippy::trivially_copy_pass_by_ref,
    reason = "on the network this memory has no size, elsewhere it does"
)]
fn check_managed(memory: &DefaultMemoryImpl) {
    let mut magic = [0; 3];
    if memory.size() > 0 {
        memory.read(0, &mut magic);
    }
    assert!(magic == *MANAGED, "stable memory was not written by a backup coordinator");
}

fn configure(args: Option<CoordinatorArgs>, call: &Call) {
    storage::read(certify);
    let Some(args) = args.filter(|args| *args != CoordinatorArgs::default()) else { return };
    if let Err(limit) = args.check_limits() {
        panic!("{}", CoordinatorError::from(limit));
    }
    let roles = &args.roles;
    let anonymous = roles.iter().any(|grant| grant.principal == Principal::anonymous());
    assert!(!anonymous, "{}", CoordinatorError::AnonymousRole);
    let new: BTreeSet<Principal> = roles.iter().map(|grant| grant.principal).collect();
    let holders = storage::read(|storage| storage.holders_with(&new));
    if let Err(limit) = check_count("roles", holders, MAX_ROLE_HOLDERS) {
        panic!("{}", CoordinatorError::from(limit));
    }
    if let Err(refusal) = storage::write(|storage| record(storage, call, Write::Configured(args))) {
        panic!("{refusal}");
    }
}
