//! One process at a time works in a folder.

use crate::{clock::now, words::time};
use anyhow::{Context, Result, bail};
use backup_journal::Timestamp;
use candid::Principal;
use serde::{Deserialize, Serialize};
use std::{
    fs::{File, OpenOptions, TryLockError},
    io::{Read, Seek, Write},
    path::Path,
};

const LOCK: &str = "driver.lock";

/// Who works in it.
#[derive(Debug, Deserialize, Serialize)]
struct Holder {
    process: u32,
    /// As whom it calls, if it is known.
    principal: Option<Principal>,
    since: Timestamp,
}

/// The lock on a folder. The system ends it when the process ends, however it does.
#[derive(Debug)]
pub struct FolderLock {
    _file: File,
}

impl FolderLock {
    /// Locks a folder for this process, which calls as `principal` if it is known.
    ///
    /// # Errors
    /// If another process has locked it; says which one.
    pub fn take(folder: &Path, principal: Option<Principal>) -> Result<Self> {
        let path = folder.join(LOCK);
        let mut options = OpenOptions::new();
        let file = options.create(true).read(true).write(true).truncate(false).open(&path);
        let cannot = || format!("{} cannot be locked", path.display());
        let mut file = file.with_context(cannot)?;
        match file.try_lock() {
            Ok(()) => {}
            Err(TryLockError::WouldBlock) => bail!("{}", held(&mut file, folder)),
            Err(TryLockError::Error(error)) => return Err(error).with_context(cannot),
        }
        let holder = Holder { process: std::process::id(), principal, since: now()? };
        let write = |file: &mut File| {
            file.set_len(0)?;
            file.rewind()?;
            file.write_all(&serde_json::to_vec(&holder)?)
        };
        write(&mut file).with_context(cannot)?;
        Ok(Self { _file: file })
    }
}

fn held(file: &mut File, folder: &Path) -> String {
    let mut text = String::new();
    let read = file.read_to_string(&mut text).ok();
    let holder: Option<Holder> = read.and_then(|_| serde_json::from_str(&text).ok());
    let who = holder.map_or("another process".to_owned(), |it| {
        let caller = it.principal.map(|principal| format!(" as {principal}")).unwrap_or_default();
        format!("process {}{caller} since {}", it.process, time(it.since))
    });
    format!("{} is in use already, by {who}", folder.display())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_second_is_told_who_the_first_is() {
        let folder = tempfile::tempdir().expect("a folder");
        let first = FolderLock::take(folder.path(), Some(Principal::management_canister()));
        let first = first.expect("nobody else has it");
        let second = FolderLock::take(folder.path(), None);
        let problem = second.expect_err("it is locked").to_string();
        let process = format!("by process {} as aaaaa-aa since 2", std::process::id());
        assert!(problem.contains(&process), "{problem}");
        drop(first);
        let third = FolderLock::take(folder.path(), None).expect("it is free again");
        let problem = FolderLock::take(folder.path(), None).expect_err("locked").to_string();
        assert!(problem.contains(&format!("by process {} since 2", std::process::id())));
        drop(third);
    }
}
