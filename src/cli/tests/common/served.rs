//! A running `backupctl serve`.

use crate::common::module;
use serde_json::Value;
use std::{
    fs::{self, File},
    io::{BufRead, BufReader},
    path::Path,
    process::{Child, Command, Stdio},
};
use tempfile::TempDir;

/// The command with the modules and these arguments, in this folder.
pub fn command(folder: &Path, args: &[&str]) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_backupctl"));
    command
        .current_dir(folder)
        .arg("serve")
        .arg("--coordinator-module")
        .arg(module("backup_coordinator"))
        .arg("--member-module")
        .arg(module("fleet_member"))
        .args(args);
    command
}

/// A process that serves; it ends with this value, whatever a test finds.
pub struct Served {
    process: Child,
    folder: TempDir,
    /// What was written in one line.
    pub said: Value,
    /// What was written of the run, which is what the queries say.
    pub report: Value,
}

impl Served {
    /// Rehearses with these arguments, and serves on a free port.
    pub fn start(args: &[&str]) -> Self {
        Self::start_in(tempfile::tempdir().expect("a folder"), args)
    }

    /// The folder that it was started in, with the backup.
    #[allow(dead_code, reason = "not every test looks at the files")]
    pub fn folder(&self) -> &Path {
        self.folder.path()
    }

    /// The same, in a folder with files that the arguments name.
    pub fn start_in(folder: TempDir, args: &[&str]) -> Self {
        Self::start_with(folder, &[args, &["--out", "backup"]].concat())
    }

    /// Rehearses to the folder that the arguments name.
    pub fn start_with(folder: TempDir, args: &[&str]) -> Self {
        let problems = folder.path().join("stderr");
        let mut process = command(folder.path(), args)
            .args(["--json", "--port", "0"])
            .stdout(Stdio::piped())
            .stderr(File::create(&problems).expect("a file"))
            .spawn()
            .expect("backupctl can be run");
        let mut line = String::new();
        let stdout = process.stdout.take().expect("a pipe");
        // It ends with the line or with the process.
        BufReader::new(stdout).read_line(&mut line).expect("text");
        let Ok(said) = serde_json::from_str::<Value>(&line) else {
            let _ = process.kill();
            let _ = process.wait();
            panic!("{}", fs::read_to_string(problems).expect("text"));
        };
        let report = said["report"].clone();
        Self { process, folder, said, report }
    }
}

impl Drop for Served {
    fn drop(&mut self) {
        let _ = self.process.kill();
        let _ = self.process.wait();
    }
}
