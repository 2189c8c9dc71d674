//! `backupctl verify`: whether a backup still is what was downloaded.

use crate::{
    backup::{
        folder::{self, Folder},
        meter,
        whole::{Inspection, inspect},
    },
    output,
};
use anyhow::Result;
use backup_journal::text::visible;
use clap::Args;
use indicatif::DecimalBytes;
use std::path::PathBuf;

/// The options of `backupctl verify`.
#[derive(Args, Debug)]
pub struct VerifyArgs {
    /// The folder of the backup.
    #[arg(value_name = "DIR")]
    pub folder: PathBuf,

    /// Write the result to standard output as JSON, and nothing else.
    #[arg(long)]
    pub json: bool,
}

/// Reads the backup; whether everything is as it was.
pub fn verify(args: &VerifyArgs) -> Result<bool> {
    let folder = Folder::open(&args.folder);
    let inspection = meter::told(args.json, "read", |meter| inspect(&folder, meter))?;
    if args.json {
        output::answer(&folder::to_json(&inspection)?)?;
    } else {
        output::show(&render(&inspection));
    }
    Ok(inspection.ok)
}

fn render(inspection: &Inspection) -> String {
    let Inspection { folder, run, canisters, files, bytes, problem, damages, .. } = inspection;
    let mut lines = vec![format!("backup     {}", folder.display())];
    if let Some(run) = run {
        lines.push(format!("run        {} of the fleet {}", run.run_id, run.fleet));
    }
    let bytes = DecimalBytes(*bytes);
    lines.push(format!("snapshots  {canisters}, with {files} files, {bytes}"));
    lines.extend(problem.iter().map(|problem| format!("problem    {problem}")));
    lines.extend(damages.iter().map(|damage| format!("damaged    {damage}")));
    if inspection.ok {
        lines.push("verified   every file is what was downloaded".to_owned());
    }
    lines.iter().flat_map(|line| [visible(line), "\n".into()]).collect()
}
