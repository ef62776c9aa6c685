//! The end of what a job prints.

use std::{
    collections::VecDeque,
    sync::{Mutex, MutexGuard, PoisonError},
};

/// What is kept.
const MOST: usize = 64 * 1024;
/// The size of the text as JSON, in which some characters take up six times as much.
const MOST_AS_JSON: usize = 128 * 1024;

/// The end of an output that several threads read.
#[derive(Debug, Default)]
pub(super) struct KeptOutput(Mutex<Kept>);

#[derive(Debug, Default)]
struct Kept {
    bytes: VecDeque<u8>,
    is_cut: bool,
}

/// The end of an output as text.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct OutputEnd {
    pub(super) text: String,
    /// Whether there was more before.
    pub(super) is_cut: bool,
}

impl KeptOutput {
    fn lock(&self) -> MutexGuard<'_, Kept> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    pub(super) fn push(&self, bytes: &[u8]) {
        let mut kept = self.lock();
        kept.bytes.extend(bytes);
        if let Some(over) = kept.bytes.len().checked_sub(MOST).filter(|over| *over > 0) {
            kept.bytes.drain(..over);
            kept.is_cut = true;
        }
    }

    /// What is kept by now.
    pub(super) fn end(&self) -> OutputEnd {
        let mut kept = self.lock();
        let mut is_cut = kept.is_cut;
        let mut bytes: &[u8] = kept.bytes.make_contiguous();
        if is_cut {
            // The first character may be cut.
            let begins = |byte: &u8| *byte & 0b1100_0000 != 0b1000_0000;
            let start = bytes.iter().take(4).position(begins).unwrap_or(0);
            bytes = bytes.get(start..).unwrap_or_default();
        }
        let text = String::from_utf8_lossy(bytes);
        let start = start_within(&text, MOST_AS_JSON);
        is_cut |= start > 0;
        OutputEnd {
            text: text.get(start..).unwrap_or_default().to_owned(),
            is_cut,
        }
    }
}

/// Where the end of a text begins that takes up at most so many bytes as JSON.
fn start_within(text: &str, most: usize) -> usize {
    let mut size = 0;
    let mut start = text.len();
    for (at, character) in text.char_indices().rev() {
        size += match character {
            '"' | '\\' | '\n' | '\r' | '\t' => 2,
            character if character.is_ascii_control() => 6,
            character => character.len_utf8(),
        };
        if size > most {
            break;
        }
        start = at;
    }
    start
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn end_of(parts: &[&[u8]]) -> OutputEnd {
        let kept = KeptOutput::default();
        parts.iter().for_each(|part| kept.push(part));
        kept.end()
    }

    #[test]
    fn the_end_is_kept() {
        assert_eq!(
            end_of(&[b"a", b"b\n"]),
            OutputEnd {
                text: "ab\n".to_owned(),
                is_cut: false
            }
        );
        let long = end_of(&[&vec![b'x'; MOST], b"end"]);
        assert!(long.is_cut && long.text.ends_with("end") && long.text.len() == MOST);
        let cut = end_of(&["é".repeat(MOST).as_bytes(), b"x"]);
        assert!(cut.text.starts_with('é'), "no half of a character");
        assert_eq!(end_of(&[b"\xFF"]).text, "\u{FFFD}");
    }

    #[test]
    fn an_output_of_control_characters_fits_into_an_entry() {
        let end = end_of(&[&vec![1; MOST]]);
        assert!(end.is_cut);
        assert!(serde_json::to_string(&end.text).unwrap().len() <= MOST_AS_JSON + 2);
    }

    proptest! {
        #[test]
        fn no_output_is_too_large(parts in proptest::collection::vec(any::<Vec<u8>>(), 0..20)) {
            let kept = KeptOutput::default();
            parts.iter().for_each(|part| kept.push(part));
            prop_assert!(kept.end().text.len() <= 3 * MOST);
        }
    }
}
