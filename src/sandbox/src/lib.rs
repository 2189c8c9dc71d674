//! A simulator of the part of the Internet Computer that canisters see.
//!
//! It runs canister modules in this process, on an interpreter: the System API, message execution with rollback
//! on a trap, call contexts and callbacks, upgrades, timers, cycles as counters, and the methods of the management canister
//! for the lifecycle of canisters, their snapshots and their chunk stores. It executes one message at a time, so that a test can stop between any
//! two, drop a reply, or upgrade there.
//!
//! # Limits
//!
//! It is a simulator. The network is the judge of what a canister does, and it differs in this:
//!
//! - *Prices*: execution, storage and calls cost no cycles, and no canister is ever frozen. Cycles are counters that
//!   calls move.
//! - *Fuel*: [`Cost::instructions`] and the performance counter count the fuel of the interpreter. The network counts
//!   other amounts, and counts the work of the System API as well. Compare ratios only.
//! - *One subnet*: all canisters are on the same one, so the limits of calls between subnets do not apply.
//! - *Snapshots of another canister*: the network can load one when it has reached its disks, which is usually after some
//!   minutes. Here it is ten minutes after the last change.
//! - *Low Wasm memory*: no canister has a threshold, so the hook is never due.
//! - *Order*: messages are executed in the order in which they were sent. The network promises an order only between
//!   two canisters.
//!
//! An import or a management method that the sandbox does not implement is refused at once and by name.
//!
//! Nothing depends on the clock of the machine or on chance: the same calls give the same results.
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

// From the bottom up, each module uses only those before it: model, vm, canister, world, management, scheduler,
// sandbox, call_faults, runtime.
mod call_faults;
mod canister;
mod management;
mod model;
mod runtime;
mod sandbox;
mod scheduler;
mod vm;
mod world;

pub use call_faults::{CallFault, CallFaults, PlannedFault};
pub use canister::snapshot::SnapshotInfo;
pub use ic_error_types::RejectCode;
pub use model::{
    call::MessageId,
    cost::Cost,
    fault::{Fault, FaultAction},
    reject::Reject,
    status::CanisterStatus,
    step::{Outcome, Step, StepKind},
};
pub use runtime::SandboxRuntime;
pub use sandbox::Sandbox;
pub use vm::module::Metadata;
