//! `backupctl drill`: proves that a backup can be restored, without touching anything.

mod drilled;
mod record;
mod restore;

use crate::{
    agent::connect::ConnectionArgs,
    backup::{
        folder::{self, Folder},
        manifest::{Manifest, Member},
        source::Source,
    },
    exit::Exit,
    output,
    run::known::backup_folder,
    tables::table,
    task::block_on,
};
use anyhow::{Context, Result};
use candid::Principal;
use clap::Args;
use drilled::Drilled;
use indicatif::DecimalBytes;
use record::Recorder;
use restore::Restored;
use serde::Serialize;
use std::path::PathBuf;

/// The options of `backupctl drill`.
#[derive(Args, Debug)]
pub struct DrillArgs {
    /// The folder of the backup, or the run whose backup lies in its usual folder.
    #[arg(value_name = "DIR|RUN")]
    pub backup: PathBuf,

    /// Only this canister. Repeat the option for more of them.
    #[arg(long, value_name = "ID")]
    pub member: Vec<Principal>,

    /// A query without arguments that each restored canister has to answer, for instance its health.
    #[arg(long, value_name = "METHOD")]
    pub query: Option<String>,

    /// Write the result to standard output as JSON, and nothing else.
    #[arg(long)]
    pub json: bool,

    /// Record the result with the run, so that its coordinator shows when the backup was proven, and by whom.
    #[arg(long)]
    pub record: bool,

    /// How the coordinator is called, with `--record`.
    #[command(flatten)]
    pub connection: ConnectionArgs,
}

/// The result.
#[derive(Debug, Serialize)]
struct Report {
    /// Whether every canister was proven.
    ok: bool,
    folder: PathBuf,
    members: Vec<Drilled>,
}

/// Restores each canister of a backup into a network of its own in this process, starts it, and compares what it then has
/// with what was downloaded.
pub fn drill(args: &DrillArgs) -> Result<Exit> {
    let path = backup_folder(&args.backup, &args.connection.settings()?)?;
    let folder = Folder::open(&path);
    let manifest = Manifest::of_finished(&folder)?;
    let recorder = args.record.then(|| Recorder::of(&manifest, &args.connection)).transpose()?;
    let wanted = |member: &Member| {
        args.member.is_empty() || args.member.contains(&member.snapshot.canister_id)
    };
    let members: Vec<Drilled> = manifest
        .members
        .into_iter()
        .filter(wanted)
        .map(|member| {
            let drilled = drill_one(&folder, member, args.query.as_deref());
            tell(&drilled);
            drilled
        })
        .collect();
    let ok = !members.is_empty() && members.iter().all(Drilled::is_proven);
    if let Some(recorder) = recorder {
        block_on(recorder.record(&folder, &members)).context("the drill is not recorded")?;
    }
    let report = Report { ok, folder: path, members };
    if args.json {
        output::answer(&folder::to_json(&report)?)?;
    } else {
        output::show(&render(&report));
    }
    Ok(Exit::of_success(ok))
}

fn drill_one(folder: &Folder, member: Member, query: Option<&str>) -> Drilled {
    let (canister_id, role) = (member.snapshot.canister_id, member.role.clone());
    let source = Source::of(folder, member);
    let restored = source.and_then(|source| pollster::block_on(restore::restore(&source, query)));
    let (restored, problem) = match restored {
        Ok(restored) => (Some(restored), None),
        Err(error) => (None, Some(format!("{error:#}"))),
    };
    Drilled { canister_id, role, restored, problem }
}

fn tell(drilled: &Drilled) {
    let canister = drilled.canister_id;
    match &drilled.problem {
        None => output::tell(&format!("{canister} is proven")),
        Some(problem) => output::tell(&format!("{canister} is not proven: {problem}")),
    }
}

fn render(report: &Report) -> String {
    let rows = report.members.iter().map(|member| {
        let bytes = |of: fn(&Restored) -> u64| {
            let bytes = member.restored.as_ref().map(of);
            bytes.map(|bytes| DecimalBytes(bytes).to_string()).unwrap_or_default()
        };
        [
            member.role.clone().unwrap_or_default(),
            member.canister_id.to_text(),
            bytes(|it| it.heap_bytes),
            bytes(|it| it.stable_bytes),
            if member.is_proven() { "proven" } else { "not proven" }.to_owned(),
            member.restored.as_ref().and_then(|it| it.answer.clone()).unwrap_or_default(),
        ]
    });
    let header = ["member", "canister", "heap", "stable memory", "restored", "answer"];
    let proven = report.members.iter().filter(|it| it.is_proven()).count();
    let all = report.members.len();
    format!("{}\n{proven} of {all} canisters can be restored\n", table(header, rows, &[2, 3]))
}
