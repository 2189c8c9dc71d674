//! A disk that remembers what was done to it, and knows what a loss of power would take away.

use super::{Disk, RealDisk};
use std::{
    collections::BTreeSet,
    fs::File,
    io,
    path::{Path, PathBuf},
    sync::{Arc, Mutex},
};

/// What is on the disk only in part.
#[derive(Debug, Default)]
struct Volatile {
    /// Files with content that is not on the disk.
    contents: BTreeSet<PathBuf>,
    /// Files and folders whose names are not on the disk.
    names: BTreeSet<PathBuf>,
    /// What got its name before its content was on the disk.
    early: Vec<PathBuf>,
}

impl Volatile {
    fn rename(&mut self, from: &Path, to: &Path) {
        let inside = |path: &&PathBuf| path.starts_with(from);
        let names = self.names.iter().filter(inside).filter(|path| *path != from);
        let early: Vec<PathBuf> =
            self.contents.iter().filter(inside).chain(names).cloned().collect();
        self.early.extend(early);
        for set in [&mut self.contents, &mut self.names] {
            let moved: Vec<PathBuf> = set.extract_if(.., |path| path.starts_with(from)).collect();
            set.extend(moved.iter().map(|path| match path.strip_prefix(from) {
                Ok(rest) if rest.as_os_str().is_empty() => to.to_owned(),
                Ok(rest) => to.join(rest),
                Err(error) => panic!("{error}"),
            }));
        }
        self.names.insert(to.to_owned());
    }
}

/// The real disk, observed.
#[derive(Clone, Debug, Default)]
pub struct RecordedDisk(Arc<Mutex<Volatile>>);

impl RecordedDisk {
    fn note(&self, change: impl FnOnce(&mut Volatile)) {
        change(&mut self.0.lock().expect("nobody panics with the lock"));
    }

    /// A loss of power would take nothing away, and never would have left something half under its name.
    #[track_caller]
    pub fn assert_durable(&self) {
        let volatile = self.0.lock().expect("nobody panics with the lock");
        assert!(
            volatile.contents.is_empty() && volatile.names.is_empty() && volatile.early.is_empty(),
            "{volatile:#?}"
        );
    }

    /// Whether a loss of power would take something away now.
    pub fn is_volatile(&self) -> bool {
        let volatile = self.0.lock().expect("nobody panics with the lock");
        !volatile.contents.is_empty() || !volatile.names.is_empty()
    }
}

impl Disk for RecordedDisk {
    fn create(&self, path: &Path) -> io::Result<File> {
        self.note(|volatile| {
            volatile.contents.insert(path.to_owned());
            volatile.names.insert(path.to_owned());
        });
        RealDisk.create(path)
    }

    fn open(&self, path: &Path) -> io::Result<File> {
        if !path.exists() {
            return self.create(path);
        }
        RealDisk.open(path)
    }

    fn append(&self, path: &Path) -> io::Result<File> {
        RealDisk.append(path)
    }

    fn write_at(&self, file: &mut File, path: &Path, offset: u64, bytes: &[u8]) -> io::Result<()> {
        self.note(|volatile| {
            volatile.contents.insert(path.to_owned());
        });
        RealDisk.write_at(file, path, offset, bytes)
    }

    fn write(&self, file: &mut File, path: &Path, bytes: &[u8]) -> io::Result<()> {
        self.note(|volatile| {
            volatile.contents.insert(path.to_owned());
        });
        RealDisk.write(file, path, bytes)
    }

    fn sync_file(&self, file: &File, path: &Path) -> io::Result<()> {
        self.note(|volatile| {
            volatile.contents.remove(path);
        });
        RealDisk.sync_file(file, path)
    }

    fn create_folder(&self, path: &Path) -> io::Result<()> {
        self.note(|volatile| {
            volatile.names.insert(path.to_owned());
        });
        RealDisk.create_folder(path)
    }

    fn sync_folder(&self, folder: &Path) -> io::Result<()> {
        self.note(|volatile| volatile.names.retain(|path| path.parent() != Some(folder)));
        RealDisk.sync_folder(folder)
    }

    fn link(&self, from: &Path, to: &Path) -> io::Result<()> {
        // What somebody else has written may not be on the disk.
        self.note(|volatile| {
            volatile.contents.insert(to.to_owned());
            volatile.names.insert(to.to_owned());
        });
        RealDisk.link(from, to)
    }

    fn rename(&self, from: &Path, to: &Path) -> io::Result<()> {
        self.note(|volatile| volatile.rename(from, to));
        RealDisk.rename(from, to)
    }

    fn remove_file(&self, path: &Path) -> io::Result<()> {
        self.note(|volatile| {
            volatile.contents.remove(path);
            volatile.names.remove(path);
        });
        RealDisk.remove_file(path)
    }

    fn remove_folder(&self, folder: &Path) -> io::Result<()> {
        self.note(|volatile| {
            volatile.contents.retain(|path| !path.starts_with(folder));
            volatile.names.retain(|path| !path.starts_with(folder));
        });
        RealDisk.remove_folder(folder)
    }
}
