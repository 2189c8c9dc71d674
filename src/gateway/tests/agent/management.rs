//! The management canister, as whoever backs up a canister calls it.

use crate::{
    common::probe,
    setting::{agent, assert_http_error, ed25519, run, sandbox, served, stranger},
};
use candid::{CandidType, Principal, decode_one, encode_one};
use ic_agent::{Agent, AgentError, agent::RejectCode};
use ic_management_canister_types::{
    CanisterIdRecord, CanisterInstallMode, CanisterStatusResult, CanisterStatusType, ChunkHash,
    InstallChunkedCodeArgs, InstallCodeArgs, ProvisionalCreateCanisterWithCyclesArgs,
    ReadCanisterSnapshotDataArgs, ReadCanisterSnapshotDataResult, ReadCanisterSnapshotMetadataArgs,
    ReadCanisterSnapshotMetadataResult, Snapshot, SnapshotDataKind, TakeCanisterSnapshotArgs,
    UploadChunkArgs,
};
use serde::de::DeserializeOwned;

/// Calls a management method at the address of this canister.
async fn call<T: CandidType + DeserializeOwned>(
    agent: &Agent,
    address: Principal,
    method: &str,
    arg: impl CandidType,
) -> Result<T, AgentError> {
    let reply = agent
        .update(&Principal::management_canister(), method)
        .with_effective_canister_id(address)
        .with_arg(encode_one(arg).expect("encoded"))
        .await?;
    Ok(decode_one(&reply).expect("the result"))
}

/// Calls a management method without a result.
async fn order(agent: &Agent, address: Principal, method: &str) -> Result<(), AgentError> {
    let arg = encode_one(CanisterIdRecord { canister_id: address }).expect("encoded");
    let call = agent.update(&Principal::management_canister(), method);
    call.with_effective_canister_id(address).with_arg(arg).await.map(drop)
}

async fn status(agent: &Agent, id: Principal) -> CanisterStatusResult {
    let arg = CanisterIdRecord { canister_id: id };
    call(agent, id, "canister_status", arg).await.expect("a status")
}

#[test]
fn a_canister_is_stopped_snapshotted_read_and_started() {
    let served = served();
    let id = served.canister;
    run(async {
        let agent = agent(&served, ed25519());
        assert_eq!(status(&agent, id).await.status, CanisterStatusType::Running);
        order(&agent, id, "stop_canister").await.expect("stopped");
        assert_eq!(status(&agent, id).await.status, CanisterStatusType::Stopped);
        match agent.query(&id, "counted").await {
            Err(AgentError::UncertifiedReject { reject, .. }) => {
                assert_eq!(reject.error_code.as_deref(), Some("IC0508"));
            }
            other => panic!("it is not stopped: {other:?}"),
        }
        let arg = TakeCanisterSnapshotArgs {
            canister_id: id,
            replace_snapshot: None,
            uninstall_code: None,
            sender_canister_version: None,
        };
        let taken: Snapshot = call(&agent, id, "take_canister_snapshot", arg).await.expect("taken");
        let arg = CanisterIdRecord { canister_id: id };
        let listed: Vec<Snapshot> =
            call(&agent, id, "list_canister_snapshots", arg).await.expect("listed");
        assert_eq!(listed, std::slice::from_ref(&taken));
        let arg =
            ReadCanisterSnapshotMetadataArgs { canister_id: id, snapshot_id: taken.id.clone() };
        let metadata: ReadCanisterSnapshotMetadataResult =
            call(&agent, id, "read_canister_snapshot_metadata", arg).await.expect("read");
        assert_eq!(metadata.wasm_module_size, probe().len() as u64);
        let kind = SnapshotDataKind::WasmModule { offset: 0, size: metadata.wasm_module_size };
        let arg = ReadCanisterSnapshotDataArgs { canister_id: id, snapshot_id: taken.id, kind };
        let module: ReadCanisterSnapshotDataResult =
            call(&agent, id, "read_canister_snapshot_data", arg).await.expect("read");
        assert_eq!(module.chunk, probe());
        order(&agent, id, "start_canister").await.expect("started");
        assert_eq!(status(&agent, id).await.status, CanisterStatusType::Running);
    });
}

