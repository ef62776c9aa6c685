//! The status of an entry, a run or a key: always its word, with a colour and a form of its own beside it.

use crate::line;
use maud::{Markup, html};

/// What a status means, as far as its word tells.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Tone {
    /// It went wrong.
    Bad,
    /// It may go wrong.
    Warning,
    /// It is under way.
    Busy,
    /// It went well.
    Good,
    /// Nothing of these.
    Plain,
}

const WORDS: [(Tone, &[&str]); 4] = [
    (
        Tone::Bad,
        &[
            "FAILED",
            "FAILURE",
            "FAIL",
            "ERROR",
            "FATAL",
            "CRITICAL",
            "CRIT",
            "ALERT",
            "EMERG",
            "EMERGENCY",
            "PANIC",
            "TIMEOUT",
            "ABORTED",
            "CRASHED",
            "REVOKED",
            "STUCK",
            "FAILING",
        ],
    ),
    (
        Tone::Warning,
        &[
            "WARN",
            "WARNING",
            "SKIPPED",
            "CANCELLED",
            "CANCELED",
            "RETRY",
            "LATE",
            "EXPIRED",
            "DISABLED",
        ],
    ),
    (
        Tone::Busy,
        &[
            "RUNNING",
            "STARTED",
            "PENDING",
            "QUEUED",
            "WAITING",
            "IN_PROGRESS",
        ],
    ),
    (
        Tone::Good,
        &[
            "SUCCESS",
            "SUCCEEDED",
            "OK",
            "DONE",
            "COMPLETED",
            "PASSED",
            "FINISHED",
            "ACTIVE",
        ],
    ),
];

impl Tone {
    /// All, the worst first.
    pub const ALL: [Self; 5] = [
        Self::Bad,
        Self::Warning,
        Self::Busy,
        Self::Good,
        Self::Plain,
    ];

    /// What a word means, in any case.
    pub fn of(word: &str) -> Self {
        let means = |words: &[&str]| words.iter().any(|known| known.eq_ignore_ascii_case(word));
        let found = WORDS.iter().find(|(_, words)| means(words));
        found.map_or(Self::Plain, |(tone, _)| *tone)
    }

    /// The words that mean it, in upper case.
    pub fn words(self) -> &'static [&'static str] {
        let found = WORDS.iter().find(|(tone, _)| *tone == self);
        found.map_or(&[], |(_, words)| words)
    }

    /// The classes of the words that are known, in upper case, as JSON for the script.
    pub fn all_words() -> String {
        let words = WORDS.iter().flat_map(|(tone, words)| {
            let class = tone.class();
            words
                .iter()
                .map(move |word| format!("\"{word}\":\"{class}\""))
        });
        format!("{{{}}}", words.collect::<Vec<_>>().join(","))
    }

    /// The class of what is shown in its colour.
    pub fn class(self) -> &'static str {
        match self {
            Self::Bad => "bad",
            Self::Warning => "warning",
            Self::Busy => "busy",
            Self::Good => "good",
            Self::Plain => "plain",
        }
    }
}

/// A status by its word.
pub fn badge(word: &str) -> Markup {
    html! { span class={ "badge " (Tone::of(word).class()) } { (line(word)) } }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_are_known_in_any_case_and_others_are_plain() {
        assert_eq!(Tone::of("failed"), Tone::Bad);
        assert_eq!(Tone::of("Success"), Tone::Good);
        assert_eq!(Tone::of("<b>"), Tone::Plain);
        let shown = badge("<b>").into_string();
        assert_eq!(
            shown,
            "<span class=\"badge plain\"><bdi>&lt;b&gt;</bdi></span>"
        );
    }
}
