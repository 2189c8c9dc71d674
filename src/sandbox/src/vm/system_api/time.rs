//! Time, the global timer, and the counter of instructions.

use crate::vm::frame::EntryKind;
use crate::vm::system_api::host::{Api, Ctx, Host, Registered, only_in, trap};
use wasmi::Linker;

pub(super) const NAMES: &[&str] = &["time", "global_timer_set", "performance_counter"];

pub(super) fn register(linker: &mut Linker<Host>) -> Registered {
    linker
        .func_wrap("ic0", "time", time)?
        .func_wrap("ic0", "global_timer_set", timer_set)?
        .func_wrap("ic0", "performance_counter", counter)?;
    Ok(())
}

fn time(ctx: Ctx) -> u64 {
    ctx.data().frame().environment.time
}

fn timer_set(mut ctx: Ctx, at: u64) -> Api<u64> {
    use EntryKind::{Cleanup, Init, PostUpgrade, PreUpgrade, Reject, Reply, Timer, Update};
    let kinds = [Init, PreUpgrade, PostUpgrade, Update, Reply, Reject, Cleanup, Timer];
    only_in(&ctx, "global_timer_set", &kinds)?;
    let timer = &mut ctx.data_mut().frame_mut().state.global_timer;
    Ok(std::mem::replace(timer, at))
}

fn counter(ctx: Ctx, which: u32) -> Api<u64> {
    let frame = ctx.data().frame();
    let used = frame.kind.fuel().saturating_sub(ctx.get_fuel()?);
    match which {
        0 => Ok(used),
        1 => Ok(frame.message.instructions_before + used),
        _ => trap(format!("Canister violated contract: unknown performance counter {which}")),
    }
}
