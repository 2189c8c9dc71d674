//! `backupctl import`: a backup of a snapshot that `icp` or `dfx` has downloaded.

use crate::{
    backup::{
        folder::{self, Folder},
        import::Import,
        manifest::Manifest,
        meter,
    },
    clock::now,
    output,
};
use anyhow::Result;
use backup_fleet::SnapshotId;
use backup_journal::text::visible;
use candid::Principal;
use clap::Args;
use std::path::{Path, PathBuf};

/// The options of `backupctl import`.
#[derive(Args, Debug)]
pub struct ImportArgs {
    /// The folder that `icp canister snapshot download` or `dfx canister snapshot download` has written.
    #[arg(value_name = "DIR")]
    pub from: PathBuf,

    /// The canister whose snapshot it is; the folder does not tell.
    #[arg(long, value_name = "ID")]
    pub canister: Principal,

    /// The id of the snapshot, if you know it; the folder does not tell.
    #[arg(long, value_name = "ID")]
    pub snapshot: Option<SnapshotId>,

    /// The folder for the backup [default: ./backup-CANISTER]
    #[arg(long, value_name = "DIR")]
    pub out: Option<PathBuf>,

    /// Copy the files. Otherwise they get a second name in the backup where the disk can do that, so that they take no
    /// more room; who changes one then changes both.
    #[arg(long)]
    pub copy: bool,

    /// Write the manifest to standard output as JSON, and nothing else.
    #[arg(long)]
    pub json: bool,
}

/// Imports the snapshot.
pub fn import(args: &ImportArgs) -> Result<bool> {
    let import = Import {
        from: &args.from,
        canister: args.canister,
        snapshot: args.snapshot.clone(),
        copy: args.copy,
        now: now()?,
    };
    let found = import.look()?;
    let out = args.out.clone();
    let out = out.unwrap_or_else(|| PathBuf::from(format!("./backup-{}", args.canister)));
    folder::ensure_usable(&out, folder::NEVER_OVER_ANOTHER)?;
    let folder = Folder::create(&out)?;
    let manifest = meter::told(args.json, "read", |meter| import.run(&found, &folder, meter))?;
    if args.json {
        output::answer(&folder::to_json(&manifest)?)?;
    } else {
        output::show(&render(&manifest, &out));
    }
    Ok(true)
}

/// What was imported, and what cannot be known of it.
fn render(manifest: &Manifest, out: &Path) -> String {
    let mut lines = vec![format!("backup     {}", out.display())];
    for member in &manifest.members {
        let snapshot = &member.snapshot;
        let (id, files) = (snapshot.canister_id, snapshot.files.len());
        lines.push(format!("snapshot   of {id}, with {files} files"));
        lines.push(format!("checksum   {}", snapshot.checksum));
        if snapshot.snapshot_id.is_none() {
            lines.push("not known  which snapshot of the canister it is (--snapshot)".to_owned());
        }
    }
    lines.push(
        "not known  whether these are the bytes that the network had: the checksums are those of the files as they are now"
            .to_owned(),
    );
    lines.push(
        "not known  whether the canister was stopped, and what module its fleet expects".to_owned(),
    );
    lines.push(format!("next       backupctl verify {}", out.display()));
    lines.iter().flat_map(|line| [visible(line), "\n".into()]).collect()
}
