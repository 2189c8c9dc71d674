//! Installation and upgrade.

use crate::{
    call::Call,
    gate::{Write, certification::certify, log, record},
    storage::{self, Memories, Storage},
};
use backup_journal::{
    api::{CoordinatorArgs, CoordinatorError},
    limits::{CheckLimits, MAX_ROLE_HOLDERS, check_count},
};
use candid::Principal;
use ic_stable_structures::{DefaultMemoryImpl, Memory as _};

/// The first bytes of a stable memory that a memory manager has laid out.
const MANAGED: &[u8; 3] = b"MGR";

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
    log::upgraded(call.caller);
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
    let holders = storage::read(|storage| storage.holders_with(roles));
    if let Err(limit) = check_count("roles", holders, MAX_ROLE_HOLDERS) {
        panic!("{}", CoordinatorError::from(limit));
    }
    if let Err(refusal) = storage::write(|storage| record(storage, call, Write::Configured(args))) {
        panic!("{refusal}");
    }
}
