//! Runs one entry point of one module: the System API, the loading of modules, instances and their images.

pub(crate) mod engine;
pub(crate) mod execution;
pub(crate) mod frame;
pub(crate) mod image;
pub(crate) mod instance;
pub(crate) mod module;
pub(crate) mod rewrite;
mod system_api;
