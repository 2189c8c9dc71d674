//! What the service has claimed of a run, noted in the folder of its backup, so that it knows its own operations from those
//! of another driver.

use crate::{driver::Watcher, output};
use anyhow::{Context, Result};
use backup_journal::{
    Attempt, RunId, Sequence,
    execution::ExecutionStatus,
    journal::{Operation, OperationState, ResumeSummary},
};
use serde::{Deserialize, Serialize};
use std::{
    collections::BTreeMap,
    fs::{self, File},
    io::{self, Write},
    path::Path,
};

const CLAIMS: &str = "claims.jsonl";

/// A claim, one in a line.
#[derive(Deserialize, Serialize)]
struct Claim {
    operation: Sequence,
    attempt: Attempt,
}

/// What was claimed. A claim whose note is lost, since the machine lost its power, counts as somebody else's.
#[derive(Debug)]
pub struct Claims {
    run_id: RunId,
    file: File,
    own: BTreeMap<Sequence, Attempt>,
}

impl Claims {
    /// Whether the service has begun the backup in this folder.
    pub fn are_in(folder: &Path) -> bool {
        folder.join(CLAIMS).is_file()
    }

    /// Those in the folder, to which others can be added.
    pub fn open(run_id: &RunId, folder: &Path) -> Result<Self> {
        let path = folder.join(CLAIMS);
        let cannot = || format!("{} cannot be used", path.display());
        let own = read(&path).with_context(cannot)?;
        let file = File::options().create(true).append(true).open(&path).with_context(cannot)?;
        Ok(Self { run_id: run_id.clone(), file, own })
    }

    /// Those of the operations that somebody else has claimed.
    pub fn foreign(&self, open: &[Operation]) -> Vec<Operation> {
        open.iter().filter(|it| is_claimed(it) && !self.has(it)).cloned().collect()
    }

    /// Those that this service has.
    pub fn own(&self, open: &[Operation]) -> Vec<Operation> {
        open.iter().filter(|it| is_claimed(it) && self.has(it)).cloned().collect()
    }

    fn has(&self, operation: &Operation) -> bool {
        self.own.get(&operation.sequence) == Some(&operation.attempt)
    }

    /// Notes a claim.
    pub fn note(&mut self, operation: &Operation) -> Result<()> {
        let Operation { sequence, attempt, .. } = *operation;
        let mut line = serde_json::to_vec(&Claim { operation: sequence, attempt })?;
        line.push(b'\n');
        self.file.write_all(&line).context("a claim cannot be noted")?;
        self.own.insert(sequence, attempt);
        Ok(())
    }
}

/// The operations among these that somebody has claimed.
pub fn claimed(open: &[Operation]) -> Vec<Operation> {
    open.iter().filter(|it| is_claimed(it)).cloned().collect()
}

fn is_claimed(operation: &Operation) -> bool {
    operation.state == OperationState::Pending
}

/// A line that is not whole is left out: the process died over it.
fn read(path: &Path) -> io::Result<BTreeMap<Sequence, Attempt>> {
    let text = match fs::read_to_string(path) {
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(BTreeMap::new()),
        text => text?,
    };
    let claims = text.lines().filter_map(|line| serde_json::from_str::<Claim>(line).ok());
    Ok(claims.map(|claim| (claim.operation, claim.attempt)).collect())
}

impl Watcher for Claims {
    fn claimed(&mut self, operation: &Operation) -> Result<()> {
        self.note(operation)
    }

    fn takes_over(&self, operation: &Operation) -> bool {
        self.has(operation)
    }

    fn reported(&mut self, _operation: &Operation, _failure: Option<&str>) {}

    fn watched(&mut self, _status: &ExecutionStatus, _summary: &ResumeSummary) {}

    fn note(&mut self, text: &str) {
        output::tell(&format!("{}: {text}", self.run_id));
    }
}
