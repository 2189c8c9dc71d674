//! The folder with all backups that the service has fetched: which there are, and how old ones are deleted.

use crate::{
    backup::{
        folder::{Folder, MANIFEST},
        manifest::Run,
        meter::NoMeter,
        whole::inspect,
    },
    disk::{self, Disk, RealDisk, sync_folder},
    fetch::{
        claims::Claims,
        keep::{Backup, Keep, Reason, State, decide},
    },
    names::parse_run_id,
    run::{lock::FolderLock, record::RunRecord},
};
use anyhow::{Context, Error, Result, bail, ensure};
use backup_journal::Timestamp;
use candid::Principal;
use serde::{Deserialize, de::IgnoredAny};
use std::{
    collections::BTreeMap,
    fs,
    path::{Path, PathBuf},
};

/// What the name of a folder begins with that is being deleted. No run is called so.
const DELETED: &str = ".deleted-";
/// The same for one that does not say yet of which run it is.
const UNNAMED: &str = ".begun-";

/// The folder with the backups of one coordinator.
#[derive(Clone, Debug)]
pub struct Shelf {
    base: PathBuf,
    coordinator: Principal,
}

/// What was deleted, and what was not.
#[derive(Debug, Default)]
pub struct Thinned {
    /// The backups that there are.
    pub left: Vec<Backup>,
    /// The names of those that are not there any more.
    pub deleted: Vec<String>,
    /// Why the first of those is still there that could not be deleted.
    pub problem: Option<Error>,
}

/// The part of a manifest that is looked at here.
#[derive(Deserialize)]
struct Head {
    #[serde(flatten)]
    run: Run,
    members: Vec<IgnoredAny>,
}

impl Shelf {
    /// The folder at this path.
    pub const fn of(base: PathBuf, coordinator: Principal) -> Self {
        Self { base, coordinator }
    }

    /// Where it is.
    pub fn base(&self) -> &Path {
        &self.base
    }

    /// Makes the folder unless it is there.
    pub fn create(&self) -> Result<()> {
        disk::create_folders(&RealDisk, &self.base)
    }

    /// Where the backup of a run lies.
    pub fn path(&self, name: &str) -> PathBuf {
        self.base.join(name)
    }

    /// Where it lies until it says of which run it is.
    pub fn unnamed(&self, name: &str) -> PathBuf {
        self.base.join(format!("{UNNAMED}{name}"))
    }

    /// Removes what was left when the process died over a folder that had no name yet, or none any more.
    pub fn remove_leftovers(&self) -> Result<()> {
        for name in self.names()? {
            if name.starts_with(DELETED) || name.starts_with(UNNAMED) {
                self.remove(&self.base.join(name))?;
            }
        }
        Ok(())
    }

    /// The backups, as far as it can be seen without reading all their files.
    pub fn backups(&self) -> Result<Vec<Backup>> {
        let names = self.names()?.into_iter();
        let runs = names.filter(|name| parse_run_id(name).is_ok() && self.path(name).is_dir());
        Ok(runs.map(|name| self.look_at(name)).collect())
    }

    /// The names in the folder, in their order.
    fn names(&self) -> Result<Vec<String>> {
        let cannot = || format!("{} cannot be read", self.base.display());
        let mut names = Vec::new();
        for entry in fs::read_dir(&self.base).with_context(cannot)? {
            names.extend(entry.with_context(cannot)?.file_name().into_string().ok());
        }
        names.sort();
        Ok(names)
    }

    fn look_at(&self, name: String) -> Backup {
        let (fleet, begun_at) = (String::new(), Timestamp(0));
        let folder = Folder::open(&self.path(&name));
        let of_other = |record: &RunRecord| record.coordinator != self.coordinator;
        let record = RunRecord::read(&folder).ok().flatten();
        if !Claims::are_in(folder.path()) || record.as_ref().is_some_and(of_other) {
            return Backup { name, fleet, begun_at, state: State::Foreign };
        }
        match look_into(&name, &folder) {
            Ok(Some((run, state))) => {
                Backup { name, fleet: run.fleet, begun_at: run.created_at, state }
            }
            Ok(None) => Backup { name, fleet, begun_at, state: State::Unfinished },
            Err(error) => {
                Backup { name, fleet, begun_at, state: State::Damaged(format!("{error:#}")) }
            }
        }
    }

