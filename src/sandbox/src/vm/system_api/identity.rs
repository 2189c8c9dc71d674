//! Who and where a canister is: its own id, status, version, controllers, subnet and environment.

use crate::model::certificate;
use crate::model::status::CanisterStatus;
use crate::vm::frame::{EntryKind, Frame};
use crate::vm::system_api::host::{
    Api, Ctx, Host, Registered, copy_out, read_bytes, size_in, trap,
};
use candid::Principal;
use wasmi::Linker;

pub(super) const NAMES: &[&str] = &[
    "canister_self_size",
    "canister_self_copy",
    "canister_status",
    "canister_version",
    "subnet_self_size",
    "subnet_self_copy",
    "subnet_self_node_count",
    "root_key_size",
    "root_key_copy",
    "is_controller",
    "in_replicated_execution",
    "env_var_count",
    "env_var_name_exists",
];

/// The one subnet of the simulated network.
const SUBNET: &[u8] = &[0x5a; 28];
const NODES: u32 = 13;

pub(super) fn register(linker: &mut Linker<Host>) -> Registered {
    linker
        .func_wrap("ic0", "canister_self_size", |ctx: Ctx| size_in(&ctx, own))?
        .func_wrap("ic0", "canister_self_copy", self_copy)?
        .func_wrap("ic0", "canister_status", status)?
        .func_wrap("ic0", "canister_version", version)?
        .func_wrap("ic0", "subnet_self_size", |ctx: Ctx| size_in(&ctx, subnet))?
        .func_wrap("ic0", "subnet_self_copy", subnet_copy)?
        .func_wrap("ic0", "subnet_self_node_count", || NODES)?
        .func_wrap("ic0", "root_key_size", |ctx: Ctx| size_in(&ctx, root_key))?
        .func_wrap("ic0", "root_key_copy", root_key_copy)?
        .func_wrap("ic0", "is_controller", is_controller)?
        .func_wrap("ic0", "in_replicated_execution", in_replicated_execution)?
        .func_wrap("ic0", "env_var_count", || 0_u32)?
        .func_wrap("ic0", "env_var_name_exists", env_var_exists)?;
    Ok(())
}

fn own(frame: &Frame) -> &[u8] {
    frame.environment.canister.as_slice()
}

fn subnet(_: &Frame) -> &[u8] {
    SUBNET
}

fn root_key(_: &Frame) -> &[u8] {
    certificate::root_key()
}

fn self_copy(mut ctx: Ctx, target: u32, offset: u32, size: u32) -> Api<()> {
    copy_out(&mut ctx, (target, offset, size), own)
}

fn subnet_copy(mut ctx: Ctx, target: u32, offset: u32, size: u32) -> Api<()> {
    copy_out(&mut ctx, (target, offset, size), subnet)
}

fn root_key_copy(mut ctx: Ctx, target: u32, offset: u32, size: u32) -> Api<()> {
    copy_out(&mut ctx, (target, offset, size), root_key)
}

fn status(ctx: Ctx) -> u32 {
    match ctx.data().frame().environment.status {
        CanisterStatus::Running => 1,
        CanisterStatus::Stopping => 2,
        CanisterStatus::Stopped => 3,
    }
}

fn version(ctx: Ctx) -> u64 {
    ctx.data().frame().environment.version
}

fn is_controller(mut ctx: Ctx, source: u32, size: u32) -> Api<u32> {
    let bytes = read_bytes(&mut ctx, source, size)?;
    let Ok(principal) = Principal::try_from_slice(&bytes) else {
        return trap("Canister violated contract: ic0_is_controller: not a principal");
    };
    let controllers = &ctx.data().frame().environment.controllers;
    Ok(u32::from(controllers.contains(&principal)))
}

fn in_replicated_execution(ctx: Ctx) -> u32 {
    let kind = ctx.data().frame().kind;
    u32::from(!matches!(kind, EntryKind::Query | EntryKind::Inspect))
}

/// Canisters have no environment variables here, so the answer is always no.
fn env_var_exists(mut ctx: Ctx, source: u32, size: u32) -> Api<u32> {
    read_bytes(&mut ctx, source, size)?;
    Ok(0)
}
