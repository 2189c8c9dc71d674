//! Who may call what.
//!
//! A role may be granted for one fleet. It counts for a method whose guard names an argument, `Operator(run_id)`, and there
//! for calls about that fleet only. A method whose guard names no argument needs the role for all fleets. The check has
//! two steps, because arguments are not decoded for a caller who may not call: [`Method::admit`] before decoding and
//! [`Admission::check`] after it, both called by [`endpoint`](super::endpoint).

use super::subject::Subject;
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
    /// The argument that the guard names: a role for the fleet of this run, plan or fleet is enough. If there is none, the
    /// caller needs the role for all fleets.
    pub subject: Option<&'static str>,
}

/// How a caller has passed the guard of a method.
#[must_use]
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum Admission {
    /// Whatever the call is about.
    ForAllFleets,
    /// With a role for some fleets: [`Admission::check`] decides.
    ForSomeFleets {
        /// The caller.
        caller: Principal,
        /// The lowest role that may call the method.
        required: Role,
    },
}

impl Method {
    /// Refuses a caller without the role that the guard requires, before the arguments are decoded.
    ///
    /// # Errors
    /// [`CoordinatorError::Unauthorized`], and [`CoordinatorError::OtherFleet`] if the caller holds the role for some fleets
    /// and the method needs it for all.
    pub fn admit(&self, caller: Principal) -> Result<Admission, CoordinatorError> {
        match self.guard {
            Guard::Anyone => Ok(Admission::ForAllFleets),
            Guard::Reader if reading_is_public() => Ok(Admission::ForAllFleets),
            guard => self.require(caller, guard.least_role()),
        }
    }

    fn require(&self, caller: Principal, required: Role) -> Result<Admission, CoordinatorError> {
        if role_of(caller) >= Some(required) {
            return Ok(Admission::ForAllFleets);
        }
        if role_for_any_fleet(caller) < Some(required) {
            return Err(CoordinatorError::Unauthorized { caller, required });
        }
        if self.subject.is_none() {
            return Err(CoordinatorError::OtherFleet { caller, required });
        }
        Ok(Admission::ForSomeFleets { caller, required })
    }

    /// Whether `inspect_message` accepts an ingress message of this caller.
    ///
    /// One node runs `inspect_message` before the network accepts an ingress message. This saves the cycles that
    /// the coordinator would pay for the bytes and the execution of calls that the guard refuses. It does not
    /// protect the methods: calls from canisters and queries do not pass through it, and the node may be malicious.
    /// Therefore each method checks its guard again. The arguments are not read here, because the network limits the
    /// instructions of an inspection: a holder of a role for one fleet is let through, and the method refuses what is about
    /// another.
    ///
    /// The coordinator pays for a query that is sent as an update. Such messages are accepted only from callers
    /// with a role, so that nobody else can spend the cycles of the coordinator. A caller without a role can send a
    /// query as a query, which costs the coordinator nothing.
    pub fn accepts_ingress(&self, caller: Principal) -> bool {
        self.require(caller, self.guard.least_role()).is_ok()
    }
}

impl Guard {
    /// The lowest role that passes this guard with every visibility, for an ingress message too.
    const fn least_role(self) -> Role {
        match self {
            Self::Anyone | Self::Reader => Role::Auditor,
            Self::Operator => Role::Operator,
            Self::Administrator => Role::Administrator,
        }
    }
}

impl Admission {
    /// Refuses a caller who does not hold the role for the fleet of `subject`, the argument that the guard names.
    ///
    /// A run that does not exist is refused as one of another fleet is, so that nobody can find out which runs those have.
    ///
    /// # Errors
    /// [`CoordinatorError::OtherFleet`].
    pub fn check(self, subject: Option<&dyn Subject>) -> Result<(), CoordinatorError> {
        let Self::ForSomeFleets { caller, required } = self else { return Ok(()) };
        let held = storage::read(|storage| {
            let fleet = subject?.fleet(storage)?;
            storage.highest_role_for(caller, &fleet)
        });
        if held < Some(required) {
            return Err(CoordinatorError::OtherFleet { caller, required });
        }
        Ok(())
    }
}

fn reading_is_public() -> bool {
    storage::read(Storage::settings).visibility == Visibility::Public
}

/// The highest role of a caller for all fleets.
fn role_of(caller: Principal) -> Option<Role> {
    if caller == Principal::anonymous() {
        return None;
    }
    if ic_cdk::api::is_controller(&caller) {
        return Some(Role::Administrator);
    }
    storage::read(|storage| storage.highest_role(caller))
}

/// The highest role of a caller for any one fleet.
fn role_for_any_fleet(caller: Principal) -> Option<Role> {
    if caller == Principal::anonymous() {
        return None;
    }
    storage::read(|storage| storage.highest_role_for_any_fleet(caller))
}
