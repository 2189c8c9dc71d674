//! A disk on which something happens at a certain call.

use super::{Disk, recorded::RecordedDisk};
use std::{
    fmt,
    fs::File,
    io,
    path::Path,
    sync::{
        Arc,
        atomic::{AtomicUsize, Ordering},
    },
};

/// What happens before a call: its number, from 0, and what it is about.
type Disturbance = dyn Fn(usize, &Path) -> io::Result<()> + Send + Sync;

/// An observed disk that is disturbed.
#[derive(Clone)]
pub struct DisturbedDisk {
    disk: RecordedDisk,
    calls: Arc<AtomicUsize>,
    disturb: Arc<Disturbance>,
}

impl fmt::Debug for DisturbedDisk {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "a disk after {:?} calls", self.calls)
    }
}

impl DisturbedDisk {
    /// A disk on which this happens before each call.
    pub fn new(disturb: impl Fn(usize, &Path) -> io::Result<()> + Send + Sync + 'static) -> Self {
        Self { disk: RecordedDisk::default(), calls: Arc::default(), disturb: Arc::new(disturb) }
    }

    /// A disk whose calls all fail from a number on, as they do when it is full, or never happen when a program is killed.
    pub fn failing_from(number: usize, kind: io::ErrorKind) -> Self {
        Self::new(move |call, _| if call < number { Ok(()) } else { Err(kind.into()) })
    }

    /// How many calls were made.
    pub fn calls(&self) -> usize {
        self.calls.load(Ordering::Relaxed)
    }

    fn call(&self, path: &Path) -> io::Result<()> {
        (self.disturb)(self.calls.fetch_add(1, Ordering::Relaxed), path)
    }
}

impl Disk for DisturbedDisk {
    fn create(&self, path: &Path) -> io::Result<File> {
        self.call(path)?;
        self.disk.create(path)
    }

    fn open(&self, path: &Path) -> io::Result<File> {
        self.call(path)?;
        self.disk.open(path)
    }

    fn append(&self, path: &Path) -> io::Result<File> {
        self.call(path)?;
        self.disk.append(path)
    }

    fn write(&self, file: &mut File, path: &Path, bytes: &[u8]) -> io::Result<()> {
        if let Err(error) = self.call(path) {
            // What is interrupted, or finds no more room, is written in part.
            self.disk.write(file, path, &bytes[..bytes.len() / 2])?;
            return Err(error);
        }
        self.disk.write(file, path, bytes)
    }

    fn write_at(&self, file: &mut File, path: &Path, offset: u64, bytes: &[u8]) -> io::Result<()> {
        if let Err(error) = self.call(path) {
            self.disk.write_at(file, path, offset, &bytes[..bytes.len() / 2])?;
            return Err(error);
        }
        self.disk.write_at(file, path, offset, bytes)
    }

    fn sync_file(&self, file: &File, path: &Path) -> io::Result<()> {
        self.call(path)?;
        self.disk.sync_file(file, path)
    }

    fn create_folder(&self, path: &Path) -> io::Result<()> {
        self.call(path)?;
        self.disk.create_folder(path)
    }

    fn sync_folder(&self, path: &Path) -> io::Result<()> {
        self.call(path)?;
        self.disk.sync_folder(path)
    }

    fn link(&self, from: &Path, to: &Path) -> io::Result<()> {
        self.call(from)?;
        self.disk.link(from, to)
    }

    fn rename(&self, from: &Path, to: &Path) -> io::Result<()> {
        self.call(from)?;
        self.disk.rename(from, to)
    }

    fn remove_file(&self, path: &Path) -> io::Result<()> {
        self.call(path)?;
        self.disk.remove_file(path)
    }

    fn remove_folder(&self, path: &Path) -> io::Result<()> {
        self.call(path)?;
        self.disk.remove_folder(path)
    }
}
