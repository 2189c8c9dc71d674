//! Who may call what.

use crate::storage::{self, Storage};
use backup_journal::api::{CoordinatorError, Role, Visibility};
use candid::Principal;

/// The guard of a method: who may call it. A caller that passes a guard passes all guards before it.
#[derive(Clone, Copy, Debug, Eq, Ord, PartialEq, PartialOrd)]
pub enum Guard {
    /// Anyone.
    Anyone,
    /// A holder of any role; anyone if [`Visibility::Public`] is set.
    Reader,
    /// A holder of the role Operator or Administrator.
    Operator,
    /// A holder of the role Administrator, or a controller.
    Administrator,
}

/// A method of the interface.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub struct Method {
    /// Its name.
    pub name: &'static str,
    /// Its guard.
    pub guard: Guard,
}

impl Guard {
    /// Refuses a caller without the role that the guard requires.
    ///
    /// # Errors
    /// [`CoordinatorError::Unauthorized`].
    pub fn check(self, caller: Principal) -> Result<(), CoordinatorError> {
        match self {
            Self::Anyone => Ok(()),
            Self::Reader if reading_is_public() => Ok(()),
            Self::Reader | Self::Operator | Self::Administrator => {
                require(caller, self.least_role())
            }
        }
    }

    /// The lowest role that passes this guard with every visibility, for an ingress message too.
    const fn least_role(self) -> Role {
        match self {
            Self::Anyone | Self::Reader => Role::Auditor,
            Self::Operator => Role::Operator,
            Self::Administrator => Role::Administrator,
        }
    }

    /// Whether `inspect_message` accepts an ingress message of this caller.
    ///
    /// One node runs `inspect_message` before the network accepts an ingress message. This saves the cycles that
    /// the coordinator would pay for the bytes and the execution of calls that the guard refuses. It does not
    /// protect the methods: calls from canisters and queries do not pass through it, and the node may be malicious.
    /// Therefore each method checks its guard again. The arguments are not read here, because the network limits the
    /// instructions of an inspection.
    ///
    /// The coordinator pays for a query that is sent as an update. Such messages are accepted only from callers
    /// with a role, so that nobody else can spend the cycles of the coordinator. A caller without a role can send a
    /// query as a query, which costs the coordinator nothing.
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
