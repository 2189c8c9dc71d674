//! Calls to a sandbox that is served, with connections that break, and drivers that die.

mod calls;
mod deaths;
mod line;
mod served;

use super::*;
use crate::backup::folder::REQUESTS;
use std::{fs, path::Path};

/// A folder with kept calls.
fn folder(path: &Path) -> Folder {
    let folder = path.join("backup");
    if folder.exists() { Folder::open(&folder) } else { Folder::create(&folder).expect("created") }
}

fn files(path: &Path) -> usize {
    let entries = fs::read_dir(path.join("backup").join(REQUESTS)).expect("a folder");
    entries.count()
}
