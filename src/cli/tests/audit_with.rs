//! Runs `backupctl audit --with` a tool that stands in for `dfx` and `icp`: it hands each call on to a
//! coordinator in a sandbox, or answers as it likes.

mod common;

use backup_coordinator_client::{
    CoordinatorClient,
    journal::{
        api::{CoordinatorArgs, Role, RoleAssignment},
        plan::{
            AuthorityEvidence, BackupScopeKind, PlanHeader, QuiescencePolicy,
            SnapshotReadAuthority, SnapshotReadAuthoritySource,
        },
    },
};
use candid::Principal;
use canister_sandbox::{Sandbox, SandboxRuntime};
use common::module;
use std::{
    fs,
    io::{BufRead, BufReader, Write},
    net::{TcpListener, TcpStream},
    os::unix::fs::PermissionsExt,
    process::{Command, Output},
    sync::{Arc, Mutex},
    thread,
    time::{Duration, Instant},
};
use tempfile::TempDir;

/// Sends the words it was called with, and prints what comes back; the first line says whether it is an answer.
const TOOL: &str = r#"#!/usr/bin/env bash
exec 3<>"/dev/tcp/127.0.0.1/$TOOL_PORT"
printf '%s\n' "$*" >&3
IFS= read -r status <&3
if [[ $status == ok ]]; then cat <&3; else cat <&3 >&2; exit 1; fi
"#;

fn operator() -> Principal {
    Principal::self_authenticating([7])
}

/// A coordinator with something in its log.
fn coordinator() -> (Arc<Mutex<Sandbox>>, Principal) {
    let module = fs::read(module("backup_coordinator")).expect("the module can be read");
    let mut sandbox = Sandbox::new();
    let id = sandbox.create_canister(&[operator()]);
    let args = candid::encode_one(CoordinatorArgs::default()).expect("it can be encoded");
    sandbox.install(operator(), id, &module, args).expect("the coordinator installs");
    let sandbox = Arc::new(Mutex::new(sandbox));
    let client = CoordinatorClient::new(SandboxRuntime::new(Arc::clone(&sandbox), operator()), id);
    pollster::block_on(async {
        client.grant_role(Principal::self_authenticating([8]), Role::Auditor).await?;
        client.begin_journal_draft(&header()).await?;
        client.discard_journal_draft(&"weekly".into()).await
    })
    .expect("the coordinator does as it is told");
    (sandbox, id)
}

fn header() -> PlanHeader {
    PlanHeader {
        plan_id: "plan".into(),
        run_id: "weekly".into(),
        fleet: "shop".to_string(),
        network: "ic".to_string(),
        root_canister_id: Principal::from_slice(&[1, 1]),
        selected_subtree_root: None,
        selected_scope_kind: BackupScopeKind::NonRootFleet,
        include_descendants: true,
        root_included: false,
        requires_root_controller: false,
        snapshot_read_authority: SnapshotReadAuthority {
            source: SnapshotReadAuthoritySource::OperatorController,
            evidence: AuthorityEvidence::Declared,
        },
        quiescence_policy: QuiescencePolicy::CrashConsistent,
        topology_hash_before_quiesce: "ab".repeat(32),
        restore: None,
    }
}

/// What the tool is asked: the words behind `canister call`.
type Calls = Arc<Mutex<Vec<String>>>;

/// What the tool says of a method instead of asking the coordinator.
type Lie = fn(&str) -> Option<Result<Vec<u8>, String>>;

/// A network behind the tool.
struct Stage {
    folder: TempDir,
    port: u16,
    id: Principal,
    root_key: String,
    time: String,
    calls: Calls,
}

impl Stage {
    fn new(lie: Lie) -> Self {
        let (sandbox, id) = coordinator();
        let (root_key, nanos) = {
            let sandbox = sandbox.lock().expect("nobody panicked");
            (hex::encode(sandbox.root_key()), sandbox.time_nanos())
        };
        let time = jiff::Timestamp::from_nanosecond(nanos.into()).expect("a time").to_string();
        let folder = tempfile::tempdir().expect("a folder");
        let tool = folder.path().join("tool");
        fs::write(&tool, TOOL).expect("the tool is written");
        fs::set_permissions(&tool, fs::Permissions::from_mode(0o755)).expect("it may be run");
        let listener = TcpListener::bind("127.0.0.1:0").expect("a port");
        let port = listener.local_addr().expect("an address").port();
        let calls = Calls::default();
        let seen = Arc::clone(&calls);
        // Ends with the process.
        thread::spawn(move || {
            for stream in listener.incoming() {
                answer(&mut stream.expect("a call"), &sandbox, &seen, lie);
            }
        });
        Self { folder, port, id, root_key, time, calls }
    }

