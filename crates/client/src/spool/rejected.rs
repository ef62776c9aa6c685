use crate::{clock, stamp};
use serde::Serialize;
use serde_json::value::RawValue;
use std::{
    fs::OpenOptions,
    io::{self, Write},
    os::unix::fs::OpenOptionsExt,
    path::PathBuf,
};

/// At this size the file takes no more.
const MAX_SIZE: u64 = 10 * 1024 * 1024;

/// The entries that the server refused.
#[derive(Debug)]
pub(crate) struct RejectedFile {
    path: PathBuf,
}

#[derive(Serialize)]
struct Rejected<'a> {
    rejected_at: String,
    status: u16,
    detail: &'a str,
    entry: &'a RawValue,
}

impl RejectedFile {
    pub(crate) fn in_folder(folder: &std::path::Path) -> Self {
        Self {
            path: folder.join("rejected.ndjson"),
        }
    }

    /// Appends an entry with one write. Returns whether there was room.
    pub(crate) fn append(&self, status: u16, detail: &str, entry: &[u8]) -> io::Result<bool> {
        let mut options = OpenOptions::new();
        let mut file = options
            .append(true)
            .create(true)
            .mode(0o600)
            .open(&self.path)?;
        let entry = serde_json::from_slice(entry)?;
        let rejected_at = stamp::time_text(clock::unix_micros());
        let rejected = Rejected {
            rejected_at,
            status,
            detail,
            entry,
        };
        let mut line = serde_json::to_vec(&rejected)?;
        line.push(b'\n');
        if file.metadata()?.len() + line.len() as u64 > MAX_SIZE {
            return Ok(false);
        }
        file.write_all(&line)?;
        Ok(true)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn refused_entries_are_kept_within_bounds() {
        let folder = tempfile::tempdir().unwrap();
        let file = RejectedFile::in_folder(folder.path());
        assert!(
            file.append(422, "status: must be a text", br#"{"status":1}"#)
                .unwrap()
        );
        let text = std::fs::read_to_string(folder.path().join("rejected.ndjson")).unwrap();
        let line: serde_json::Value = serde_json::from_str(&text).unwrap();
        assert_eq!(line["status"], 422);
        assert_eq!(line["detail"], "status: must be a text");
        assert_eq!(line["entry"]["status"], 1);
        let large = format!(r#"{{"a":"{}"}}"#, "x".repeat(MAX_SIZE as usize));
        assert!(!file.append(422, "", large.as_bytes()).unwrap());
    }
}
