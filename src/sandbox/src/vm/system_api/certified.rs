//! Certified data: 32 bytes that a canister sets, and the certificate over them that a query returns.

use crate::model::certificate;
use crate::vm::frame::{EntryKind, Frame};
use crate::vm::system_api::host::{
    Api, Ctx, Host, Registered, copy_out, only_in, read_bytes, size_in, trap,
};
use wasmi::Linker;

pub(super) const NAMES: &[&str] = &[
    "certified_data_set",
    "data_certificate_present",
    "data_certificate_size",
    "data_certificate_copy",
];

const MAX_BYTES: u32 = 32;

pub(super) fn register(linker: &mut Linker<Host>) -> Registered {
    linker
        .func_wrap("ic0", "certified_data_set", set)?
        .func_wrap("ic0", "data_certificate_present", present)?
        .func_wrap("ic0", "data_certificate_size", size)?
        .func_wrap("ic0", "data_certificate_copy", copy)?;
    Ok(())
}

fn set(mut ctx: Ctx, source: u32, size: u32) -> Api<()> {
    use EntryKind::{Init, PostUpgrade, PreUpgrade, Reject, Reply, Timer, Update};
    let kinds = [Init, PreUpgrade, PostUpgrade, Update, Reply, Reject, Timer];
    only_in(&ctx, "certified_data_set", &kinds)?;
    if size > MAX_BYTES {
        return trap(format!(
            "Canister violated contract: ic0_certified_data_set failed because the passed data must be no larger than {MAX_BYTES} bytes. Found {size} bytes"
        ));
    }
    let data = read_bytes(&mut ctx, source, size)?;
    ctx.data_mut().frame_mut().state.certified_data = data;
    Ok(())
}

fn present(ctx: Ctx) -> u32 {
    u32::from(ctx.data().frame().kind == EntryKind::Query)
}

fn size(mut ctx: Ctx) -> Api<u32> {
    certify(&mut ctx, "data_certificate_size")?;
    size_in(&ctx, certificate_of)
}

fn copy(mut ctx: Ctx, target: u32, offset: u32, size: u32) -> Api<()> {
    certify(&mut ctx, "data_certificate_copy")?;
    copy_out(&mut ctx, (target, offset, size), certificate_of)
}

/// Signs the certificate on the first call of a query, because signing is slow.
fn certify(ctx: &mut Ctx, function: &str) -> Api<()> {
    only_in(ctx, function, &[EntryKind::Query])?;
    let frame = ctx.data_mut().frame_mut();
    if frame.certificate.is_none() {
        let (canister, time) = (frame.environment.canister, frame.environment.time);
        let certificate = certificate::certify(canister, &frame.state.certified_data, time);
        frame.certificate = Some(certificate);
    }
    Ok(())
}

fn certificate_of(frame: &Frame) -> &[u8] {
    frame.certificate.as_deref().unwrap_or_default()
}