    fn audit(&self, tool: &str, more: &[&str]) -> Output {
        self.audit_on("here", tool, more)
    }

    fn audit_on(&self, network: &str, tool: &str, more: &[&str]) -> Output {
        Command::new(env!("CARGO_BIN_EXE_backupctl"))
            .args(["audit", "--coordinator", &self.id.to_text(), "--with", tool])
            .args(["--network", network, "--root-key", &self.root_key, "--at", &self.time])
            .args(more)
            .env(tool.to_uppercase(), self.folder.path().join("tool"))
            .env("TOOL_PORT", self.port.to_string())
            .output()
            .expect("backupctl cannot be run")
    }
}

fn answer(stream: &mut TcpStream, sandbox: &Mutex<Sandbox>, calls: &Calls, lie: Lie) {
    let mut words = String::new();
    BufReader::new(&*stream).read_line(&mut words).expect("the words of the tool");
    calls.lock().expect("nobody panicked").push(words.trim().to_string());
    let words: Vec<&str> = words.split_whitespace().collect();
    let (id, method) = (Principal::from_text(words[2]).expect("a canister"), words[3]);
    let arg = hex::decode(words[4]).expect("the argument is hexadecimal");
    let said = lie(method).unwrap_or_else(|| {
        let mut sandbox = sandbox.lock().expect("nobody panicked");
        sandbox.query(operator(), id, method, arg).map_err(|reject| reject.to_string())
    });
    let text = match said {
        Ok(bytes) => format!("ok\n{}\n", hex::encode(bytes)),
        Err(message) => format!("error\n{message}\n"),
    };
    stream.write_all(text.as_bytes()).expect("the tool listens");
}

fn text(bytes: &[u8]) -> &str {
    std::str::from_utf8(bytes).expect("text")
}

#[test]
fn a_log_is_fetched_and_held_against_the_queries() {
    for (tool, options) in [
        ("dfx", "--type raw --output raw --network here --query"),
        ("icp", "--args-format hex --output hex --network here --query"),
    ] {
        let stage = Stage::new(|_| None);
        let output = stage.audit(tool, &[]);
        assert_eq!(output.status.code(), Some(0), "{}", text(&output.stderr));
        let shown = text(&output.stdout);
        assert!(shown.contains("3 blocks hold, up to "), "{shown}");
        let calls = stage.calls.lock().expect("nobody panicked");
        for method in ["icrc3_get_blocks", "icrc3_get_tip_certificate", "list_roles"] {
            let wanted = format!("canister call {} {method} ", stage.id);
            assert!(calls.iter().any(|call| call.starts_with(&wanted)), "{method}: {calls:?}");
        }
        assert!(calls.iter().all(|call| call.ends_with(options)), "{calls:?}");
    }
}

/// `icp` trusts no address without being told the key.
#[test]
fn a_network_can_be_named_by_its_address() {
    let address = "http://127.0.0.1:4943";
    for (tool, with_key) in [("dfx", false), ("icp", true)] {
        let stage = Stage::new(|_| None);
        let output = stage.audit_on(address, tool, &[]);
        assert_eq!(output.status.code(), Some(0), "{}", text(&output.stderr));
        let key = if with_key { format!(" --root-key {}", stage.root_key) } else { String::new() };
        let options = format!(" --network {address}{key} --query");
        let calls = stage.calls.lock().expect("nobody panicked");
        assert!(calls.iter().all(|call| call.ends_with(&options)), "{calls:?}");
    }
}

#[test]
fn a_query_that_says_something_else_is_found() {
    let stage = Stage::new(|method| {
        let nobody: Result<Vec<RoleAssignment>, ()> = Ok(Vec::new());
        (method == "list_roles").then(|| Ok(candid::encode_one(nobody).expect("an answer")))
    });
    let output = stage.audit("dfx", &[]);
    assert_eq!(output.status.code(), Some(1), "{}", text(&output.stdout));
    assert!(text(&output.stderr).contains("role"), "{}", text(&output.stderr));
}

