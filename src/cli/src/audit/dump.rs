//! A log as files: what the network's command line tools print, one answer a line, in hexadecimal.

use super::check::shown;
use crate::{output, usage::UsageError};
use anyhow::{Context, Result};
use backup_coordinator_client::audit::{Evidence, Trust};
use backup_journal::api::{BlockWithId, GetBlocksResult, TipCertificate};
use candid::{CandidType, Nat, decode_one, encode_one};
use serde::de::DeserializeOwned;
use std::{fs, path::Path};

/// The names of the files.
const FILES: [&str; 3] = ["blocks.hex", "certificate.hex", "root-key.hex"];

/// Blocks on one line, as many as an answer has.
const PAGE: usize = 500;

/// Reads a log from the answers that two files hold.
pub fn read(blocks: &Path, certificate: &Path) -> Result<Evidence> {
    let mut evidence = Evidence::default();
    for answer in answers::<GetBlocksResult>(blocks)? {
        evidence.add(answer).with_context(|| blocks.display().to_string())?;
    }
    evidence.tip = answers::<Option<TipCertificate>>(certificate)?.pop().flatten();
    Ok(evidence)
}

/// The answers in a file, one a line; words in front of the hexadecimal are stepped over.
fn answers<T: CandidType + DeserializeOwned>(path: &Path) -> Result<Vec<T>> {
    let shown = path.display();
    let text = fs::read_to_string(path)
        .map_err(|error| UsageError(format!("{shown} cannot be read: {error}")))?;
    let lines = (1..).zip(text.lines()).filter(|(_, line)| !line.trim().is_empty());
    let mut answers = Vec::new();
    for (number, line) in lines {
        let problem = || format!("line {number} of {shown} is not an answer in hexadecimal");
        let word = line.split_whitespace().next_back().unwrap_or_default();
        if word.ends_with(':') {
            continue;
        }
        let bytes = hex::decode(word).map_err(|_| UsageError(problem()))?;
        answers.push(decode_one(&bytes).with_context(problem)?);
    }
    Ok(answers)
}

/// Reads a key: hexadecimal, or a file that holds it so or as it is.
pub fn read_key(key: &str) -> Result<Vec<u8>> {
    if let Ok(key) = hex::decode(key) {
        return Ok(key);
    }
    let bytes = fs::read(key)
        .map_err(|error| UsageError(format!("the root key {key} cannot be read: {error}")))?;
    let text = std::str::from_utf8(&bytes).ok().map(str::trim);
    Ok(text.and_then(|text| hex::decode(text).ok()).unwrap_or(bytes))
}

/// Writes a log into a folder, with the key, and says how to audit it.
pub fn write(folder: &Path, evidence: &Evidence, trust: &Trust) -> Result<()> {
    fs::create_dir_all(folder).with_context(|| folder.display().to_string())?;
    let mut blocks = String::new();
    for answer in pages(evidence) {
        blocks += &hex::encode(encode_one(answer)?);
        blocks.push('\n');
    }
    let certificate = hex::encode(encode_one(&evidence.tip)?);
    let contents = [blocks, certificate + "\n", hex::encode(&trust.root_key) + "\n"];
    let paths = FILES.map(|name| folder.join(name));
    for (path, content) in paths.iter().zip(contents) {
        fs::write(path, content).with_context(|| path.display().to_string())?;
    }
    let [blocks, certificate, key] = paths.map(|path| path.display().to_string());
    output::tell(&format!(
        "To audit the log: backupctl audit --coordinator {} --blocks {blocks} --certificate \
         {certificate} --root-key {key} --at {}",
        trust.coordinator,
        shown(trust.now)
    ));
    Ok(())
}

/// The blocks as answers of a coordinator.
fn pages(evidence: &Evidence) -> Vec<GetBlocksResult> {
    let numbered: Vec<BlockWithId> = (0_u64..)
        .zip(&evidence.blocks)
        .map(|(id, block)| BlockWithId { id: Nat::from(id), block: block.clone() })
        .collect();
    let answer = |blocks: &[BlockWithId]| GetBlocksResult {
        log_length: Nat::from(evidence.length()),
        blocks: blocks.to_vec(),
        archived_blocks: Vec::new(),
    };
    numbered.chunks(PAGE).map(answer).collect()
}