    /// The backups, and why each is kept; one without a reason may be deleted. All files are read of those that may be
    /// deleted, and of the newest complete one of their fleet, but for those that are `damaged` by what is known.
    pub fn decide(
        &self,
        keep: Option<Keep>,
        damaged: &BTreeMap<String, String>,
    ) -> Result<Vec<(Backup, Vec<Reason>)>> {
        let mut backups = self.backups()?;
        for backup in &mut backups {
            if let Some(problem) = damaged.get(&backup.name) {
                backup.state = State::Damaged(problem.clone());
            }
        }
        let mut read = vec![false; backups.len()];
        loop {
            let reasons = decide(&backups, keep);
            let goes = |at: &usize| reasons[*at].is_empty();
            let loses =
                |fleet: &str| (0..backups.len()).any(|at| goes(&at) && backups[at].fleet == fleet);
            let matters = |at: &usize| {
                goes(at) || reasons[*at].contains(&Reason::Newest) && loses(&backups[*at].fleet)
            };
            let Some(next) = (0..backups.len()).find(|at| !read[*at] && matters(at)) else {
                return Ok(backups.into_iter().zip(reasons).collect());
            };
            read[next] = true;
            if let Some(problem) = self.damage(&backups[next].name) {
                backups[next].state = State::Damaged(problem);
            }
        }
    }

    /// What is wrong with the files of a backup.
    fn damage(&self, name: &str) -> Option<String> {
        match inspect(&Folder::open(&self.path(name)), &NoMeter) {
            Ok(found) if found.ok => None,
            Ok(found) => {
                let damage = found.damages.first().map(ToString::to_string);
                Some(damage.or(found.problem).unwrap_or_else(|| "it is damaged".to_owned()))
            }
            Err(error) => Some(format!("{error:#}")),
        }
    }

    /// Deletes what need not be kept. What cannot be deleted does not hold up the others.
    pub fn thin_out(
        &self,
        keep: Option<Keep>,
        damaged: &BTreeMap<String, String>,
    ) -> Result<Thinned> {
        let mut thinned = Thinned::default();
        for (backup, reasons) in self.decide(keep, damaged)? {
            if !reasons.is_empty() {
                thinned.left.push(backup);
                continue;
            }
            match self.delete(&backup.name) {
                Ok(()) => thinned.deleted.push(backup.name),
                Err(error) => {
                    thinned.problem.get_or_insert(error);
                    thinned.left.push(backup);
                }
            }
        }
        Ok(thinned)
    }

    /// Takes the name of a backup away, and then removes it: what is left when the process dies meanwhile does not look like
    /// a backup.
    fn delete(&self, name: &str) -> Result<()> {
        let (path, deleted) = (self.path(name), self.base.join(format!("{DELETED}{name}")));
        let _lock = FolderLock::take(&path, None)?;
        if deleted.exists() {
            bail!("{} is in the way", deleted.display());
        }
        disk::publish(&RealDisk, &path, &deleted)?;
        self.remove(&deleted)
    }

    fn remove(&self, path: &Path) -> Result<()> {
        let cannot = || format!("{} cannot be removed", path.display());
        RealDisk.remove_folder(path).with_context(cannot)?;
        sync_folder(&RealDisk, &self.base)
    }
}

/// The run of a backup and what it is worth; none if it has not all been fetched.
fn look_into(name: &str, folder: &Folder) -> Result<Option<(Run, State)>> {
    let record = RunRecord::read(folder)?.context("it does not say of which run it is")?;
    ensure!(record.run_id.as_str() == name, "it is of the run {}", record.run_id);
    let Some(head) = folder.read_json::<Head>(Path::new(MANIFEST))? else {
        return Ok(None);
    };
    ensure!(head.run.run_id == record.run_id, "its manifest is of {}", head.run.run_id);
    let whole = head.members.len() == folder.registry()?.len();
    Ok(Some((head.run, if whole { State::Complete } else { State::Partial })))
}