#[test]
fn a_fetched_log_can_be_audited_again_and_is_never_written_over() {
    let stage = Stage::new(|_| None);
    let folder = stage.folder.path().join("log");
    let dump = ["--dump", folder.to_str().expect("text")];
    let output = stage.audit("dfx", &dump);
    assert_eq!(output.status.code(), Some(0), "{}", text(&output.stderr));
    let (_, command) = text(&output.stderr).split_once("backupctl ").expect("how to audit it");
    let again = Command::new(env!("CARGO_BIN_EXE_backupctl"))
        .args(command.split_whitespace())
        .output()
        .expect("backupctl cannot be run");
    assert_eq!(again.status.code(), Some(0), "{}", text(&again.stderr));
    assert_eq!(again.stdout, output.stdout);
    let calls = || stage.calls.lock().expect("nobody panicked").len();
    let before = calls();
    let file = stage.folder.path().join("tool/log");
    for folder in [folder.to_str(), file.to_str()] {
        let output = stage.audit("dfx", &["--dump", folder.expect("text")]);
        assert_eq!(output.status.code(), Some(2), "{}", text(&output.stderr));
    }
    assert_eq!(calls(), before, "the network was asked before the folder was looked at");
}

/// A tool that does this instead of making a call, and what is said of it, in how many bytes at most.
fn with_tool(script: &str, status: i32, said: &str) {
    let stage = Stage::new(|_| None);
    fs::write(stage.folder.path().join("tool"), format!("#!/usr/bin/env bash\n{script}\n"))
        .expect("the tool is written");
    let begun = Instant::now();
    let output = stage.audit("dfx", &["--timeout", "2"]);
    let told = text(&output.stderr);
    assert_eq!(output.status.code(), Some(status), "{script}: {told}");
    assert!(told.contains(said) && told.len() < 3_000, "{script}: {told}");
    assert!(!told.contains(".rs:") && !told.contains('\u{1b}'), "{script}: {told}");
    assert!(begun.elapsed() < Duration::from_mins(1), "{script}");
}

#[test]
fn a_tool_that_hangs_or_prints_without_end_is_ended() {
    with_tool("exec sleep 1000", 4, "took more than 2 s and was ended");
    with_tool("exec yes", 4, "it printed more than");
    with_tool("exec yes >&2", 4, "it printed more than");
}

#[test]
fn refused_unreachable_and_unreadable_are_told_apart() {
    with_tool("echo 'reject code CanisterError, reject message no' >&2; exit 1", 3, "no");
    with_tool("echo 'connection refused' >&2; exit 1", 4, "connection refused");
    with_tool("exit 7", 4, "7");
    with_tool("printf '%s\\e[2J' {1..20000}", 5, "was answered with");
    with_tool("echo 4449444c", 5, "icrc3_get_tip_certificate: ");
}

/// An optional record with a field that nobody knows: a vector of 2^32 - 1 nulls.
#[test]
fn a_few_bytes_that_say_much_do_not_hang_the_audit() {
    with_tool(
        "echo 4449444c036d7f6c0101006e010102 01ffffffff0f | tr -d ' '",
        5,
        "exceeds the limit",
    );
}

#[test]
fn what_the_tool_complains_of_is_told() {
    let stage = Stage::new(|_| Some(Err("no identity is selected".to_string())));
    let output = stage.audit("icp", &[]);
    assert_eq!(output.status.code(), Some(4));
    let told = text(&output.stderr).matches("no identity is selected").count();
    assert_eq!(told, 1, "{}", text(&output.stderr));
    let missing = Command::new(env!("CARGO_BIN_EXE_backupctl"))
        .args(["audit", "--coordinator", &stage.id.to_text(), "--with", "dfx"])
        .env("DFX", stage.folder.path().join("nowhere"))
        .output()
        .expect("backupctl cannot be run");
    assert_eq!(missing.status.code(), Some(4));
    assert!(text(&missing.stderr).contains("nowhere cannot be run"), "{}", text(&missing.stderr));
}
