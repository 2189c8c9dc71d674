//! The backup coordinator: plans and execution journals of fleet backups, kept in stable memory.
//!
//! `main.rs` and `api` hold the endpoints; `endpoint` runs them: who may call, the arguments, the reply. Behind them, `updates` and `queries` say what a call does, `record` is
//! the one place through which every change goes, `storage` is what is remembered, and `memory` says where.

#![forbid(unsafe_code)]
#![deny(missing_docs)]

pub mod access;
pub mod arguments;
pub mod certification;
pub mod drafts;
pub mod endpoint;
pub mod http;
pub mod icrc3;
pub mod lifecycle;
pub mod memory;
pub mod paging;
pub mod preflight;
pub mod queries;
pub mod record;
pub mod reply;
pub mod resources;
pub mod room;
pub mod storage;
pub mod updates;

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
}
