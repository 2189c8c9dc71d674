//! A log as files: what the network's command line tools print, one answer a line, in hexadecimal.

use crate::{usage::UsageError, words::excerpt};
use anyhow::{Result, anyhow};
use backup_coordinator_client::{ClientError, IcError, audit::AuditError};
use backup_journal::wire;
use candid::CandidType;
use encoding_rs_io::DecodeReaderBytes;
use serde::de::DeserializeOwned;
use std::{
    fs::{self, File},
    io::{BufRead, BufReader, Read},
    path::Path,
};

/// Bytes of a line: an answer of the network has at most 3 MiB, which are twice as many digits.
const MAX_LINE: u64 = 8 << 20;

/// Bytes of a file with a key.
const MAX_KEY: u64 = 64 << 10;

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

/// The digits in a line; none when it is blank, or a heading.
fn hexadecimal(line: &str) -> Option<&str> {
    let word = line.split_whitespace().next_back()?;
    let word = word.trim_matches(['"', '\'', '`']);
    (!word.ends_with(':')).then(|| digits(word))
}

fn digits(word: &str) -> &str {
    word.strip_prefix("0x").or_else(|| word.strip_prefix("0X")).unwrap_or(word)
}

/// Reads a key: hexadecimal, or a file that holds it so or as it is.
pub fn read_key(key: &str) -> Result<Vec<u8>> {
    let inline = hexadecimal(key).filter(|word| word.len() > 1).map(hex::decode);
    if let Some(Ok(key)) = inline {
        return Ok(key);
    }
    let unusable = |problem| UsageError(format!("the root key {} {problem}", excerpt(key, 200)));
    let cannot = |error| unusable(format!("cannot be read: {error}"));
    let length = fs::metadata(key).map_err(cannot)?.len();
    if length > MAX_KEY {
        return Err(unusable(format!("is a file of {length} bytes, which no key has")).into());
    }
    let bytes = fs::read(key).map_err(cannot)?;
    // A key as it is begins with the tag of a sequence, and its length in one or two bytes.
    if matches!(bytes.as_slice(), [0x30, 0x81 | 0x2a, ..]) {
        return Ok(bytes);
    }
    let mut text = String::new();
    DecodeReaderBytes::new(bytes.as_slice()).read_to_string(&mut text).map_err(cannot)?;
    key_in(&text).map_err(|problem| unusable(format!("cannot be read: {problem}")).into())
}

/// The key in a text, which must be its only line.
fn key_in(text: &str) -> Result<Vec<u8>> {
    let mut key = None;
    for (number, line) in (1..).zip(text.lines()) {
        let Some(word) = hexadecimal(line) else { continue };
        let bytes = hex::decode(word).map_err(|_| {
            anyhow!("line {number} is neither hexadecimal nor DER: {}", excerpt(line, 60))
        })?;
        if key.replace(bytes).is_some() {
            return Err(anyhow!("line {number} is a second key"));
        }
    }
    key.ok_or_else(|| anyhow!("there is nothing in it"))
}

#[cfg(test)]
mod tests {
    use super::*;
    use candid::encode_one;

    /// A text as editors and shells of several kinds write it.
    fn written(text: &str) -> [Vec<u8>; 4] {
        let utf16 = |bytes: fn(u16) -> [u8; 2]| {
            let text = format!("\u{feff}{text}");
            text.encode_utf16().flat_map(bytes).collect()
        };
        [
            text.as_bytes().to_vec(),
            format!("\u{feff}{text}").into_bytes(),
            utf16(u16::to_le_bytes),
            utf16(u16::to_be_bytes),
        ]
    }

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

    #[test]
    fn keys_are_read_however_they_were_saved() {
        let folder = tempfile::tempdir().expect("a folder");
        let path = folder.path().join("key");
        let name = path.to_str().expect("text");
        let key = vec![0x30, 0x81, 0x82, 7];
        for text in ["30818207", "0x30818207", "\"0X30818207\"", " 30818207\n"] {
            assert_eq!(read_key(text).expect("a key"), key, "{text}");
            for bytes in written(&format!("\n{text}\r\n\n")) {
                fs::write(&path, bytes).expect("written");
                assert_eq!(read_key(name).expect("a key"), key, "{text}");
            }
        }
        fs::write(&path, &key).expect("written");
        assert_eq!(read_key(name).expect("a key"), key);
        for (text, problem) in [
            ("", "nothing in it"),
            ("\nno key", "line 2 is neither hexadecimal nor DER: no key"),
            ("30\n\n31", "line 3 is a second key"),
            (&"x".repeat(100_000), "a file of 100000 bytes"),
        ] {
            fs::write(&path, text).expect("written");
            let said = read_key(name).unwrap_err().to_string();
            assert!(said.contains(problem) && said.len() < 500, "{said}");
        }
    }
}
