//! An operator with a folder of keys, who types commands.

use crate::served::Served;
use ic_agent::{Identity, identity::BasicIdentity};
use k256::pkcs8::EncodePrivateKey;
use pem::Pem;
use std::{
    fs,
    path::PathBuf,
    process::{Command, Output, Stdio},
};
use tempfile::TempDir;

/// An operator.
pub struct Caller {
    /// Where the files are and commands are typed.
    pub folder: TempDir,
    secret: [u8; 32],
}

/// How a command has ended.
#[derive(Debug)]
pub struct Ended {
    /// The exit status.
    pub status: i32,
    /// Standard output.
    pub out: String,
    /// Standard error.
    pub err: String,
}

impl Ended {
    /// How a process has ended.
    pub fn of(output: Output) -> Self {
        Self {
            status: output.status.code().expect("an exit status"),
            out: String::from_utf8(output.stdout).expect("text"),
            err: String::from_utf8(output.stderr).expect("text"),
        }
    }

    /// It has ended with this status and said this on standard error.
    #[track_caller]
    pub fn assert(&self, status: i32, said: &str) {
        assert!(self.status == status && self.err.contains(said), "not {said:?}: {self:#?}");
    }
}

impl Caller {
    /// An operator with a key in `key.pem`.
    pub fn new() -> Self {
        let caller = Self { folder: tempfile::tempdir().expect("a folder"), secret: [7; 32] };
        let key = ed25519_dalek::SigningKey::from_bytes(&caller.secret);
        caller.secret_file("key.pem", &to_pem(&key));
        caller
    }

    /// The identity of the key.
    pub fn identity(&self) -> BasicIdentity {
        BasicIdentity::from_raw_key(&self.secret)
    }

    /// Who it is.
    pub fn principal(&self) -> String {
        self.identity().sender().expect("a principal").to_text()
    }

    /// The public key in PEM.
    pub fn public_key(&self) -> String {
        let der = self.identity().public_key().expect("a key");
        pem::encode(&Pem::new("PUBLIC KEY", der))
    }

    /// Writes a file that only its owner may read.
    pub fn secret_file(&self, name: &str, content: &str) -> PathBuf {
        let path = self.folder.path().join(name);
        fs::write(&path, content).expect("written");
        #[cfg(unix)]
        {
            use std::os::unix::fs::PermissionsExt;
            fs::set_permissions(&path, fs::Permissions::from_mode(0o600)).expect("set");
        }
        path
    }

    /// A rehearsal that this operator may call, with these arguments.
    pub fn serve(&self, args: &[&str]) -> Served {
        Served::start(&[&["--operator", &self.principal()], args].concat())
    }

    /// The program, without a terminal.
    pub fn command(&self, args: &[&str]) -> Command {
        let mut command = Command::new(env!("CARGO_BIN_EXE_backupctl"));
        command.current_dir(self.folder.path()).args(args).stdin(Stdio::null());
        command
    }

    /// Types a command.
    pub fn types(&self, args: &[&str]) -> Ended {
        Ended::of(self.command(args).output().expect("it can be run"))
    }

    /// Types a command about a served rehearsal, with the key.
    pub fn asks(&self, served: &Served, args: &[&str]) -> Ended {
        self.types(&[args, &reach(served), &["--identity-pem", "key.pem"]].concat())
    }
}

/// The options that lead to the coordinator of a served rehearsal.
pub fn reach(served: &Served) -> [&str; 6] {
    let said = |field: &str| served.said[field].as_str().expect("a text");
    [
        "--coordinator",
        said("coordinator"),
        "--network",
        said("network"),
        "--root-key",
        said("root_key"),
    ]
}

/// A key in PEM.
pub fn to_pem(key: &impl EncodePrivateKey) -> String {
    let der = key.to_pkcs8_der().expect("DER");
    pem::encode(&Pem::new("PRIVATE KEY", der.as_bytes()))
}
