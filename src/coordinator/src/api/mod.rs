//! The methods of the canister: `updates`, `queries`, and what `standards` prescribe.
//!
//! A call enters in one of these three files, at the function of its name. `#[update(guard = …)]` or `#[query(guard = …)]`
//! in front of it is the one place that says who may call it; see `methods` for what these attributes do.

pub mod install;

mod access;
mod arguments;
mod endpoint;
mod icrc3;
mod lists;
mod methods;
mod paging;
mod queries;
mod reply;
mod standards;
mod updates;

pub use access::{Guard, Method};

/// Every method.
pub fn all_methods() -> impl Iterator<Item = &'static Method> {
    [updates::METHODS, queries::METHODS, standards::METHODS].into_iter().flatten()
}

/// Whether to take in a message from outside; see [`Guard::accepts_ingress`] for what this covers and what not.
pub fn accepts_ingress(method: &str, caller: candid::Principal) -> bool {
    let method = all_methods().find(|known| known.name == method);
    method.is_some_and(|method| method.guard.accepts_ingress(caller))
}
