//! How a canister calls another: it constructs a call step by step, and the call is sent if the execution does not
//! trap.

use crate::model::call::{Closure, OutgoingCall};
use crate::vm::frame::{EntryKind, Frame};
use crate::vm::system_api::host::{
    Api, Ctx, Host, Registered, joined, only_in, range, read_bytes, split, trap,
};
use candid::Principal;
use wasmi::Linker;

pub(super) const NAMES: &[&str] = &[
    "call_new",
    "call_on_cleanup",
    "call_data_append",
    "call_cycles_add128",
    "call_with_best_effort_response",
    "call_perform",
];

/// The most bytes that the argument of a call within one subnet has.
const MAX_ARGUMENT_BYTES: usize = 10 * 1024 * 1024;
/// The most calls from one canister to another that have no answer yet.
const MAX_OUTSTANDING: usize = 500;
/// The longest time that the network waits for a best-effort answer.
const MAX_TIMEOUT_SECONDS: u32 = 300;
/// The `SYS_TRANSIENT` that `call_perform` returns instead of trapping.
const NOT_SENT: u32 = 2;

pub(super) fn register(linker: &mut Linker<Host>) -> Registered {
    linker
        .func_wrap("ic0", "call_new", call_new)?
        .func_wrap("ic0", "call_on_cleanup", on_cleanup)?
        .func_wrap("ic0", "call_data_append", data_append)?
        .func_wrap("ic0", "call_cycles_add128", cycles_add)?
        .func_wrap("ic0", "call_with_best_effort_response", best_effort)?
        .func_wrap("ic0", "call_perform", perform)?;
    Ok(())
}

fn may_call(ctx: &Ctx, function: &str) -> Api<()> {
    use EntryKind::{Reject, Reply, Timer, Update};
    only_in(ctx, function, &[Update, Reply, Reject, Timer])
}

/// The call under construction.
fn draft<'a>(frame: &'a mut Frame, function: &str) -> Api<&'a mut OutgoingCall> {
    match &mut frame.draft {
        Some(draft) => Ok(draft),
        None => trap(format!(
            "Canister violated contract: {function} called when no call is under construction"
        )),
    }
}

#[allow(clippy::too_many_arguments)] // the signature is the network's
fn call_new(
    mut ctx: Ctx,
    callee_source: u32,
    callee_size: u32,
    name_source: u32,
    name_size: u32,
    reply_function: u32,
    reply_environment: u32,
    reject_function: u32,
    reject_environment: u32,
) -> Api<()> {
    may_call(&ctx, "call_new")?;
    let callee = read_bytes(&mut ctx, callee_source, callee_size)?;
    let Ok(callee) = Principal::try_from_slice(&callee) else {
        return trap("Canister violated contract: ic0_call_new: the callee is not a principal");
    };
    let Ok(method) = String::from_utf8(read_bytes(&mut ctx, name_source, name_size)?) else {
        return trap("Canister violated contract: ic0_call_new: the method name is not UTF-8");
    };
    discard_draft(ctx.data_mut().frame_mut());
    ctx.data_mut().frame_mut().draft = Some(OutgoingCall {
        callee,
        method,
        arg: Vec::new(),
        cycles: 0,
        on_reply: closure(reply_function, reply_environment),
        on_reject: closure(reject_function, reject_environment),
        on_cleanup: None,
        timeout_seconds: None,
    });
    Ok(())
}

fn closure(function: u32, environment: u32) -> Closure {
    Closure { function, environment }
}

/// Discards the call under construction; its cycles return to the balance.
fn discard_draft(frame: &mut Frame) {
    if let Some(draft) = frame.draft.take() {
        frame.state.cycles += draft.cycles;
    }
}

fn on_cleanup(mut ctx: Ctx, function: u32, environment: u32) -> Api<()> {
    may_call(&ctx, "call_on_cleanup")?;
    let draft = draft(ctx.data_mut().frame_mut(), "call_on_cleanup")?;
    if draft.on_cleanup.is_some() {
        return trap("Canister violated contract: call_on_cleanup can be called at most once");
    }
    draft.on_cleanup = Some(closure(function, environment));
    Ok(())
}

fn data_append(mut ctx: Ctx, source: u32, size: u32) -> Api<()> {
    may_call(&ctx, "call_data_append")?;
    let (memory, frame) = split(&mut ctx)?;
    let bytes = range(memory, source, size)?;
    let draft = draft(frame, "call_data_append")?;
    if draft.arg.len() + bytes.len() > MAX_ARGUMENT_BYTES {
        return trap(format!(
            "Canister violated contract: ic0_call_data_append: the argument is larger than {MAX_ARGUMENT_BYTES} bytes"
        ));
    }
    draft.arg.extend_from_slice(bytes);
    Ok(())
}

fn cycles_add(mut ctx: Ctx, high: u64, low: u64) -> Api<()> {
    may_call(&ctx, "call_cycles_add128")?;
    let amount = joined(high, low);
    let frame = ctx.data_mut().frame_mut();
    let balance = frame.state.cycles;
    let draft = draft(frame, "call_cycles_add128")?;
    let Some(rest) = balance.checked_sub(amount) else {
        return trap(format!("Canister has {balance} cycles, cannot send {amount}"));
    };
    draft.cycles += amount;
    frame.state.cycles = rest;
    Ok(())
}

fn best_effort(mut ctx: Ctx, seconds: u32) -> Api<()> {
    may_call(&ctx, "call_with_best_effort_response")?;
    let draft = draft(ctx.data_mut().frame_mut(), "call_with_best_effort_response")?;
    if draft.timeout_seconds.is_some() {
        return trap("Canister violated contract: the timeout of a call can be set only once");
    }
    draft.timeout_seconds = Some(seconds.min(MAX_TIMEOUT_SECONDS));
    Ok(())
}

fn perform(mut ctx: Ctx) -> Api<u32> {
    may_call(&ctx, "call_perform")?;
    let frame = ctx.data_mut().frame_mut();
    let callee = draft(frame, "call_perform")?.callee;
    if outstanding(frame, callee) >= MAX_OUTSTANDING {
        discard_draft(frame);
        return Ok(NOT_SENT);
    }
    let call = frame.draft.take();
    frame.effects.calls.extend(call);
    Ok(0)
}

/// Calls to `callee` without an answer, those of this execution among them.
fn outstanding(frame: &Frame, callee: Principal) -> usize {
    let earlier = frame.environment.outstanding.iter().find(|(canister, _)| *canister == callee);
    let now = frame.effects.calls.iter().filter(|c| c.callee == callee);
    earlier.map_or(0, |(_, count)| *count) + now.count()
}
