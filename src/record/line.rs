//! Lines of a record: JSON with a checksum as its last field, so that a damaged line is known as
//! one.

use crate::error::{Error, Result};
use serde::Serialize;
use serde::de::DeserializeOwned;
use std::path::Path;

/// What stands before the eight digits of the checksum.
const MARK: &str = ",\"crc32\":\"";

/// What stands after them.
const END: &str = "\"}";

/// A line with its checksum and its end. The checksum is that of the JSON object without it.
pub fn written(path: &Path, value: &impl Serialize) -> Result<String> {
    let mut line = serde_json::to_string(value).map_err(|error| Error::file(path, error))?;
    let checksum = crc32fast::hash(line.as_bytes());
    line.pop();
    line.push_str(&format!("{MARK}{checksum:08x}{END}\n"));
    Ok(line)
}

/// Why a line has no value.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Damage {
    /// The line does not end with a checksum.
    NoChecksum,
    /// The checksum is that of another line.
    Checksum,
    /// The checksum is right, but this program can't read the line.
    Foreign(String),
}

/// The value in a line without its end.
pub fn read<T: DeserializeOwned>(line: &str) -> std::result::Result<T, Damage> {
    let (body, checksum) = split(line).ok_or(Damage::NoChecksum)?;
    if format!("{:08x}", crc32fast::hash(body.as_bytes())) != checksum {
        return Err(Damage::Checksum);
    }
    serde_json::from_str(&body).map_err(|error| Damage::Foreign(error.to_string()))
}

/// The JSON object without its checksum, and the checksum.
fn split(line: &str) -> Option<(String, &str)> {
    let (body, checksum) = line.strip_suffix(END)?.rsplit_once(MARK)?;
    Some((format!("{body}}}"), checksum))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_flipped_bit_goes_unnoticed() {
        let value = serde_json::json!({"index": 3, "m": [[-1.748, 0.25]], "name": "a \"b\""});
        let line = written(Path::new("r"), &value).unwrap();
        let line = line.trim_end();
        assert_eq!(read::<serde_json::Value>(line), Ok(value));
        for place in 0..line.len() {
            for bit in 0..8 {
                let mut bytes = line.as_bytes().to_vec();
                bytes[place] ^= 1 << bit;
                let Ok(text) = String::from_utf8(bytes) else {
                    continue;
                };
                let found = read::<serde_json::Value>(&text);
                assert!(found.is_err(), "{place}, {bit}: {text}");
            }
        }
        assert_eq!(read::<serde_json::Value>("{}"), Err(Damage::NoChecksum));
    }
}
