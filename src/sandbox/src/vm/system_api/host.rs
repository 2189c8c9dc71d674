//! What the functions of the System API share: the host state of an instance, traps, and access to the memory.

use crate::vm::frame::{EntryKind, Frame};
use wasmi::{Caller, Memory, errors::LinkerError};

/// The host state of an instance: its memory and, while an entry point runs, the frame.
#[derive(Default)]
pub(crate) struct Host {
    pub(crate) memory: Option<Memory>,
    frame: Option<Frame>,
}

impl Host {
    pub(crate) fn frame(&self) -> &Frame {
        self.frame.as_ref().expect("BUG: no execution is running")
    }

    pub(crate) fn frame_mut(&mut self) -> &mut Frame {
        self.frame.as_mut().expect("BUG: no execution is running")
    }

    /// Begins an execution.
    pub(crate) fn enter(&mut self, frame: Frame) {
        assert!(self.frame.is_none(), "BUG: two executions at once");
        self.frame = Some(frame);
    }

    /// Ends an execution.
    pub(crate) fn leave(&mut self) -> Frame {
        self.frame.take().expect("BUG: no execution is running")
    }
}

pub(super) type Ctx<'a> = Caller<'a, Host>;
pub(super) type Api<T> = Result<T, wasmi::Error>;
pub(super) type Registered = Result<(), LinkerError>;

/// A trap with this message.
pub(super) fn trap<T>(message: impl Into<String>) -> Api<T> {
    Err(wasmi::Error::new(message.into()))
}

/// Traps unless the running entry point is of one of these kinds.
pub(super) fn only_in(ctx: &Ctx, function: &str, kinds: &[EntryKind]) -> Api<()> {
    let kind = ctx.data().frame().kind;
    if kinds.contains(&kind) {
        return Ok(());
    }
    trap(format!(
        "Canister violated contract: \"ic0_{function}\" cannot be executed in {kind:?} mode"
    ))
}

/// The canister's memory and the frame of the running execution.
pub(super) fn split<'a>(ctx: &'a mut Ctx) -> Api<(&'a mut [u8], &'a mut Frame)> {
    let Some(memory) = ctx.data().memory else {
        return trap("Canister has no memory");
    };
    let (bytes, host) = memory.data_and_store_mut(ctx);
    Ok((bytes, host.frame_mut()))
}

/// Copies a range of the canister's memory.
pub(super) fn read_bytes(ctx: &mut Ctx, source: u32, size: u32) -> Api<Vec<u8>> {
    let (memory, _) = split(ctx)?;
    Ok(range(memory, source, size)?.to_vec())
}

/// Writes bytes into the canister's memory.
pub(super) fn write_bytes(ctx: &mut Ctx, target: u32, bytes: &[u8]) -> Api<()> {
    let (memory, _) = split(ctx)?;
    let size = size_of_bytes(bytes)?;
    range(memory, target, size)?.copy_from_slice(bytes);
    Ok(())
}

/// Copies a part of what `select` returns into the canister's memory.
pub(super) fn copy_out(
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

/// The length of what `select` returns.
pub(super) fn size_in(ctx: &Ctx, select: fn(&Frame) -> &[u8]) -> Api<u32> {
    size_of_bytes(select(ctx.data().frame()))
}

fn size_of_bytes(bytes: &[u8]) -> Api<u32> {
    u32::try_from(bytes.len()).or_else(|_| trap("more than 4 GiB"))
}

/// A range of the heap.
pub(super) fn range(memory: &mut [u8], start: u32, size: u32) -> Api<&mut [u8]> {
    let begin = start as usize;
    let end = begin.saturating_add(size as usize);
    memory
        .get_mut(begin..end)
        .ok_or_else(|| wasmi::Error::new("Canister trapped: heap out of bounds".to_owned()))
}

/// A 128-bit number from its two halves.
pub(super) fn joined(high: u64, low: u64) -> u128 {
    (u128::from(high) << 64) | u128::from(low)
}
