//! The methods of the canister: `updates`, `queries`, and what `standards` prescribe.
//!
//! A call enters in one of these three files, at the function of its name. `#[update(guard = …)]` or `#[query(guard = …)]`
//! in front of it decides who may call it; see `methods` for what these attributes do, and `access` for roles. The interface
//! file names the resulting role of each method.

pub mod install;

mod access;
mod arguments;
mod endpoint;
mod icrc3;
mod lists;
mod methods;
mod paging;
mod preview;
mod queries;
mod reply;
mod standards;
mod subject;
mod updates;

pub use access::{Guard, Method};

/// Every method.
pub fn all_methods() -> impl Iterator<Item = &'static Method> {
    [updates::METHODS, preview::METHODS, queries::METHODS, standards::METHODS].into_iter().flatten()
}

/// Whether `inspect_message` accepts an ingress message; see [`Method::accepts_ingress`].
pub fn accepts_ingress(method: &str, caller: candid::Principal) -> bool {
    let method = all_methods().find(|known| known.name == method);
    method.is_some_and(|method| method.accepts_ingress(caller))
}
