//! The key of a network, and text in hexadecimal, however they were saved.

use crate::{usage::UsageError, words::excerpt};
use anyhow::{Result, anyhow};
use encoding_rs_io::DecodeReaderBytes;
use std::{fs, io::Read};

/// Bytes of a file with a key.
const MAX_KEY: u64 = 64 << 10;

/// The digits in a line; none when it is blank, or a heading.
pub fn hexadecimal(line: &str) -> Option<&str> {
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
pub mod tests {
    use super::*;

    /// A text as editors and shells of several kinds write it.
    pub fn written(text: &str) -> [Vec<u8>; 4] {
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
