//! The message: argument, caller, reject, deadline; and the acceptance of ingress messages.

use crate::vm::frame::{EntryKind, Frame};
use crate::vm::system_api::host::{Api, Ctx, Host, Registered, copy_out, only_in, size_in, trap};
use wasmi::Linker;

pub(super) const NAMES: &[&str] = &[
    "msg_arg_data_size",
    "msg_arg_data_copy",
    "msg_caller_size",
    "msg_caller_copy",
    "msg_caller_info_data_size",
    "msg_caller_info_data_copy",
    "msg_caller_info_signer_size",
    "msg_caller_info_signer_copy",
    "msg_reject_code",
    "msg_reject_msg_size",
    "msg_reject_msg_copy",
    "msg_deadline",
    "msg_method_name_size",
    "msg_method_name_copy",
    "accept_message",
];

const INSPECT: &[EntryKind] = &[EntryKind::Inspect];

pub(super) fn register(linker: &mut Linker<Host>) -> Registered {
    linker
        .func_wrap("ic0", "msg_arg_data_size", arg_size)?
        .func_wrap("ic0", "msg_arg_data_copy", arg_copy)?
        .func_wrap("ic0", "msg_caller_size", |ctx: Ctx| size_in(&ctx, caller))?
        .func_wrap("ic0", "msg_caller_copy", caller_copy)?
        .func_wrap("ic0", "msg_caller_info_data_size", || 0_u32)?
        .func_wrap("ic0", "msg_caller_info_data_copy", nothing_copy)?
        .func_wrap("ic0", "msg_caller_info_signer_size", || 0_u32)?
        .func_wrap("ic0", "msg_caller_info_signer_copy", nothing_copy)?
        .func_wrap("ic0", "msg_reject_code", reject_code)?
        .func_wrap("ic0", "msg_reject_msg_size", reject_size)?
        .func_wrap("ic0", "msg_reject_msg_copy", reject_copy)?
        .func_wrap("ic0", "msg_deadline", deadline)?
        .func_wrap("ic0", "msg_method_name_size", method_size)?
        .func_wrap("ic0", "msg_method_name_copy", method_copy)?
        .func_wrap("ic0", "accept_message", accept)?;
    Ok(())
}

fn arg(frame: &Frame) -> &[u8] {
    &frame.message.arg
}

fn caller(frame: &Frame) -> &[u8] {
    frame.caller.as_slice()
}

fn method(frame: &Frame) -> &[u8] {
    frame.message.method.as_bytes()
}

fn reject_message(frame: &Frame) -> &[u8] {
    match &frame.message.reject {
        Some((_, message)) => message.as_bytes(),
        None => &[],
    }
}

fn has_argument(ctx: &Ctx) -> Api<()> {
    use EntryKind::{Init, Inspect, PostUpgrade, Query, ReplicatedQuery, Reply, Update};
    let kinds = [Init, PostUpgrade, Update, ReplicatedQuery, Query, Reply, Inspect];
    only_in(ctx, "msg_arg_data", &kinds)
}

fn arg_size(ctx: Ctx) -> Api<u32> {
    has_argument(&ctx)?;
    size_in(&ctx, arg)
}

fn arg_copy(mut ctx: Ctx, target: u32, offset: u32, size: u32) -> Api<()> {
    has_argument(&ctx)?;
    copy_out(&mut ctx, (target, offset, size), arg)
}

fn caller_copy(mut ctx: Ctx, target: u32, offset: u32, size: u32) -> Api<()> {
    copy_out(&mut ctx, (target, offset, size), caller)
}

/// Messages have no information about their signer here.
fn nothing_copy(mut ctx: Ctx, target: u32, offset: u32, size: u32) -> Api<()> {
    copy_out(&mut ctx, (target, offset, size), |_| &[])
}

fn reject_code(ctx: Ctx) -> Api<u32> {
    use EntryKind::{Cleanup, Reject, Reply};
    only_in(&ctx, "msg_reject_code", &[Reply, Reject, Cleanup])?;
    let reject = &ctx.data().frame().message.reject;
    Ok(reject.as_ref().map_or(0, |(code, _)| *code))
}

fn reject_size(ctx: Ctx) -> Api<u32> {
    only_in(&ctx, "msg_reject_msg_size", &[EntryKind::Reject])?;
    size_in(&ctx, reject_message)
}

fn reject_copy(mut ctx: Ctx, target: u32, offset: u32, size: u32) -> Api<()> {
    only_in(&ctx, "msg_reject_msg_copy", &[EntryKind::Reject])?;
    copy_out(&mut ctx, (target, offset, size), reject_message)
}

fn deadline(ctx: Ctx) -> u64 {
    ctx.data().frame().message.deadline
}

fn method_size(ctx: Ctx) -> Api<u32> {
    only_in(&ctx, "msg_method_name_size", INSPECT)?;
    size_in(&ctx, method)
}

fn method_copy(mut ctx: Ctx, target: u32, offset: u32, size: u32) -> Api<()> {
    only_in(&ctx, "msg_method_name_copy", INSPECT)?;
    copy_out(&mut ctx, (target, offset, size), method)
}

fn accept(mut ctx: Ctx) -> Api<()> {
    only_in(&ctx, "accept_message", INSPECT)?;
    let effects = &mut ctx.data_mut().frame_mut().effects;
    if effects.accepted {
        return trap("Canister violated contract: accept_message was called twice");
    }
    effects.accepted = true;
    Ok(())
}
