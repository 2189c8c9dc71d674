//! Stable memory, with an account of what is read and written.

use crate::vm::frame::Frame;
use crate::vm::system_api::host::{Api, Ctx, Host, Registered, range, split, trap};
use wasmi::Linker;

pub(super) const NAMES: &[&str] =
    &["stable64_size", "stable64_grow", "stable64_read", "stable64_write"];

pub(super) fn register(linker: &mut Linker<Host>) -> Registered {
    linker
        .func_wrap("ic0", "stable64_size", size)?
        .func_wrap("ic0", "stable64_grow", grow)?
        .func_wrap("ic0", "stable64_read", read)?
        .func_wrap("ic0", "stable64_write", write)?;
    Ok(())
}

fn size(ctx: Ctx) -> u64 {
    ctx.data().frame().state.stable.size_in_pages()
}

fn grow(mut ctx: Ctx, pages: u64) -> u64 {
    let stable = &mut ctx.data_mut().frame_mut().state.stable;
    stable.grow(pages).unwrap_or(u64::MAX)
}

fn read(mut ctx: Ctx, target: u64, offset: u64, size: u64) -> Api<()> {
    let (memory, frame) = split(&mut ctx)?;
    check(frame, offset, size)?;
    frame.state.stable.read(offset, heap(memory, target, size)?);
    frame.meter.note_read(offset, size);
    Ok(())
}

fn write(mut ctx: Ctx, offset: u64, source: u64, size: u64) -> Api<()> {
    let (memory, frame) = split(&mut ctx)?;
    check(frame, offset, size)?;
    frame.state.stable.write(offset, heap(memory, source, size)?);
    frame.meter.note_write(offset, size);
    Ok(())
}

fn check(frame: &Frame, offset: u64, size: u64) -> Api<()> {
    if frame.state.stable.contains(offset, size) {
        return Ok(());
    }
    trap("Canister trapped: stable memory out of bounds")
}

/// A range of the heap; addresses are 64 bits wide here, the heap is not.
fn heap(memory: &mut [u8], start: u64, size: u64) -> Api<&mut [u8]> {
    match (u32::try_from(start), u32::try_from(size)) {
        (Ok(start), Ok(size)) => range(memory, start, size),
        _ => trap("Canister trapped: heap out of bounds"),
    }
}
