//! The data of the simulated network: calls, rejects, faults, costs, memory. Nothing here executes anything.

pub(crate) mod call;
pub(crate) mod certificate;
pub(crate) mod cost;
pub(crate) mod fault;
pub(crate) mod pages;
pub(crate) mod reject;
pub(crate) mod stable;
pub(crate) mod status;
pub(crate) mod step;
