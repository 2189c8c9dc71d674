//! The System API (`ic0`): what a canister can ask of the network.
//!
//! All of it works on the [`Frame`] of the running execution. Sizes and addresses are 32 bits wide, except in
//! the `stable64` functions; times, counters and halves of 128-bit numbers have 64 bits.

// The interpreter hands the caller's context to a function by value.
#![allow(clippy::needless_pass_by_value)]

mod calls;
mod certified;
mod cycles;
mod identity;
mod message;
mod reply;
mod stable;
mod time;

use crate::frame::{EntryKind, Frame};
use std::collections::BTreeSet;
use std::sync::LazyLock;
use wasmi::errors::LinkerError;
use wasmi::{Caller, Engine, Linker, Memory};

/// What the System API reaches while a canister runs.
#[derive(Default)]
pub(crate) struct Host {
    pub(crate) memory: Option<Memory>,
    frame: Option<Frame>,
}

impl Host {
    pub(crate) fn frame(&self) -> &Frame {
        self.frame.as_ref().expect("BUG: nothing is being executed")
    }

    pub(crate) fn frame_mut(&mut self) -> &mut Frame {
        self.frame.as_mut().expect("BUG: nothing is being executed")
    }

    /// Begins an execution.
    pub(crate) fn enter(&mut self, frame: Frame) {
        assert!(self.frame.is_none(), "BUG: two executions at once");
        self.frame = Some(frame);
    }

    /// Ends an execution.
    pub(crate) fn leave(&mut self) -> Frame {
        self.frame.take().expect("BUG: nothing is being executed")
    }
}

type Ctx<'a> = Caller<'a, Host>;
type Api<T> = Result<T, wasmi::Error>;
type Registered = Result<(), LinkerError>;

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

/// A trap with this message.
fn trap<T>(message: impl Into<String>) -> Api<T> {
    Err(wasmi::Error::new(message.into()))
}

/// Traps unless the running entry point is of one of these kinds.
fn only_in(ctx: &Ctx, function: &str, kinds: &[EntryKind]) -> Api<()> {
    let kind = ctx.data().frame().kind;
    if kinds.contains(&kind) {
        return Ok(());
    }
    trap(format!(
        "Canister violated contract: \"ic0_{function}\" cannot be executed in {kind:?} mode"
    ))
}

/// The canister's memory and what belongs to the running execution.
fn split<'a>(ctx: &'a mut Ctx) -> Api<(&'a mut [u8], &'a mut Frame)> {
    let Some(memory) = ctx.data().memory else {
        return trap("Canister has no memory");
    };
    let (bytes, host) = memory.data_and_store_mut(ctx);
    Ok((bytes, host.frame_mut()))
}

/// Bytes that the canister passes.
fn read_bytes(ctx: &mut Ctx, source: u32, size: u32) -> Api<Vec<u8>> {
    let (memory, _) = split(ctx)?;
    Ok(range(memory, source, size)?.to_vec())
}

/// Hands bytes to the canister.
fn write_bytes(ctx: &mut Ctx, target: u32, bytes: &[u8]) -> Api<()> {
    let (memory, _) = split(ctx)?;
    let size = size_of_bytes(bytes)?;
    range(memory, target, size)?.copy_from_slice(bytes);
    Ok(())
}

/// Hands a part of something in the frame to the canister.
fn copy_out(
    ctx: &mut Ctx,
    (target, offset, size): (u32, u32, u32),
    select: fn(&Frame) -> &[u8],
) -> Api<()> {
    let (memory, frame) = split(ctx)?;
    let source = select(frame);
    let begin = offset as usize;
    let Some(part) = source.get(begin..begin.saturating_add(size as usize)) else {
        return trap(format!(
            "Canister violated contract: offset {offset} + size {size} is beyond the length {}",
            source.len()
        ));
    };
    range(memory, target, size)?.copy_from_slice(part);
    Ok(())
}

/// The length of something in the frame.
fn size_in(ctx: &Ctx, select: fn(&Frame) -> &[u8]) -> Api<u32> {
    size_of_bytes(select(ctx.data().frame()))
}

fn size_of_bytes(bytes: &[u8]) -> Api<u32> {
    u32::try_from(bytes.len()).or_else(|_| trap("more than 4 GiB"))
}

/// A range of the heap.
fn range(memory: &mut [u8], start: u32, size: u32) -> Api<&mut [u8]> {
    let begin = start as usize;
    let end = begin.saturating_add(size as usize);
    memory
        .get_mut(begin..end)
        .ok_or_else(|| wasmi::Error::new("Canister trapped: heap out of bounds".to_owned()))
}
