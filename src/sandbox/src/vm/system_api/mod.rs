//! The System API (`ic0`): the functions that a canister imports.
//!
//! They read and change the frame of the running execution. Sizes and addresses are 32 bits wide, except in
//! the `stable64` functions; times, counters and halves of 128-bit numbers have 64 bits.

// The interpreter hands the caller's context to a function by value.
#![allow(clippy::needless_pass_by_value)]

mod calls;
mod certified;
mod cycles;
pub(crate) mod host;
mod identity;
mod message;
mod reply;
mod stable;
mod time;

use host::{Host, Registered};
use std::{collections::BTreeSet, sync::LazyLock};
use wasmi::{Engine, Linker};

/// A linker that knows the whole System API.
pub(crate) fn linker(engine: &Engine) -> Linker<Host> {
    let mut linker = Linker::new(engine);
    register(&mut linker).expect("BUG: a function of the System API is defined twice");
    linker
}

fn register(linker: &mut Linker<Host>) -> Registered {
    message::register(linker)?;
    reply::register(linker)?;
    calls::register(linker)?;
    cycles::register(linker)?;
    identity::register(linker)?;
    stable::register(linker)?;
    certified::register(linker)?;
    time::register(linker)
}

/// Whether a function of this name exists.
pub(crate) fn knows(name: &str) -> bool {
    NAMES.contains(name)
}

static NAMES: LazyLock<BTreeSet<&str>> = LazyLock::new(|| {
    let groups: [&[&str]; 8] = [
        message::NAMES,
        reply::NAMES,
        calls::NAMES,
        cycles::NAMES,
        identity::NAMES,
        stable::NAMES,
        certified::NAMES,
        time::NAMES,
    ];
    groups.into_iter().flatten().copied().collect()
});
