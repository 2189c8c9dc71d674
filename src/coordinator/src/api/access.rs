//! Who may call what.

use crate::storage::{self, Storage};
use backup_journal::api::{CoordinatorError, Role, Visibility};
use candid::Principal;

/// Who may call a method. Each may call what the ones before it may.
#[derive(Clone, Copy, Debug, Eq, Ord, PartialEq, PartialOrd)]
pub enum Guard {
    /// Everybody.
    Everybody,
    /// Whoever may read: members, or everybody where reading is public.
    Reader,
    /// Whoever may move journals.
    Operator,
    /// Whoever may say who may do what.
    Administrator,
}

/// A method of the interface.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub struct Method {
    /// Its name.
    pub name: &'static str,
    /// Who may call it.
    pub guard: Guard,
}

impl Guard {
    /// Refuses a caller who may not call, before anything of the call is read.
    ///
    /// # Errors
    /// [`CoordinatorError::Unauthorized`].
    pub fn check(self, caller: Principal) -> Result<(), CoordinatorError> {
        match self {
            Self::Everybody => Ok(()),
            Self::Reader if reading_is_public() => Ok(()),
            Self::Reader | Self::Operator | Self::Administrator => {
                require(caller, self.least_role())
            }
        }
    }

    /// The least role that is enough, wherever and however a method is called.
    const fn least_role(self) -> Role {
        match self {
            Self::Everybody | Self::Reader => Role::Auditor,
            Self::Operator => Role::Operator,
            Self::Administrator => Role::Administrator,
        }
    }

    /// Whether an ingress message of this caller is worth executing.
    ///
    /// One node asks this before the network takes in a message from outside. It spares the coordinator the cycles
    /// for calls that would be refused, also for their bytes, and no more: calls of canisters and queries do not
    /// pass here, and that node may lie. So the method checks again, before it reads its arguments. They are not
    /// looked at here, since what is spent here is not charged to anybody.
    ///
    /// A query that is sent as an update is paid by this canister. Who holds no role has it answered as a query,
    /// which is not inspected and costs nothing, so nobody can drain the coordinator while a fleet is stopped.
    pub fn accepts_ingress(self, caller: Principal) -> bool {
        require(caller, self.least_role()).is_ok()
    }
}

fn require(caller: Principal, required: Role) -> Result<(), CoordinatorError> {
    if role_of(caller).is_some_and(|role| role >= required) {
        return Ok(());
    }
    Err(CoordinatorError::Unauthorized { caller, required })
}

fn reading_is_public() -> bool {
    storage::read(Storage::settings).visibility == Visibility::Public
}

fn role_of(caller: Principal) -> Option<Role> {
    if caller == Principal::anonymous() {
        return None;
    }
    if ic_cdk::api::is_controller(&caller) {
        return Some(Role::Administrator);
    }
    storage::read(|storage| storage.highest_role(caller))
}
