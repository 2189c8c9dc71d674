//! How a call is answered: reply, reject, or trap; and what a canister prints.

use crate::vm::frame::{EntryKind, Frame};
use crate::vm::system_api::host::{
    Api, Ctx, Host, Registered, only_in, range, read_bytes, split, trap,
};
use wasmi::Linker;

pub(super) const NAMES: &[&str] =
    &["msg_reply_data_append", "msg_reply", "msg_reject", "trap", "debug_print"];

pub(super) fn register(linker: &mut Linker<Host>) -> Registered {
    linker
        .func_wrap("ic0", "msg_reply_data_append", reply_append)?
        .func_wrap("ic0", "msg_reply", reply)?
        .func_wrap("ic0", "msg_reject", reject)?
        .func_wrap("ic0", "trap", trap_with)?
        .func_wrap("ic0", "debug_print", print)?;
    Ok(())
}

/// Traps unless the call can be answered now.
fn can_answer(ctx: &Ctx, function: &str) -> Api<()> {
    use EntryKind::{Query, Reject, ReplicatedQuery, Reply, Update};
    only_in(ctx, function, &[Update, ReplicatedQuery, Query, Reply, Reject])?;
    let frame = ctx.data().frame();
    if frame.message.responded || frame.effects.answer.is_some() {
        return trap(format!(
            "Canister violated contract: \"ic0_{function}\" the call is already replied"
        ));
    }
    Ok(())
}

fn reply_append(mut ctx: Ctx, source: u32, size: u32) -> Api<()> {
    can_answer(&ctx, "msg_reply_data_append")?;
    let frame = ctx.data().frame();
    let limit = frame.kind.reply_limit();
    if frame.reply_data.len() + size as usize > limit {
        return trap(format!(
            "Canister violated contract: ic0_msg_reply_data_append: the reply is larger than {limit} bytes"
        ));
    }
    let (memory, frame) = split(&mut ctx)?;
    let bytes = range(memory, source, size)?;
    frame.reply_data.extend_from_slice(bytes);
    Ok(())
}

fn reply(mut ctx: Ctx) -> Api<()> {
    can_answer(&ctx, "msg_reply")?;
    let frame = ctx.data_mut().frame_mut();
    let reply = std::mem::take(&mut frame.reply_data);
    frame.effects.answer = Some(Ok(reply));
    Ok(())
}

fn reject(mut ctx: Ctx, source: u32, size: u32) -> Api<()> {
    can_answer(&ctx, "msg_reject")?;
    let message = text(&mut ctx, source, size)?;
    ctx.data_mut().frame_mut().effects.answer = Some(Err(message));
    Ok(())
}

fn trap_with(mut ctx: Ctx, source: u32, size: u32) -> Api<()> {
    let message = text(&mut ctx, source, size)?;
    trap(format!("Canister called `ic0.trap` with message: '{message}'"))
}

fn print(mut ctx: Ctx, source: u32, size: u32) -> Api<()> {
    let line = text(&mut ctx, source, size)?;
    let frame: &mut Frame = ctx.data_mut().frame_mut();
    frame.log.push(line);
    Ok(())
}

fn text(ctx: &mut Ctx, source: u32, size: u32) -> Api<String> {
    let bytes = read_bytes(ctx, source, size)?;
    Ok(String::from_utf8_lossy(&bytes).into_owned())
}
