//! A log as files: what the network's command line tools print, one answer a line, in hexadecimal.

use crate::{root_key::hexadecimal, usage::UsageError, words::excerpt};
use anyhow::Result;
use backup_coordinator_client::{ClientError, IcError, audit::AuditError};
use backup_journal::wire;
use candid::CandidType;
use encoding_rs_io::DecodeReaderBytes;
use serde::de::DeserializeOwned;
use std::{
    fs::File,
    io::{BufRead, BufReader, Read},
    path::Path,
};

/// Bytes of a line: an answer of the network has at most 3 MiB, which are twice as many digits.
const MAX_LINE: u64 = 8 << 20;

/// The answers in a file, one a line, of which one is in memory at a time.
///
/// Words in front of the hexadecimal are stepped over, and so are blank lines, a byte order mark, quotes and `0x`.
pub struct Answers {
    path: String,
    lines: BufReader<DecodeReaderBytes<File, Vec<u8>>>,
    number: u64,
}

impl Answers {
    /// Opens a file.
    pub fn open(path: &Path) -> Result<Self> {
        let shown = path.display().to_string();
        let unusable = |error| UsageError(format!("{shown} cannot be read: {error}"));
        let file = File::open(path).map_err(unusable)?;
        if file.metadata().map_err(unusable)?.is_dir() {
            return Err(UsageError(format!("{shown} cannot be read: it is a folder")).into());
        }
        let lines = BufReader::new(DecodeReaderBytes::new(file));
        Ok(Self { path: shown, lines, number: 0 })
    }

    /// The next answer; none at the end.
    pub fn next<T: CandidType + DeserializeOwned>(&mut self) -> Result<Option<T>> {
        while let Some(line) = self.line()? {
            let Some(word) = hexadecimal(&line) else { continue };
            let (number, path) = (self.number, &self.path);
            let Ok(bytes) = hex::decode(word) else {
                let found = excerpt(&line, 60);
                let problem =
                    format!("line {number} of {path} is not an answer in hexadecimal: {found}");
                return Err(UsageError(problem).into());
            };
            return wire::decode(&bytes).map(Some).map_err(|error| {
                let problem = wire::problem(&error);
                let message = format!("line {number} of {path} is not such an answer: {problem}");
                let error = IcError::CandidDecodeFailed { message };
                AuditError::Client(ClientError::Call(error)).into()
            });
        }
        Ok(None)
    }

    fn line(&mut self) -> Result<Option<String>> {
        let mut line = Vec::new();
        self.number += 1;
        let (number, path) = (self.number, &self.path);
        let read = self.lines.by_ref().take(MAX_LINE + 1).read_until(b'\n', &mut line);
        let read = read.map_err(|error| UsageError(format!("{path} cannot be read: {error}")))?;
        if read as u64 > MAX_LINE {
            let problem = format!("line {number} of {path} is longer than any answer");
            return Err(UsageError(problem).into());
        }
        Ok((read > 0).then(|| String::from_utf8_lossy(&line).into_owned()))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::root_key::tests::written;
    use candid::encode_one;
    use std::fs;

    #[test]
    fn answers_are_read_however_they_were_saved() {
        let folder = tempfile::tempdir().expect("a folder");
        let path = folder.path().join("answers");
        let answer = |number: u64| hex::encode(encode_one(number).expect("Candid"));
        let lines = [
            String::new(),
            answer(1),
            format!("response (hex): \"0x{}\"\r", answer(2)),
            " \t".to_owned(),
            format!("'0X{}'", answer(3).to_uppercase()),
            "the answer is:".to_owned(),
            answer(4),
        ];
        for bytes in written(&lines.join("\n")) {
            fs::write(&path, bytes).expect("written");
            let mut answers = Answers::open(&path).expect("a file");
            for number in 1..=4 {
                assert_eq!(answers.next::<u64>().expect("an answer"), Some(number));
            }
            assert_eq!(answers.next::<u64>().expect("the end"), None);
        }
    }
}
