//! A canister that was backed up and another one, in a sandbox, for tests.

use super::line::Line;
use crate::{
    backup::{
        download::Download,
        folder::{Folder, MANIFEST},
        in_flight::InFlight,
        manifest::{FORMAT, Member},
        meter::NoMeter,
        sending::Sending,
        source::Source,
        upload::Upload,
    },
    disk::Disk,
};
use anyhow::Result;
use backup_fleet::{
    Management, Performer, SnapshotId,
    types::{CanisterIdRecord, DeleteCanisterSnapshotArgs, UploadChunkArgs},
};
use backup_journal::Sequence;
use candid::{Principal, encode_one};
use canister_sandbox::{Sandbox, SandboxRuntime};
use futures_util::FutureExt;
use pollster::block_on;
use std::{
    fs,
    path::PathBuf,
    sync::{Arc, Mutex},
};
use tempfile::TempDir;

/// The method that sends slices.
pub const DATA: &str = "upload_canister_snapshot_data";
/// The method that begins an upload.
pub const METADATA: &str = "upload_canister_snapshot_metadata";
/// Slices of the snapshot: of the module, of the heap, of the stable memory, and the chunks.
pub const SLICES: usize = 1 + 2 + 3 + 2;
/// Who controls the canisters.
pub const OPERATOR: Principal = Principal::from_slice(&[7; 29]);

/// A canister whose heap and stable memory have more than one slice, no two of them alike. `count` counts in a global and in
/// the heap, and `digest` answers with both, and some bytes of the stable memory.
const CANISTER: &str = r#"(module
  (import "ic0" "stable64_grow" (func $grow (param i64) (result i64)))
  (import "ic0" "stable64_write" (func $write (param i64 i64 i64)))
  (import "ic0" "stable64_read" (func $read (param i64 i64 i64)))
  (import "ic0" "msg_reply_data_append" (func $append (param i32 i32)))
  (import "ic0" "msg_reply" (func $reply))
  (memory 40)
  (global $counted (export "counted") (mut i32) (i32.const 0))
  (func (export "canister_init") (local $page i32)
    (loop $next
      (memory.fill (i32.mul (local.get $page) (i32.const 65536))
        (i32.add (local.get $page) (i32.const 1)) (i32.const 65536))
      (local.set $page (i32.add (local.get $page) (i32.const 1)))
      (br_if $next (i32.lt_u (local.get $page) (i32.const 40))))
    (drop (call $grow (i64.const 65)))
    (call $write (i64.const 0) (i64.const 0) (i64.const 2621440))
    (call $write (i64.const 2621440) (i64.const 65536) (i64.const 1638400)))
  (func (export "canister_update count")
    (global.set $counted (i32.add (global.get $counted) (i32.const 3)))
    (i32.store (i32.const 8) (i32.add (i32.load (i32.const 8)) (i32.const 1)))
    (call $reply))
  (func (export "canister_query digest")
    (i32.store (i32.const 0) (global.get $counted))
    (call $read (i64.const 16) (i64.const 4194304) (i64.const 16))
    (call $append (i32.const 0) (i32.const 32))
    (call $append (i32.const 2555904) (i32.const 16))
    (call $reply)))"#;

pub struct Scene {
    _parent: TempDir,
    pub backup: PathBuf,
    /// The folder of the restore.
    pub folder: Folder,
    /// The canister that was backed up, and has counted on since.
    pub origin: Principal,
    /// The one that the snapshot goes to. It has a snapshot of its own.
    pub target: Principal,
    /// What the first one answered when it was backed up.
    pub digest: Vec<u8>,
    pub line: Line,
}

impl Scene {
    pub fn new() -> Self {
        let parent = tempfile::tempdir().expect("a folder");
        let mut sandbox = Sandbox::new();
        let origin = sandbox.create_canister(&[OPERATOR]);
        let target = sandbox.create_canister(&[OPERATOR]);
        let module = wat::parse_str(CANISTER).expect("a module");
        for canister in [origin, target] {
            sandbox.install(OPERATOR, canister, &module, Vec::new()).expect("installed");
        }
        for chunk in [b"one".to_vec(), b"another".to_vec()] {
            let args = encode_one(UploadChunkArgs { canister_id: origin, chunk }).expect("encoded");
            let management = Principal::management_canister();
            sandbox.update(OPERATOR, management, "upload_chunk", args).expect("uploaded");
        }
        let runtime = SandboxRuntime::new(Arc::new(Mutex::new(sandbox)), OPERATOR);
        let line = Line::new(runtime);
        let backup = parent.path().join("backup");
        let folder = Folder::create(&parent.path().join("restore")).expect("created");
        let mut scene =
            Self { _parent: parent, backup, folder, origin, target, digest: Vec::new(), line };
        scene.count(origin);
        scene.digest = scene.ask(origin);
        block_on(scene.back_up());
        scene.count(origin);
        scene.count(target);
        scene
    }

