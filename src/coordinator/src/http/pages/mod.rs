//! Pages for people: plain HTML that needs no script.

mod audit;
mod dashboard;
mod parts;
mod run;
mod timeline;

pub use audit::audit;
pub use dashboard::dashboard;
pub(crate) use parts::Readable;
pub use run::run;
