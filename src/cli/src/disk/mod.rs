//! Writes so that what is there survives the loss of power: files are synced before they get their name, and
//! the folder that a name is in after that.

#[cfg(test)]
pub mod disturbed;
#[cfg(test)]
pub mod recorded;

use anyhow::{Context, Result};
use std::{
    ffi::OsString,
    fmt::Debug,
    fs::{self, File},
    io::{self, Seek, SeekFrom, Write},
    path::Path,
};

/// The few calls to the file system that a backup consists of.
pub trait Disk: Debug + Send + Sync {
    /// Makes an empty file, or empties it.
    fn create(&self, path: &Path) -> io::Result<File>;
    /// Opens a file to write to it, keeping what is in it, or makes an empty one.
    fn open(&self, path: &Path) -> io::Result<File>;
    /// Opens a file to append to it.
    fn append(&self, path: &Path) -> io::Result<File>;
    /// Writes to the file that is at `path`, from where it was written to before.
    fn write(&self, file: &mut File, path: &Path, bytes: &[u8]) -> io::Result<()>;
    /// Writes to the file that is at `path`, from a position on.
    fn write_at(&self, file: &mut File, path: &Path, offset: u64, bytes: &[u8]) -> io::Result<()>;
    /// Returns when the content of the file that is at `path` is on the disk.
    fn sync_file(&self, file: &File, path: &Path) -> io::Result<()>;
    /// Makes a folder in one that is there.
    fn create_folder(&self, path: &Path) -> io::Result<()>;
    /// Returns when the names in a folder are on the disk.
    fn sync_folder(&self, path: &Path) -> io::Result<()>;
    /// Gives a file a second name, which must not be taken.
    fn link(&self, from: &Path, to: &Path) -> io::Result<()>;
    /// Gives a file or a folder another name.
    fn rename(&self, from: &Path, to: &Path) -> io::Result<()>;
    /// Removes a file.
    fn remove_file(&self, path: &Path) -> io::Result<()>;
    /// Removes a folder with all that is in it.
    fn remove_folder(&self, path: &Path) -> io::Result<()>;
}

/// The disk of this machine.
#[derive(Clone, Copy, Debug)]
pub struct RealDisk;

impl Disk for RealDisk {
    fn create(&self, path: &Path) -> io::Result<File> {
        File::create(path)
    }

    fn open(&self, path: &Path) -> io::Result<File> {
        File::options().write(true).create(true).truncate(false).open(path)
    }

    fn append(&self, path: &Path) -> io::Result<File> {
        File::options().append(true).open(path)
    }

    fn write(&self, file: &mut File, _path: &Path, bytes: &[u8]) -> io::Result<()> {
        file.write_all(bytes)
    }

    fn write_at(&self, file: &mut File, _path: &Path, offset: u64, bytes: &[u8]) -> io::Result<()> {
        file.seek(SeekFrom::Start(offset))?;
        file.write_all(bytes)
    }

    fn sync_file(&self, file: &File, _path: &Path) -> io::Result<()> {
        file.sync_all()
    }

    fn create_folder(&self, path: &Path) -> io::Result<()> {
        fs::create_dir(path)
    }

    fn sync_folder(&self, path: &Path) -> io::Result<()> {
        // Elsewhere a folder cannot be opened, and its names are written with the files.
        if cfg!(unix) { File::open(path)?.sync_all() } else { Ok(()) }
    }

    fn link(&self, from: &Path, to: &Path) -> io::Result<()> {
        fs::hard_link(from, to)
    }

    fn rename(&self, from: &Path, to: &Path) -> io::Result<()> {
        fs::rename(from, to)
    }

    fn remove_file(&self, path: &Path) -> io::Result<()> {
        fs::remove_file(path)
    }

    fn remove_folder(&self, path: &Path) -> io::Result<()> {
        fs::remove_dir_all(path)
    }
}

/// The name under which something is written before it is complete.
pub fn unfinished(name: &str) -> String {
    format!("{name}.part")
}

/// Writes a file; its content is on the disk then, its name not yet.
pub fn write(disk: &dyn Disk, path: &Path, bytes: &[u8]) -> Result<()> {
    let written = || {
        let mut file = disk.create(path)?;
        disk.write(&mut file, path, bytes)?;
        disk.sync_file(&file, path)
    };
    written().with_context(|| format!("{} cannot be written", path.display()))
}

/// Writes a file so that it is there as a whole or not at all.
pub fn replace(disk: &dyn Disk, path: &Path, bytes: &[u8]) -> Result<()> {
    let mut name = OsString::from(path.file_name().context("a file without a name")?);
    name.push(unfinished(""));
    let partial = path.with_file_name(name);
    write(disk, &partial, bytes)?;
    publish(disk, &partial, path)
}

/// Gives something that is complete its name. The content must be on the disk.
pub fn publish(disk: &dyn Disk, partial: &Path, path: &Path) -> Result<()> {
    disk.rename(partial, path).with_context(|| format!("{} cannot be written", path.display()))?;
    sync_name(disk, path)
}

/// Returns when the name of a file or folder is on the disk.
pub fn sync_name(disk: &dyn Disk, path: &Path) -> Result<()> {
    sync_folder(disk, folder_of(path))
}

/// Returns when the names in a folder are on the disk.
pub fn sync_folder(disk: &dyn Disk, path: &Path) -> Result<()> {
    disk.sync_folder(path).with_context(|| format!("{} cannot be synced", path.display()))
}

/// Makes a folder, and those that it is in, unless they are there.
pub fn create_folders(disk: &dyn Disk, path: &Path) -> Result<()> {
    if path.is_dir() {
        return Ok(());
    }
    create_folders(disk, folder_of(path))?;
    disk.create_folder(path).with_context(|| format!("{} cannot be created", path.display()))?;
    sync_name(disk, path)
}

/// The folder that something is in.
fn folder_of(path: &Path) -> &Path {
    match path.parent() {
        Some(folder) if !folder.as_os_str().is_empty() => folder,
        // A bare name, or the root, which is in itself.
        _ if path.has_root() => path,
        _ => Path::new("."),
    }
}

#[cfg(test)]
mod tests;
