//! Who calls, and when.

use backup_journal::Timestamp;
use candid::Principal;

/// Who calls, and when: both as the network says, never as an argument says.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub struct Call {
    /// Who.
    pub caller: Principal,
    /// When.
    pub now: Timestamp,
}

impl Call {
    /// The call that is being executed.
    pub fn current() -> Self {
        Self { caller: ic_cdk::api::msg_caller(), now: Timestamp(ic_cdk::api::time()) }
    }

    /// A change that the coordinator makes by itself, now.
    pub fn of_coordinator() -> Self {
        Self { caller: ic_cdk::api::canister_self(), now: Timestamp(ic_cdk::api::time()) }
    }
}
