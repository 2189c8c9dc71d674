//! How fast a download through the network's interface is beside a copy from a plain HTTP server, and how much memory it
//! takes. Each is measured in a process of its own, which runs a test of this module again.
//!
//! `cargo test --release -p backupctl --bin backupctl -- --ignored --nocapture figures` prints the figures.

#![allow(clippy::print_stdout, reason = "this is what it is for")]

use super::Download;
use crate::{
    agent::connect::{Connection, ConnectionArgs},
    backup::{files::SLICE, folder::Folder, in_flight::InFlight, meter::NoMeter},
};
use backup_fleet::{Management, SnapshotId};
use candid::Principal;
use canister_sandbox::Sandbox;
use clap::Parser;
use ed25519_dalek::{SigningKey, pkcs8::EncodePrivateKey};
use futures_util::{StreamExt, TryStreamExt, future::try_join_all, stream};
use http_body_util::{BodyExt, Empty, Full};
use hyper::{
    Request, Response,
    body::{Bytes, Incoming},
    server::conn::http1,
    service::service_fn,
};
use hyper_util::{
    client::legacy::Client,
    rt::{TokioExecutor, TokioIo},
};
use sandbox_gateway::Gateway;
use std::{
    convert::Infallible,
    env,
    fs::{self, File},
    io::{Seek, SeekFrom, Write},
    net::Ipv4Addr,
    os::unix::fs::PermissionsExt,
    path::Path,
    process::Command,
    sync::{Arc, Mutex},
    thread,
    time::Instant,
};
use tokio::{net::TcpListener, runtime};

/// What a process is told to measure: JSON.
const TASK: &str = "BACKUPCTL_FIGURE";

#[derive(serde::Deserialize, serde::Serialize)]
struct Task {
    url: String,
    folder: String,
    /// The canisters with their snapshots; none if bytes are copied from a plain server.
    snapshots: Vec<(Principal, SnapshotId)>,
    /// The lengths of the files that are copied.
    copies: Vec<u64>,
}

/// What it has measured.
#[derive(Debug, serde::Deserialize, serde::Serialize)]
struct Figure {
    seconds: f64,
    peak_megabytes: f64,
}

impl Task {
    /// Runs it in a process of its own.
    fn measure(&self) -> Figure {
        let output = Command::new(env::current_exe().expect("this program"))
            .args(["backup::download::figures::measures_what_it_is_told", "--exact"])
            .args(["--ignored", "--nocapture"])
            .env(TASK, serde_json::to_string(self).expect("JSON"))
            .output()
            .expect("this program can be run");
        let told = String::from_utf8_lossy(&output.stdout);
        let problem = String::from_utf8_lossy(&output.stderr);
        let line = told.lines().find(|line| line.starts_with('{'));
        let line = line.unwrap_or_else(|| panic!("{told}{problem}"));
        serde_json::from_str(line).expect("a figure")
    }

    async fn run(&self) {
        if self.snapshots.is_empty() { self.copy().await } else { self.download().await }
    }

    async fn download(&self) {
        let folder = Folder::open(Path::new(&self.folder));
        let Connection { network, .. } = self.connect().await;
        let (management, in_flight) = (Management::new(network.clone()), InFlight::default());
        let downloads = self.snapshots.iter().map(|(canister, snapshot)| {
            let download = Download {
                network: &network,
                management: &management,
                canister: *canister,
                snapshot: snapshot.clone(),
                folder: &folder,
                in_flight: &in_flight,
                meter: &NoMeter,
            };
            async move { download.run().await }
        });
        try_join_all(downloads).await.expect("downloaded");
    }

    async fn connect(&self) -> Connection {
        #[derive(Parser)]
        struct Options {
            #[command(flatten)]
            connection: ConnectionArgs,
        }
        let pem = format!("{}/key.pem", self.folder);
        let coordinator = self.snapshots[0].0.to_text();
        let options = Options::parse_from([
            "figures",
            "--network",
            &self.url,
            "--root-key",
            "fetch",
            "--coordinator",
            &coordinator,
            "--identity-pem",
            &pem,
        ]);
        options.connection.connect().await.expect("connected")
    }

    /// The same bytes in the same slices, as many at a time, written to files that are on the disk in the end.
    async fn copy(&self) {
        let client: Client<_, Empty<Bytes>> = Client::builder(TokioExecutor::new()).build_http();
        for (number, bytes) in self.copies.iter().enumerate() {
            let path = Path::new(&self.folder).join(number.to_string());
            let mut file = File::create(path).expect("a file");
            let slices = (0..bytes.div_ceil(SLICE)).map(|index| {
                let size = SLICE.min(bytes - index * SLICE);
                let request = Request::get(format!("{}/{size}", self.url));
                let request = request.body(Empty::new()).expect("a request");
                let client = &client;
                async move {
                    let answer = client.request(request).await.expect("an answer");
                    answer.into_body().collect().await.map(|body| (index, body.to_bytes()))
                }
            });
            let mut slices = stream::iter(slices).buffered(super::SIDE_BY_SIDE);
            while let Some((index, bytes)) = slices.try_next().await.expect("a slice") {
                file.seek(SeekFrom::Start(index * SLICE)).expect("a place");
                file.write_all(&bytes).expect("written");
            }
            file.sync_all().expect("synced");
        }
    }
}

/// The most memory that this process has had, in millions of bytes.
fn peak_megabytes() -> f64 {
    let status = fs::read_to_string("/proc/self/status").expect("Linux");
    let line = status.lines().find(|line| line.starts_with("VmHWM")).expect("a line");
    let kibibytes = line.split_whitespace().nth(1).expect("a number");
    kibibytes.parse::<f64>().expect("a number") * 1_024.0 / 1e6
}

