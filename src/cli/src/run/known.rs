//! What is known of a run that was begun before, and where its folder is.

use crate::{
    agent::connect::Settings,
    backup::folder::Folder,
    names,
    run::{args::WorkArgs, record::RunRecord},
    usage::UsageError,
};
use anyhow::Result;
use backup_journal::RunId;
use std::path::{Path, PathBuf};

/// What is known of a run that was begun before.
pub struct Known {
    /// The folder of it, which need not be there.
    pub folder: Folder,
    /// What the folder says of the run.
    pub record: Option<RunRecord>,
    /// How its coordinator is reached.
    pub settings: Settings,
}

impl Known {
    /// What the folder of the run says, or the configuration.
    pub fn of(run_id: &RunId, args: &WorkArgs) -> Result<Self> {
        let mut settings = args.connection.settings()?;
        let folder = Folder::open(&out(args, &settings, run_id, begun_before));
        let record = RunRecord::read(&folder)?;
        if let Some(record) = &record {
            record.complete(run_id, &args.connection, &mut settings)?;
        }
        Ok(Self { folder, record, settings })
    }
}

/// The folder of the run: named, or one for each run where the configuration wants them, or the usual one.
pub fn out(
    args: &WorkArgs,
    settings: &Settings,
    run_id: &RunId,
    usual: fn(&RunId) -> PathBuf,
) -> PathBuf {
    args.out.clone().unwrap_or_else(|| unnamed(settings, run_id, usual))
}

fn unnamed(settings: &Settings, run_id: &RunId, usual: fn(&RunId) -> PathBuf) -> PathBuf {
    match &settings.out {
        Some(configured) => configured.join(run_id.as_str()),
        None => usual(run_id),
    }
}

/// The folder that a run usually has that was begun before.
fn begun_before(run_id: &RunId) -> PathBuf {
    let restore = names::restore_folder_of(run_id);
    if restore.exists() { restore } else { names::folder_of(run_id) }
}

/// The folder of a backup: the one that is named, or that of the run that is named.
///
/// # Errors
/// [`UsageError`] if there is none.
pub fn backup_folder(named: &Path, settings: &Settings) -> Result<PathBuf, UsageError> {
    if named.is_dir() {
        return Ok(named.to_owned());
    }
    let run_id = named.to_str().and_then(|name| names::parse_run_id(name).ok());
    let run_id = run_id.ok_or_else(|| UsageError(format!("{} is no folder", named.display())))?;
    let folder = unnamed(settings, &run_id, names::folder_of);
    if folder.is_dir() {
        return Ok(folder);
    }
    let (named, folder) = (named.display(), folder.display());
    Err(UsageError(format!("{named} is no folder, and there is no {folder}")))
}
