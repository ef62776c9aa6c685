//! Tables of hashes of keys, as other services store them.

use central_logger_input_file::{InputFile, InputFileError};
use central_logger_keyring::ExternalKey;
use central_logger_keys::{ClientId, InvalidClientId, InvalidKeyDigest, KeyDigest};
use central_logger_operations::keys::Import;
use central_logger_text::{InvalidPlainText, PlainText};
use csv::StringRecord;
use std::{collections::HashMap, path::Path};

/// Error returned when a table cannot be imported. Then no row of it is.
#[derive(Debug, thiserror::Error)]
pub(crate) enum HashTableError {
    #[error("cannot be read")]
    Read(#[from] InputFileError),
    #[error("the first line must be client_id,note,sha256 (note is optional)")]
    Header,
    #[error("the file is not a CSV of client_id,note,sha256")]
    Csv(#[from] csv::Error),
    #[error("line {line}: {reason}")]
    Client { line: u64, reason: InvalidClientId },
    #[error("line {line}: the note: {reason}")]
    Note { line: u64, reason: InvalidPlainText },
    #[error("line {line}: {reason}")]
    Digest { line: u64, reason: InvalidKeyDigest },
    #[error("line {line}: the same hash is in line {first}")]
    Repeated { line: u64, first: u64 },
}

/// The maximum size of a table in bytes: some millions of keys.
const MAX_SIZE: u64 = 512 << 20;

/// The positions of the columns.
struct Columns {
    client_id: usize,
    note: Option<usize>,
    sha256: usize,
}

/// Reads the whole table, so that nothing of it is stored when one row is wrong.
pub(crate) fn read(path: &Path) -> Result<Vec<Import>, HashTableError> {
    parse(&InputFile::read(path, MAX_SIZE)?.content)
}

fn parse(content: &[u8]) -> Result<Vec<Import>, HashTableError> {
    // Spreadsheets put a byte-order mark before the first column's name.
    let content = content.strip_prefix(b"\xEF\xBB\xBF").unwrap_or(content);
    let mut reader = csv::ReaderBuilder::new()
        .trim(csv::Trim::All)
        .from_reader(content);
    let columns = Columns::of(reader.headers()?).ok_or(HashTableError::Header)?;
    let mut lines = HashMap::new();
    let mut imports = Vec::new();
    for record in reader.records() {
        let record = record?;
        let line = record.position().map_or(0, |at| line_of(at, content));
        let (import, digest) = columns.import(&record, line)?;
        if let Some(first) = lines.insert(digest, line) {
            return Err(HashTableError::Repeated { line, first });
        }
        imports.push(import);
    }
    Ok(imports)
}

/// Returns the line of the record that begins there or after empty lines.
fn line_of(position: &csv::Position, content: &[u8]) -> u64 {
    let start = usize::try_from(position.byte()).unwrap_or(content.len());
    let rest = content.get(start..).unwrap_or_default();
    let empty = rest.iter().take_while(|byte| matches!(byte, b'\n' | b'\r'));
    let skipped: u64 = empty.map(|byte| u64::from(*byte == b'\n')).sum();
    position.line() + skipped
}

impl Columns {
    /// Returns `None` when a column is missing, repeated or unknown: one that has no meaning here, such as
    /// an expiry, must not be ignored.
    fn of(headers: &StringRecord) -> Option<Self> {
        let place = |name| headers.iter().position(|header| header == name);
        let columns = Self {
            client_id: place("client_id")?,
            note: place("note"),
            sha256: place("sha256")?,
        };
        let understood = 2 + usize::from(columns.note.is_some());
        (headers.len() == understood).then_some(columns)
    }

    fn import(
        &self,
        record: &StringRecord,
        line: u64,
    ) -> Result<(Import, KeyDigest), HashTableError> {
        let cell = |place: usize| record.get(place).unwrap_or_default();
        let client_id: ClientId = cell(self.client_id)
            .parse()
            .map_err(|reason| HashTableError::Client { line, reason })?;
        let digest: KeyDigest = cell(self.sha256)
            .parse()
            .map_err(|reason| HashTableError::Digest { line, reason })?;
        let note: Option<PlainText> = match self.note.map_or("", cell) {
            "" => None,
            note => Some(
                note.parse()
                    .map_err(|reason| HashTableError::Note { line, reason })?,
            ),
        };
        let import = Import {
            key: ExternalKey::Digest(digest),
            client_id,
            note,
        };
        Ok((import, digest))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn refusal(table: &str) -> String {
        parse(table.as_bytes())
            .map(|rows| rows.len())
            .unwrap_err()
            .to_string()
    }

    #[test]
    fn a_wrong_row_is_named_by_its_line() {
        let (one, two) = ("1".repeat(64), "2".repeat(64));
        let table = |rows: &str| format!("client_id,note,sha256\nacme,,{one}\n{rows}");
        for (rows, says) in [
            (format!("Acme,,{two}"), "line 3: a client id"),
            (format!(",,{two}"), "line 3: a client id"),
            ("acme,,12".to_owned(), "line 3"),
            (
                format!("acme,a\0b,{two}"),
                "line 3: the note: the text has the character U+0000",
            ),
            (format!("acme,\"a\nb\",{two}"), "line 3: the note"),
            (format!("acme,\"\u{1b}[2J\",{two}"), "line 3: the note"),
            (format!("acme,\u{202e}x,{two}"), "line 3: the note"),
            (
                format!("\nacme,,{one}"),
                "line 4: the same hash is in line 2",
            ),
            (
                format!("other,,{}", one.to_uppercase()),
                "line 3: the same hash",
            ),
        ] {
            let said = refusal(&table(&rows));
            assert!(said.contains(says), "{rows:?}: {said}");
        }
        let uneven = parse(table("acme,x").as_bytes())
            .map(|rows| rows.len())
            .unwrap_err();
        assert!(
            matches!(&uneven, HashTableError::Csv(error) if error.to_string().contains("line: 3"))
        );
    }

    #[test]
    fn only_columns_that_are_understood_are_taken() {
        let digest = "1".repeat(64);
        for header in [
            "client_id,sha256",
            "sha256,note,client_id",
            "\u{feff}client_id,sha256",
        ] {
            let swapped = header.starts_with("sha256");
            let row = match swapped {
                true => format!("{digest},n,acme"),
                false => format!("acme,{digest}"),
            };
            assert_eq!(
                parse(format!("{header}\n{row}").as_bytes()).unwrap().len(),
                1,
                "{header}"
            );
        }
        for header in [
            "",
            "client_id,note",
            "client_id,note,sha256,expires_at",
            "client_id,sha256,sha256",
            "client_id,client_id,sha256",
        ] {
            assert!(
                refusal(&format!("{header}\n")).contains("client_id,note,sha256"),
                "{header}"
            );
        }
    }
}