#[test]
#[ignore = "it measures what another test tells it"]
fn measures_what_it_is_told() {
    let Ok(task) = env::var(TASK) else { return };
    let task: Task = serde_json::from_str(&task).expect("a task");
    let runtime = runtime::Builder::new_current_thread().enable_all().build().expect("a runtime");
    let begun = Instant::now();
    runtime.block_on(task.run());
    let seconds = begun.elapsed().as_secs_f64();
    let figure = Figure { seconds, peak_megabytes: peak_megabytes() };
    println!("\n{}", serde_json::to_string(&figure).expect("JSON"));
}

/// Canisters with so many bytes of stable memory each, which nobody could compress; how they are downloaded.
fn network(bytes: &[usize], folder: &Path) -> Task {
    let key = SigningKey::from_bytes(&[7; 32]);
    let der = key.to_pkcs8_der().expect("a key");
    let pem = folder.join("key.pem");
    fs::write(&pem, pem::encode(&pem::Pem::new("PRIVATE KEY", der.as_bytes()))).expect("written");
    fs::set_permissions(&pem, fs::Permissions::from_mode(0o600)).expect("a secret");
    let identity = ic_agent::identity::BasicIdentity::from_raw_key(&[7; 32]);
    let owner = ic_agent::Identity::sender(&identity).expect("a principal");
    let mut sandbox = Sandbox::new();
    let module = wat::parse_str("(module (memory 1))").expect("a module");
    let mut state = 1_u64;
    let snapshots = bytes.iter().map(|bytes| {
        let canister = sandbox.create_canister(&[owner]);
        sandbox.install(owner, canister, &module, Vec::new()).expect("installed");
        let words = (0..bytes / 8).flat_map(|_| {
            state ^= state << 13;
            state ^= state >> 7;
            state ^= state << 17;
            state.to_le_bytes()
        });
        sandbox.set_stable_memory(canister, &words.collect::<Vec<u8>>());
        let arg = backup_fleet::types::TakeCanisterSnapshotArgs {
            canister_id: canister,
            replace_snapshot: None,
            uninstall_code: None,
            sender_canister_version: None,
        };
        let arg = candid::encode_one(arg).expect("encoded");
        let management = Principal::management_canister();
        let taken = sandbox.update(owner, management, "take_canister_snapshot", arg);
        let taken: backup_fleet::types::Snapshot =
            candid::decode_one(&taken.expect("taken")).expect("a snapshot");
        (canister, taken.id.into())
    });
    let snapshots = snapshots.collect();
    let gateway = Gateway::new(Arc::new(Mutex::new(sandbox)));
    let address = gateway.serve_in_background().expect("it serves");
    let url = format!("http://{address}");
    Task { url, folder: folder.to_str().expect("text").to_owned(), snapshots, copies: vec![] }
}

/// A server that answers with as many bytes as it is asked for.
fn plain_server() -> String {
    let (send, receive) = std::sync::mpsc::channel();
    thread::spawn(move || {
        let runtime = runtime::Builder::new_current_thread().enable_all().build();
        runtime.expect("a runtime").block_on(async {
            let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).await.expect("a port");
            send.send(listener.local_addr().expect("an address")).expect("sent");
            let bytes = Bytes::from(vec![7; usize::try_from(SLICE).expect("it fits memory")]);
            loop {
                let (stream, _) = listener.accept().await.expect("a connection");
                let bytes = bytes.clone();
                tokio::spawn(async move {
                    let answer = service_fn(move |request: Request<Incoming>| {
                        let size: usize = request.uri().path()[1..].parse().expect("a number");
                        let bytes = bytes.slice(..size);
                        async move { Ok::<_, Infallible>(Response::new(Full::new(bytes))) }
                    });
                    let io = TokioIo::new(stream);
                    let _ = http1::Builder::new().serve_connection(io, answer).await;
                });
            }
        })
    });
    format!("http://{}", receive.recv().expect("an address"))
}

#[test]
#[ignore = "it takes a minute, and prints figures"]
fn a_download_is_nearly_as_fast_as_a_copy() {
    const SIZES: [usize; 4] = [50_000_000; 4];
    let mut ratios: Vec<f64> = (0..3)
        .map(|_| {
            let folder = tempfile::tempdir().expect("a folder");
            let download = network(&SIZES, folder.path()).measure();
            let folder = tempfile::tempdir().expect("a folder");
            let copies = SIZES.map(|bytes| bytes as u64).to_vec();
            let (url, folder) = (plain_server(), folder.path().to_str().expect("text").to_owned());
            let copy = Task { url, folder, snapshots: vec![], copies }.measure();
            println!("download {download:?}, copy {copy:?}");
            download.seconds / copy.seconds
        })
        .collect();
    ratios.sort_by(f64::total_cmp);
    println!("200 MB downloaded through the network's interface, over a copy: {:.2}", ratios[1]);
}

#[test]
#[ignore = "it takes a minute, and prints figures"]
fn a_gibibyte_takes_a_hundred_megabytes() {
    let folder = tempfile::tempdir().expect("a folder");
    let Figure { seconds, peak_megabytes } = network(&[1 << 30], folder.path()).measure();
    println!("1 GiB of one canister: at most {peak_megabytes:.0} MB of memory, in {seconds:.1} s");
    assert!(peak_megabytes <= 100.0);
    let folder = tempfile::tempdir().expect("a folder");
    let sizes = vec![(1 << 30) / 40; 40];
    let Figure { seconds, peak_megabytes } = network(&sizes, folder.path()).measure();
    println!("1 GiB of 40 canisters: at most {peak_megabytes:.0} MB of memory, in {seconds:.1} s");
    assert!(peak_megabytes <= 100.0);
}
