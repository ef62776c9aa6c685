//! A table of hashes, as other services keep them.

use super::Candidate;
use crate::error::AdminError;
use central_logger_key_store::ForeignKey;
use central_logger_keys::{ClientId, InvalidClientId, InvalidKeyDigest, KeyDigest};
use serde::Deserialize;
use std::path::Path;

#[derive(Deserialize)]
struct Row {
    client_id: String,
    note: Option<String>,
    sha256: String,
}

/// Why a table cannot be imported. Nothing of it is, then.
#[derive(Debug, thiserror::Error)]
pub(crate) enum HashesError {
    #[error("the first line has to be client_id,note,sha256")]
    Header,
    #[error("it is not a CSV of client_id,note,sha256")]
    Csv(#[from] csv::Error),
    #[error("line {line}: {reason}")]
    Client { line: u64, reason: InvalidClientId },
    #[error("line {line}: {reason}")]
    Digest { line: u64, reason: InvalidKeyDigest },
}

pub(super) fn read(path: &Path) -> Result<Vec<Candidate>, AdminError> {
    parse(path).map_err(|error| AdminError::Hashes(path.to_owned(), error))
}

fn parse(path: &Path) -> Result<Vec<Candidate>, HashesError> {
    let mut reader = csv::ReaderBuilder::new()
        .trim(csv::Trim::All)
        .from_path(path)?;
    let headers = reader.headers()?.clone();
    let has = |name| headers.iter().any(|header| header == name);
    if !(has("client_id") && has("sha256")) {
        return Err(HashesError::Header);
    }
    let mut candidates = Vec::new();
    for record in reader.records() {
        let record = record?;
        let line = record.position().map_or(0, csv::Position::line);
        let row: Row = record.deserialize(Some(&headers))?;
        let client_id: ClientId = row
            .client_id
            .parse()
            .map_err(|reason| HashesError::Client { line, reason })?;
        let digest: KeyDigest = row
            .sha256
            .parse()
            .map_err(|reason| HashesError::Digest { line, reason })?;
        candidates.push(Candidate {
            key: ForeignKey::Digest(digest),
            client_id,
            note: row.note.filter(|note| !note.is_empty()),
        });
    }
    Ok(candidates)
}
