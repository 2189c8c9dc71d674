//! Writing a log to files, so that it can be audited again without a network.

use super::check::shown;
use crate::{backup::folder::ensure_usable, output, usage::UsageError};
use anyhow::{Context, Result};
use backup_coordinator_client::audit::{Evidence, Trust};
use backup_journal::api::{BlockWithId, GetBlocksResult, TipCertificate};
use candid::{Nat, encode_one};
use std::{
    fs::{self, File},
    io::{BufWriter, Write},
    path::{Path, PathBuf},
};

/// The names of the files.
const FILES: [&str; 3] = ["blocks.hex", "certificate.hex", "root-key.hex"];

/// Blocks on one line, as many as an answer has.
const PAGE: usize = 500;

/// Refuses a folder that holds something, or into which nothing can be written. Leaves nothing behind.
///
/// # Errors
/// [`UsageError`].
pub fn check(folder: &Path) -> Result<(), UsageError> {
    ensure_usable(folder, "a log is never written over another; name a folder with --dump")
}

/// A log that is being written.
pub struct Dump {
    paths: [PathBuf; 3],
    blocks: BufWriter<File>,
}

impl Dump {
    /// Makes the folder, and the file for the blocks in it.
    ///
    /// # Errors
    /// As [`check`].
    pub fn begin(folder: &Path) -> Result<Self> {
        check(folder)?;
        let paths = FILES.map(|name| folder.join(name));
        let made = fs::create_dir_all(folder).and_then(|()| File::create_new(&paths[0]));
        let blocks = made.map_err(|error| {
            UsageError(format!("{} cannot be written: {error}", folder.display()))
        })?;
        Ok(Self { paths, blocks: BufWriter::new(blocks) })
    }

    /// Writes the next answer.
    pub fn page(&mut self, answer: &GetBlocksResult) -> Result<()> {
        let line = hex::encode(encode_one(answer)?) + "\n";
        self.blocks.write_all(line.as_bytes()).with_context(|| self.paths[0].display().to_string())
    }

    /// Writes what belongs to the blocks, and says how to audit them.
    pub fn end(mut self, tip: Option<&TipCertificate>, trust: &Trust) -> Result<()> {
        let [blocks, certificate, key] = &self.paths;
        self.blocks.flush().with_context(|| blocks.display().to_string())?;
        for (path, bytes) in [(certificate, encode_one(tip)?), (key, trust.root_key.clone())] {
            fs::write(path, hex::encode(bytes) + "\n")
                .with_context(|| path.display().to_string())?;
        }
        output::tell(&format!(
            "To audit the log: backupctl audit --coordinator {} --blocks {} --certificate {} --root-key {} \
             --at {}",
            trust.coordinator,
            blocks.display(),
            certificate.display(),
            key.display(),
            shown(trust.now)
        ));
        Ok(())
    }

    /// Writes all of a log.
    pub fn write(mut self, evidence: &Evidence, trust: &Trust) -> Result<()> {
        for (number, blocks) in evidence.blocks.chunks(PAGE).enumerate() {
            let ids = (number as u64 * PAGE as u64)..;
            let numbered = ids.zip(blocks);
            let answer = GetBlocksResult {
                log_length: Nat::from(evidence.length()),
                blocks: numbered
                    .map(|(id, block)| BlockWithId { id: Nat::from(id), block: block.clone() })
                    .collect(),
                archived_blocks: Vec::new(),
            };
            self.page(&answer)?;
        }
        self.end(evidence.tip.as_ref(), trust)
    }
}
