//! Lines of a file that are queued together.

use crate::line::Line;
use central_logger_client::{Client, NotLogged};
use std::{
    fs::File,
    io::{self, BufReader, Seek, SeekFrom},
};
use time::{OffsetDateTime, format_description::BorrowedFormatItem, macros::format_description};

const MOST_LINES: usize = 1000;
const MOST_BYTES: u64 = 1024 * 1024;
const TIME: &[BorrowedFormatItem<'_>] =
    format_description!("[year]-[month]-[day]T[hour]:[minute]:[second].[subsecond digits:6]Z");

/// Lines with the places where they begin.
pub(super) struct Chunk {
    lines: Vec<(u64, Line)>,
    end: u64,
}

impl Chunk {
    /// Reads from `offset` on. The last line, when it has no end yet, counts if it `is_final`.
    pub(super) fn read(mut file: &File, offset: u64, is_final: bool) -> io::Result<Self> {
        file.seek(SeekFrom::Start(offset))?;
        let mut input = BufReader::with_capacity(64 * 1024, file);
        let mut chunk = Self {
            lines: Vec::new(),
            end: offset,
        };
        while chunk.lines.len() < MOST_LINES && chunk.end - offset < MOST_BYTES {
            match Line::read(&mut input)? {
                Some(line) if line.is_whole || is_final => {
                    let begin = chunk.end;
                    chunk.end += line.size;
                    chunk.lines.push((begin, line));
                }
                _ => break,
            }
        }
        Ok(chunk)
    }

    pub(super) fn len(&self) -> usize {
        self.lines.len()
    }

    /// Queues the lines, a microsecond apart from `time` on, as long as there is room.
    pub(super) fn log(&self, client: &Client, time: i64, source: u64) -> Logged {
        for (count, (time, (begin, line))) in (time..).zip(&self.lines).enumerate() {
            let Some(entry) = line.entry() else {
                continue;
            };
            let entry = entry
                .or_with("executed_at", time_text(time))
                .or_with("event_id", format!("{source:016x}{begin:016x}"));
            // A line that no server takes is counted as lost, and the others go on.
            if let Err(refusal) = client.try_log(&entry)
                && !refusal.is_final()
            {
                return Logged {
                    lines: count,
                    end: *begin,
                    refusal: Some(refusal),
                };
            }
        }
        Logged {
            lines: self.lines.len(),
            end: self.end,
            refusal: None,
        }
    }
}

/// How far lines were queued.
pub(super) struct Logged {
    pub(super) lines: usize,
    /// Where the next line begins.
    pub(super) end: u64,
    /// Why there was no room for it.
    pub(super) refusal: Option<NotLogged>,
}

fn time_text(micros: i64) -> String {
    let time = OffsetDateTime::from_unix_timestamp_nanos(i128::from(micros) * 1000);
    let time = time.unwrap_or(OffsetDateTime::UNIX_EPOCH);
    time.format(TIME).unwrap_or_default()
}
