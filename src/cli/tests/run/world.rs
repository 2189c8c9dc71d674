//! A network in this process: a sandbox with a coordinator and a fleet, behind the network's HTTP interface.

use crate::{common::module, proxy::Proxy};
use backup_journal::{
    api::{CoordinatorArgs, CoordinatorError, Role, RoleAssignment},
    fleet::{Fleet, FleetRegistration},
    registry::RegistryEntry,
};
use candid::{CandidType, Principal, decode_one, encode_args, encode_one};
use canister_sandbox::{CanisterStatus, Sandbox};
use ed25519_dalek::{
    SigningKey,
    pkcs8::{
        EncodePrivateKey,
        spki::{EncodePublicKey, der::pem::LineEnding},
    },
};
use sandbox_gateway::Gateway;
use serde_json::Value;
use std::{
    fs,
    os::unix::fs::PermissionsExt,
    path::PathBuf,
    process::{Command, Output, Stdio},
    sync::{Arc, Mutex, MutexGuard},
};
use tempfile::TempDir;

/// The name of the fleet.
pub const FLEET: &str = "shop";

/// A network with a coordinator and a fleet of a root and some members below it.
pub struct World {
    sandbox: Arc<Mutex<Sandbox>>,
    /// The coordinator.
    pub coordinator: Principal,
    /// The fleet, its root first.
    pub fleet: Vec<Principal>,
    /// The operator, who controls the fleet.
    pub operator: Principal,
    /// What stands between commands and the network.
    pub proxy: Proxy,
    root_key: String,
    folder: TempDir,
}

impl World {
    /// A network with a fleet of so many members, whose root is one of them.
    pub fn with_fleet(members: usize) -> Self {
        let folder = tempfile::tempdir().expect("a folder");
        let operator = write_identity(&folder.path().join("operator.pem"), 7);
        let mut sandbox = Sandbox::new();
        let administrator = Principal::self_authenticating(b"the administrator");
        let coordinator = sandbox.create_canister(&[administrator]);
        let roles = [(operator, Role::Operator)].map(|(principal, role)| RoleAssignment {
            principal,
            role,
            fleet: None,
        });
        let args = CoordinatorArgs { roles: roles.to_vec(), ..CoordinatorArgs::default() };
        let code = fs::read(module("backup_coordinator")).expect("a module");
        let args = encode_one(args).expect("encoded");
        sandbox.install(administrator, coordinator, &code, args).expect("installed");
        let code = fs::read(module("fleet_member")).expect("a module");
        let mut fleet = Vec::new();
        for seed in 0..members as u64 {
            let id = sandbox.create_canister(&[operator, coordinator]);
            let filling = encode_one(Some(Filling { seed, bytes: 100_000 })).expect("encoded");
            sandbox.install(operator, id, &code, filling).expect("installed");
            fleet.push(id);
        }
        let registration = encode_args((registration(&sandbox, &fleet),)).expect("encoded");
        let answer = sandbox.update(administrator, coordinator, "register_fleet", registration);
        let registered: Result<Fleet, CoordinatorError> =
            decode_one(&answer.expect("answered")).expect("decoded");
        registered.expect("registered");
        let root_key = hex::encode(sandbox.root_key());
        let sandbox = Arc::new(Mutex::new(sandbox));
        let gateway = Gateway::new(Arc::clone(&sandbox));
        let proxy = Proxy::to(gateway.serve_in_background().expect("it serves"));
        Self { sandbox, coordinator, fleet, operator, proxy, root_key, folder }
    }

    /// The sandbox; while it is held, no call is executed.
    pub fn sandbox(&self) -> MutexGuard<'_, Sandbox> {
        self.sandbox.lock().expect("no test panics with it")
    }

    /// A path in the folder of this network.
    pub fn path(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    /// A command that calls the coordinator of this network as the operator.
    pub fn command(&self, args: &[&str]) -> Command {
        let mut command = Command::new(env!("CARGO_BIN_EXE_backupctl"));
        command
            .current_dir(self.folder.path())
            .args(args)
            .args(["--coordinator", &self.coordinator.to_text()])
            .args(["--network", self.proxy.url(), "--root-key", &self.root_key])
            .args(["--identity-pem", "operator.pem"])
            .stdin(Stdio::null());
        command
    }

    /// Such a command as it is typed, in the folder of this network.
    pub fn typed(&self, args: &[&str]) -> String {
        let command = self.command(args);
        let words = [command.get_program()].into_iter().chain(command.get_args());
        let words: Vec<_> = words.map(|word| word.to_string_lossy()).collect();
        format!("env -C '{}' {}", self.folder.path().display(), words.join(" "))
    }

    /// The end of such a command.
    pub fn end(&self, args: &[&str]) -> Output {
        self.command(args).output().expect("backupctl can be run")
    }

    /// What a command writes with `--json`, which ends with this status.
    pub fn json(&self, exit: i32, args: &[&str]) -> Value {
        let output = self.end(&[args, &["--json"]].concat());
        let said = String::from_utf8_lossy(&output.stderr);
        assert_eq!(output.status.code(), Some(exit), "{args:?}: {said}");
        serde_json::from_slice(&output.stdout).expect("JSON and nothing else")
    }

    /// Reads a backup of this network, and says whether it is what was downloaded.
    pub fn verify(&self, backup: &str) -> Output {
        Command::new(env!("CARGO_BIN_EXE_backupctl"))
            .current_dir(self.folder.path())
            .args(["verify", backup])
            .output()
            .expect("backupctl can be run")
    }

    /// Every member runs, and has so many snapshots.
    #[track_caller]
    pub fn assert_running(&self, snapshots: usize, after: &str) {
        let sandbox = self.sandbox();
        for id in &self.fleet {
            assert_eq!(sandbox.status(*id), Some(CanisterStatus::Running), "{id} {after}");
            assert_eq!(sandbox.snapshots(*id).len(), snapshots, "snapshots of {id} {after}");
        }
    }
}

/// What a member holds.
#[derive(CandidType)]
struct Filling {
    seed: u64,
    bytes: u32,
}

/// The fleet in three levels: the root, the next two below it, the others below these.
fn registration(sandbox: &Sandbox, fleet: &[Principal]) -> FleetRegistration {
    let parent = |at: usize| match at {
        0 => None,
        1 | 2 => Some(fleet[0]),
        _ => Some(fleet[1 + at % 2]),
    };
    let entry = |(at, id): (usize, &Principal)| RegistryEntry {
        canister_id: *id,
        role: Some(format!("member-{at}")),
        kind: None,
        parent_canister_id: parent(at),
        module_hash: sandbox.module_hash(*id).map(hex::encode),
    };
    FleetRegistration {
        fleet: FLEET.into(),
        network: "sandbox".to_owned(),
        root_canister_id: fleet[0],
        policy: None,
        members: fleet.iter().enumerate().map(entry).collect(),
        expected_members: None,
        discovery: None,
    }
}

/// Writes an identity that only its owner can read; the principal that it calls as.
pub fn write_identity(path: &std::path::Path, seed: u8) -> Principal {
    let key = SigningKey::from_bytes(&[seed; 32]);
    let pem = key.to_pkcs8_pem(LineEnding::default()).expect("a key can be written");
    fs::write(path, pem.as_bytes()).expect("written");
    fs::set_permissions(path, fs::Permissions::from_mode(0o600)).expect("a file of one's own");
    let public = key.verifying_key().to_public_key_der().expect("a key can be written");
    Principal::self_authenticating(public.as_bytes())
}