    /// The same with the folder of the restore on another disk.
    pub fn on(self, disk: impl Disk + 'static) -> Self {
        Self { folder: self.folder.on(disk), ..self }
    }

    async fn back_up(&self) {
        let folder = Folder::create(&self.backup).expect("created");
        let management = &Management::new(self.line.clone());
        management.take_snapshot(self.target).await.expect("taken");
        management.stop(self.origin).await.expect("stopped");
        let snapshot = management.take_snapshot(self.origin).await.expect("taken");
        management.start(self.origin).await.expect("started");
        let download = Download {
            network: &self.line,
            management,
            canister: self.origin,
            snapshot,
            folder: &folder,
            in_flight: &InFlight::default(),
            meter: &NoMeter,
        };
        let mut member = Member::of(download.run().await.expect("downloaded"));
        let status = management.status(self.origin).await.expect("a status");
        member.module_hash = status.module_hash.map(hex::encode);
        let manifest = serde_json::json!({ "format": FORMAT, "members": [member] });
        folder.write_json(MANIFEST, &manifest).expect("written");
    }

    /// A file of the snapshot in the backup.
    pub fn file(&self, name: &str) -> PathBuf {
        self.backup.join(self.origin.to_text()).join(name)
    }

    /// Changes the manifest.
    pub fn change_manifest(&self, change: impl FnOnce(&mut serde_json::Value)) {
        let path = self.backup.join(MANIFEST);
        let text = fs::read_to_string(&path).expect("read");
        let mut manifest = serde_json::from_str(&text).expect("JSON");
        change(&mut manifest);
        fs::write(&path, manifest.to_string()).expect("written");
    }

    pub fn source(&self) -> Result<Source> {
        let mut sources = Source::all(&Folder::open(&self.backup))?;
        Ok(sources.pop().expect("the manifest has a member"))
    }

    /// Checks all files, and then uploads the snapshot as a program does that has just come up.
    pub fn upload(&self) -> Result<SnapshotId> {
        let source = self.source()?;
        source.verify(&NoMeter)?;
        self.with(&source, |upload| block_on(upload.run()))
    }

    /// The same by a program that is killed when a call hangs; none if it was.
    pub fn upload_until_killed(&self) -> Option<Result<SnapshotId>> {
        let source = self.source().expect("a source");
        self.with(&source, |upload| upload.run().now_or_never())
    }

    pub fn with<T>(&self, source: &Source, act: impl FnOnce(Upload<'_, Line, Line>) -> T) -> T {
        let performer = &Performer::new(self.line.clone(), self.line.clone());
        act(Upload {
            sending: Sending {
                network: &self.line,
                management: performer.management(),
                source,
                target: self.target,
                in_flight: &InFlight::default(),
                meter: &NoMeter,
            },
            performer,
            operation: Sequence(4),
            folder: &self.folder,
        })
    }

    /// Deletes a snapshot of the target.
    pub fn delete(&self, snapshot: &SnapshotId) {
        let (canister_id, snapshot_id) = (self.target, snapshot.as_bytes().to_vec());
        let args = DeleteCanisterSnapshotArgs { canister_id, snapshot_id };
        let args = encode_one(args).expect("encoded");
        let mut sandbox = self.line.runtime.sandbox();
        let management = Principal::management_canister();
        sandbox.update(OPERATOR, management, "delete_canister_snapshot", args).expect("deleted");
    }

    /// The snapshots of the target.
    pub fn snapshots(&self) -> usize {
        self.line.runtime.sandbox().snapshots(self.target).len()
    }

    /// Loads a snapshot into the target, starts it, and holds it against the canister that was backed up.
    pub fn assert_restores(&self, snapshot: &SnapshotId) {
        let management = Management::new(self.line.runtime.clone());
        block_on(async {
            management.stop(self.target).await.expect("stopped");
            management.load_snapshot(self.target, snapshot).await.expect("loaded");
            management.start(self.target).await.expect("started");
        });
        assert_eq!(self.ask(self.target), self.digest);
        let stable = fs::read(self.file("stable_memory.bin")).expect("read");
        assert!(self.line.runtime.sandbox().stable_memory(self.target) == stable);
        assert_eq!(self.chunks(self.target), self.chunks(self.origin));
    }

    fn count(&self, canister: Principal) {
        let mut sandbox = self.line.runtime.sandbox();
        sandbox.update(OPERATOR, canister, "count", Vec::new()).expect("counted");
    }

    fn ask(&self, canister: Principal) -> Vec<u8> {
        let mut sandbox = self.line.runtime.sandbox();
        sandbox.query(OPERATOR, canister, "digest", Vec::new()).expect("answered")
    }

    fn chunks(&self, canister_id: Principal) -> Vec<u8> {
        let args = encode_one(CanisterIdRecord { canister_id }).expect("encoded");
        let mut sandbox = self.line.runtime.sandbox();
        let management = Principal::management_canister();
        sandbox.update(OPERATOR, management, "stored_chunks", args).expect("listed")
    }
}
