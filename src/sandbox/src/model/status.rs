//! Whether a canister takes calls.

/// Whether a canister takes calls.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum CanisterStatus {
    /// It takes calls.
    Running,
    /// It takes no calls and stops when the calls that it is executing are over.
    Stopping,
    /// It takes no calls.
    Stopped,
}
