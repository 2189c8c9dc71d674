//! A simulator of the part of the Internet Computer that canisters see.
//!
//! It runs canister modules in this process, on an interpreter: the System API, message execution with rollback
//! on a trap, call contexts and callbacks, upgrades, timers, cycles as counters, and the lifecycle and snapshot
//! methods of the management canister. It executes one message at a time, so that a test can stop between any
//! two, lose a reply, or upgrade there.
//!
//! It is a simulator and no more than that: there is one subnet, execution costs no cycles, fuel is not the
//! network's instruction count, and messages are executed in the order they were sent. What it does not know - an
//! import, a management method - it refuses at once and by name. The network itself is the judge.
//!
//! Nothing depends on a clock or on chance: the same calls give the same results.
//!
//! ```
//! use candid::Principal;
//! use canister_sandbox::Sandbox;
//!
//! let module = wat::parse_str(
//!     r#"(module
//!         (import "ic0" "msg_reply_data_append" (func $append (param i32 i32)))
//!         (import "ic0" "msg_reply" (func $reply))
//!         (memory 1)
//!         (data (i32.const 0) "hello")
//!         (func (export "canister_query greet")
//!             (call $append (i32.const 0) (i32.const 5))
//!             (call $reply)))"#,
//! )?;
//! let user = Principal::from_slice(&[1, 2, 3]);
//! let mut sandbox = Sandbox::new();
//! let canister = sandbox.create_canister(&[user]);
//! sandbox.install(user, canister, &module, vec![])?;
//! assert_eq!(sandbox.query(user, canister, "greet", vec![])?, b"hello");
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```

#![forbid(unsafe_code)]
#![deny(missing_docs)]

mod call;
mod canister;
mod certificate;
mod cost;
mod deliver;
mod effects;
mod execution;
mod fault;
mod frame;
mod install;
mod management;
mod memory;
mod module;
mod network;
mod query;
mod reject;
mod rewrite;
mod runtime;
mod sandbox;
mod snapshot;
mod step;
mod system_api;

pub use call::MessageId;
pub use canister::CanisterStatus;
pub use cost::Cost;
pub use fault::{Fault, FaultAction};
pub use ic_error_types::RejectCode;
pub use reject::Reject;
pub use runtime::SandboxRuntime;
pub use sandbox::Sandbox;
pub use snapshot::SnapshotInfo;
pub use step::{Outcome, Step, StepKind};
