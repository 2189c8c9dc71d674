use crate::world::{MANAGEMENT, World, assert_reject, order, owner, probe, stranger, target, wasm};
use candid::{decode_one, encode_one};
use canister_sandbox::RejectCode;
use ic_management_canister_types::{
    CanisterIdRecord, CanisterInfoArgs, CanisterInfoResult, CanisterInstallMode, CanisterSettings,
    CanisterStatusResult, CanisterStatusType, CreateCanisterArgs, InstallCodeArgs,
    ProvisionalCreateCanisterWithCyclesArgs, SnapshotVisibility, UpdateSettingsArgs,
};

#[test]
fn the_status_tells_what_is_installed_and_who_controls_it() {
    let mut world = World::new();
    let b = world.b;
    world.add(b);
    let status: CanisterStatusResult =
        world.ask("canister_status", &CanisterIdRecord { canister_id: b }).expect("refused");
    assert_eq!(status.status, CanisterStatusType::Running);
    assert_eq!(status.settings.controllers, [owner(), world.a]);
    assert_eq!(status.settings.snapshot_visibility, SnapshotVisibility::Controllers);
    assert_eq!(status.module_hash, world.sandbox.module_hash(b).map(|hash| hash.to_vec()));
    assert_eq!(status.memory_metrics.stable_memory_size, 65_536_u32);
    assert_eq!(status.memory_metrics.wasm_memory_size, 4 * 65_536_u32);
}

#[test]
fn a_canister_may_ask_for_its_own_status() {
    let mut world = World::new();
    let a = world.a;
    let arg = order(0, MANAGEMENT, "canister_status", &target(a));
    let reply = world.sandbox.update(owner(), a, "call", arg).expect("refused");
    assert!(decode_one::<CanisterStatusResult>(&reply).is_ok());
}

#[test]
fn controllers_can_be_changed_by_a_controller() {
    let mut world = World::new();
    let b = world.b;
    let args = UpdateSettingsArgs {
        canister_id: b,
        settings: CanisterSettings {
            controllers: Some(vec![stranger()]),
            ..CanisterSettings::default()
        },
        sender_canister_version: None,
    };
    let arg = encode_one(args).expect("encodes");
    let sandbox = &mut world.sandbox;
    let refused = sandbox.update(stranger(), MANAGEMENT, "update_settings", arg.clone());
    assert_reject(refused, RejectCode::CanisterError, "update_settings");
    sandbox.update(owner(), MANAGEMENT, "update_settings", arg.clone()).expect("refused");
    assert_eq!(sandbox.controllers(b), [stranger()]);
    let refused = sandbox.update(owner(), MANAGEMENT, "update_settings", arg);
    assert_reject(refused, RejectCode::CanisterError, "Only controllers");
}

#[test]
fn a_user_creates_and_installs() {
    let mut world = World::new();
    let args = ProvisionalCreateCanisterWithCyclesArgs::default();
    let created: CanisterIdRecord =
        world.ask("provisional_create_canister_with_cycles", &args).expect("refused");
    let id = created.canister_id;
    assert_eq!(world.sandbox.controllers(id), [owner()]);
    for (mode, version) in [
        (CanisterInstallMode::Install, "probe 1"),
        (CanisterInstallMode::Upgrade(None), "probe 2"),
        (CanisterInstallMode::Reinstall, "probe 3"),
    ] {
        let args = InstallCodeArgs {
            mode,
            canister_id: id,
            wasm_module: probe(version),
            arg: vec![],
            sender_canister_version: None,
        };
        let arg = encode_one(args).expect("encodes");
        let reply = world.sandbox.update(owner(), MANAGEMENT, "install_code", arg);
        reply.expect("refused");
        assert_eq!(world.version(id), version);
        world.add(id);
    }
    assert_eq!(world.counters(id).stable, 1);
    world.manage("uninstall_code", id).expect("refused");
    assert_eq!(world.sandbox.module_hash(id), None);
    assert!(world.sandbox.stable_memory(id).is_empty());
}

#[test]
fn a_canister_creates_one_with_the_cycles_it_sends() {
    let mut world = World::new();
    let a = world.a;
    let args = encode_one(CreateCanisterArgs::default()).expect("encodes");
    let arg = order(5, MANAGEMENT, "create_canister", &args);
    let reply = world.sandbox.update(owner(), a, "call", arg).expect("refused");
    let created = decode_one::<CanisterIdRecord>(&reply).expect("a record");
    assert_eq!(world.sandbox.controllers(created.canister_id), [a]);
    assert_eq!(world.sandbox.cycles(created.canister_id), 100);
}

#[test]
fn anyone_inside_knows_controllers_and_changes() {
    let mut world = World::new();
    let (a, b) = (world.a, world.b);
    let args = CanisterInfoArgs { canister_id: b, num_requested_changes: Some(1) };
    let args = encode_one(args).expect("encodes");
    let outside = world.sandbox.update(owner(), MANAGEMENT, "canister_info", args.clone());
    assert_reject(outside, RejectCode::CanisterReject, "by canisters only");
    let arg = order(0, MANAGEMENT, "canister_info", &args);
    let reply = world.sandbox.update(owner(), a, "call", arg).expect("refused");
    let info = decode_one::<CanisterInfoResult>(&reply).expect("a record");
    assert_eq!(info.controllers, [owner(), a]);
    assert_eq!((info.total_num_changes, info.recent_changes.len()), (2, 1));
}

#[test]
fn randomness_is_the_same_in_every_run() {
    let draw = || {
        let mut world = World::new();
        let mut draw = || world.relay(0, MANAGEMENT, "raw_rand").expect("refused");
        [draw(), draw()]
    };
    let [first, second] = draw();
    assert_ne!(first, second);
    assert_eq!(draw(), [first, second]);
}

#[test]
fn an_uninstalled_canister_rejects_its_open_calls() {
    let mut world = World::new();
    let (a, b) = (world.a, world.b);
    let arg = order(0, a, "add", &[]);
    let id = world.sandbox.submit(owner(), b, "call", arg).expect("refused");
    world.sandbox.step();
    world.manage("uninstall_code", b).expect("refused");
    world.sandbox.run_until_idle();
    let answer = world.sandbox.response(id).expect("an answer");
    assert_reject(answer, RejectCode::CanisterReject, "uninstalled");
}

#[test]
fn an_argument_that_is_no_candid_is_refused() {
    let mut world = World::new();
    let reply = world.sandbox.update(owner(), MANAGEMENT, "stop_canister", vec![1, 2]);
    assert_reject(reply, RejectCode::CanisterReject, "stop_canister");
    let empty = wasm("(module)");
    let canister = world.sandbox.create_canister(&[owner()]);
    world.sandbox.install(owner(), canister, &empty, vec![]).expect("refused");
}