#[test]
fn the_status_is_a_query_too_and_for_controllers_alone() {
    let served = served();
    let id = served.canister;
    let arg = encode_one(CanisterIdRecord { canister_id: id }).expect("encoded");
    let query = async |agent: &Agent| {
        let query = agent.query(&Principal::management_canister(), "canister_status");
        query.with_effective_canister_id(id).with_arg(arg.clone()).await
    };
    run(async {
        let reply = query(&agent(&served, ed25519())).await.expect("a status");
        let status: CanisterStatusResult = decode_one(&reply).expect("a status");
        assert_eq!(status.status, CanisterStatusType::Running);
        let stranger = agent(&served, stranger());
        match query(&stranger).await {
            Err(AgentError::UncertifiedReject { reject, .. }) => {
                assert_eq!(reject.reject_code, RejectCode::CanisterError);
                assert_eq!(reject.error_code.as_deref(), Some("IC0512"));
            }
            other => panic!("it was told: {other:?}"),
        }
        match order(&stranger, id, "stop_canister").await {
            Err(AgentError::CertifiedReject { reject, .. }) => {
                assert_eq!(reject.error_code.as_deref(), Some("IC0512"));
            }
            other => panic!("it was stopped: {other:?}"),
        }
    });
}

#[test]
fn a_call_goes_to_the_address_of_its_canister() {
    let served = served();
    let other = sandbox(&served).create_canister(&[]);
    run(async {
        let agent = agent(&served, ed25519());
        let arg = CanisterIdRecord { canister_id: served.canister };
        for address in [other, Principal::management_canister()] {
            let answer: Result<CanisterStatusResult, _> =
                call(&agent, address, "canister_status", arg.clone()).await;
            assert_http_error(answer, 400, "does not match effective canister id");
        }
        let answer = agent.update(&served.canister, "count").with_effective_canister_id(other);
        assert_http_error(answer.await, 400, "does not match effective canister id");
        let nobody = agent.update(&Principal::management_canister(), "raw_rand");
        let nobody = nobody.with_effective_canister_id(other).with_arg(b"DIDL\0\0".to_vec());
        assert_http_error(nobody.await, 400, "its argument names none");
    });
}

#[test]
fn a_user_creates_a_canister_and_installs_a_module() {
    let served = served();
    run(async {
        let agent = agent(&served, stranger());
        let arg = ProvisionalCreateCanisterWithCyclesArgs::default();
        let created: CanisterIdRecord =
            call(&agent, served.canister, "provisional_create_canister_with_cycles", arg)
                .await
                .expect("created");
        let id = created.canister_id;
        let arg = InstallCodeArgs {
            mode: CanisterInstallMode::Install,
            canister_id: id,
            wasm_module: probe(),
            arg: Vec::new(),
            sender_canister_version: None,
        };
        agent
            .update(&Principal::management_canister(), "install_code")
            .with_effective_canister_id(id)
            .with_arg(encode_one(arg).expect("encoded"))
            .await
            .expect("installed");
        agent.update(&id, "count").await.expect("a reply");
    });
}

#[test]
fn a_module_that_comes_in_chunks_goes_to_the_address_of_its_target() {
    let served = served();
    let id = served.canister;
    run(async {
        let agent = agent(&served, ed25519());
        let module = probe();
        let arg = UploadChunkArgs { canister_id: id, chunk: module.clone() };
        let chunk: ChunkHash = call(&agent, id, "upload_chunk", arg).await.expect("stored");
        let arg = InstallChunkedCodeArgs {
            mode: CanisterInstallMode::Reinstall,
            target_canister: id,
            store_canister: None,
            wasm_module_hash: chunk.hash.clone(),
            chunk_hashes_list: vec![chunk],
            arg: Vec::new(),
            sender_canister_version: None,
        };
        agent.update(&id, "count").await.expect("a reply");
        let install = agent.update(&Principal::management_canister(), "install_chunked_code");
        let arg = encode_one(arg).expect("encoded");
        install.with_effective_canister_id(id).with_arg(arg).await.expect("installed");
        let counted = agent.query(&id, "counted").await.expect("a reply");
        assert_eq!(decode_one::<u32>(&counted).expect("a number"), 0, "it was reinstalled");
    });
}
