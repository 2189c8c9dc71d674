//! Cycles as counters: balances, what comes with a call, and rough prices. Nothing is charged for execution.

use crate::vm::frame::EntryKind;
use crate::vm::system_api::host::{Api, Ctx, Host, Registered, joined, only_in, write_bytes};
use wasmi::Linker;

pub(super) const NAMES: &[&str] = &[
    "msg_cycles_available128",
    "msg_cycles_refunded128",
    "msg_cycles_accept128",
    "cycles_burn128",
    "canister_cycle_balance128",
    "canister_liquid_cycle_balance128",
    "cost_call",
    "cost_create_canister",
];

/// The price of a call without its bytes, and the reservation for its answer.
const CALL_BASE: u128 = 260_000 + 40_000_000_000;
const CALL_PER_BYTE: u128 = 1_000;
const CREATE_CANISTER: u128 = 500_000_000_000;

pub(super) fn register(linker: &mut Linker<Host>) -> Registered {
    linker
        .func_wrap("ic0", "msg_cycles_available128", available)?
        .func_wrap("ic0", "msg_cycles_refunded128", refunded)?
        .func_wrap("ic0", "msg_cycles_accept128", accept)?
        .func_wrap("ic0", "cycles_burn128", burn)?
        .func_wrap("ic0", "canister_cycle_balance128", balance)?
        .func_wrap("ic0", "canister_liquid_cycle_balance128", balance)?
        .func_wrap("ic0", "cost_call", cost_call)?
        .func_wrap("ic0", "cost_create_canister", cost_create)?;
    Ok(())
}

fn put(ctx: &mut Ctx, target: u32, amount: u128) -> Api<()> {
    write_bytes(ctx, target, &amount.to_le_bytes())
}

fn available(mut ctx: Ctx, target: u32) -> Api<()> {
    let frame = ctx.data().frame();
    let amount = frame.message.cycles_available - frame.effects.cycles_accepted;
    put(&mut ctx, target, amount)
}

fn refunded(mut ctx: Ctx, target: u32) -> Api<()> {
    use EntryKind::{Reject, Reply};
    only_in(&ctx, "msg_cycles_refunded128", &[Reply, Reject])?;
    let amount = ctx.data().frame().message.cycles_refunded;
    put(&mut ctx, target, amount)
}

fn accept(mut ctx: Ctx, high: u64, low: u64, target: u32) -> Api<()> {
    use EntryKind::{Reject, ReplicatedQuery, Reply, Update};
    only_in(&ctx, "msg_cycles_accept128", &[Update, ReplicatedQuery, Reply, Reject])?;
    let frame = ctx.data_mut().frame_mut();
    let left = frame.message.cycles_available - frame.effects.cycles_accepted;
    let amount = joined(high, low).min(left);
    frame.effects.cycles_accepted += amount;
    frame.state.cycles += amount;
    put(&mut ctx, target, amount)
}

fn burn(mut ctx: Ctx, high: u64, low: u64, target: u32) -> Api<()> {
    let frame = ctx.data_mut().frame_mut();
    let amount = joined(high, low).min(frame.state.cycles);
    frame.state.cycles -= amount;
    put(&mut ctx, target, amount)
}

/// Nothing is ever frozen or reserved, so the whole balance is liquid.
fn balance(mut ctx: Ctx, target: u32) -> Api<()> {
    let amount = ctx.data().frame().state.cycles;
    put(&mut ctx, target, amount)
}

fn cost_call(mut ctx: Ctx, method_size: u64, argument_size: u64, target: u32) -> Api<()> {
    let bytes = u128::from(method_size) + u128::from(argument_size);
    put(&mut ctx, target, CALL_BASE + CALL_PER_BYTE * bytes)
}

fn cost_create(mut ctx: Ctx, target: u32) -> Api<()> {
    put(&mut ctx, target, CREATE_CANISTER)
}
