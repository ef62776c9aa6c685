//! What an index of whole terms has to hold, so that texts can be excluded from a search without them.

use crate::scripts::is_written_without_spaces;
use crate::{Words, comparable, words};

/// Gives `take` each term of a text: its words, and of those in scripts without spaces, where a search finds
/// a part of a word too, each character and each two that follow each other.
///
/// # Examples
///
/// ```
/// use central_logger_search_words::{Words, terms_of};
/// use std::collections::HashSet;
///
/// let mut terms = HashSet::new();
/// terms_of("Disk is 満杯です", |term| {
///     terms.insert(term.to_owned());
/// });
/// let may_be_in = |q| Words::of(q).terms().all(|term| terms.contains(term));
/// assert!(may_be_in("disk 満杯"));
/// assert!(!may_be_in("disks"));
/// assert!(!may_be_in("満足"));
/// ```
pub fn terms_of(text: &str, mut take: impl FnMut(&str)) {
    for word in words(&comparable(text)) {
        match word.starts_with(is_written_without_spaces) {
            true => parts(word).for_each(&mut take),
            false => take(word),
        }
    }
}

impl Words {
    /// Goes through terms which a text that has all of the words [has](terms_of).
    pub fn terms(&self) -> impl Iterator<Item = &str> {
        self.iter().flat_map(|word| {
            let is_whole = !word.starts_with(is_written_without_spaces);
            let whole = is_whole.then_some(word.as_str());
            let parts = (!is_whole).then(|| parts(word));
            whole.into_iter().chain(parts.into_iter().flatten())
        })
    }
}

/// Each character, and each two that follow each other.
fn parts(word: &str) -> impl Iterator<Item = &str> {
    word.char_indices().flat_map(move |(start, character)| {
        let behind = start + character.len_utf8();
        let next = word[behind..].chars().next();
        let pair = next.map(|next| &word[start..behind + next.len_utf8()]);
        [Some(&word[start..behind]), pair].into_iter().flatten()
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;
    use std::collections::HashSet;

    fn may_be_in(words: &Words, text: &str) -> bool {
        let mut terms = HashSet::new();
        terms_of(text, |term| {
            terms.insert(term.to_owned());
        });
        words.terms().all(|term| terms.contains(term))
    }

    proptest! {
        #[test]
        fn no_text_is_excluded_that_has_the_words(
            text in "[a-c1 .\u{1b}é超时接続ガｶﾞ\u{301}]{0,20}", q in "[a-c1É超时接続ガ ]{0,4}"
        ) {
            let words = Words::of(&q);
            if words.are_in(&text) {
                prop_assert!(may_be_in(&words, &text), "{q:?} in {text:?}");
            }
        }

        #[test]
        fn no_text_is_excluded_from_a_search_for_itself(text: String) {
            prop_assert!(may_be_in(&Words::of(&text), &text));
        }
    }
}
