//! The words of a text, as a search compares them. `docs/reference.md` has the rules for those who search.
#![cfg_attr(test, allow(clippy::unwrap_used, clippy::expect_used))]

mod escapes;
mod scripts;
mod terms;

pub use terms::terms_of;

use escapes::without_escapes;
use scripts::is_written_without_spaces;
use std::borrow::Cow;
use unicode_normalization::{
    IsNormalized, UnicodeNormalization, char::is_combining_mark, is_nfkc_quick,
};

/// Words that a text is searched for, each in the form in which words are compared.
///
/// # Examples
///
/// ```
/// use central_logger_search_words::Words;
///
/// let words = Words::of("FULL disk");
/// assert!(words.are_in("\u{1b}[31mDisk\u{1b}[0m is full"));
/// assert!(!words.are_in("the disks are full"));
/// ```
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Words(Vec<String>);

impl Words {
    /// Returns the words of a text, in their order.
    pub fn of(text: &str) -> Self {
        Self(words(&comparable(text)).map(str::to_owned).collect())
    }

    /// Goes through the words.
    pub fn iter(&self) -> impl Iterator<Item = &String> {
        self.0.iter()
    }

    /// Returns how many words there are.
    pub fn len(&self) -> usize {
        self.0.len()
    }

    /// Returns whether there are none.
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// Returns whether a text has all of them, in any order.
    pub fn are_in(&self, text: &str) -> bool {
        if self.is_empty() {
            return true;
        }
        let text = without_escapes(text);
        if text.is_ascii() {
            return self.0.iter().all(|word| is_in_ascii(word, &text));
        }
        let text = comparable_without_escapes(&text);
        let is_in = |word: &String| match word.starts_with(is_written_without_spaces) {
            true => words(&text).any(|found| found.contains(&**word)),
            false => words(&text).any(|found| found == word),
        };
        self.0.iter().all(is_in)
    }
}

/// Searches a text of ASCII as any other, but quicker: there is nothing but case to set aside.
fn is_in_ascii(word: &str, text: &str) -> bool {
    let found = text.as_bytes().split(|byte| !byte.is_ascii_alphanumeric());
    found
        .filter(|found| found.len() == word.len())
        .any(|found| found.eq_ignore_ascii_case(word.as_bytes()))
}

/// Returns a text without terminal escapes, normalised (NFKC) and without distinctions of case.
fn comparable(text: &str) -> String {
    comparable_without_escapes(&without_escapes(text))
}

fn comparable_without_escapes(text: &str) -> String {
    if text.is_ascii() {
        return text.to_ascii_lowercase();
    }
    let folded: String = normalised(text)
        .chars()
        .filter(|character| !is_variation_selector(*character))
        .flat_map(folded)
        .collect();
    normalised(&folded).into_owned()
}

fn normalised(text: &str) -> Cow<'_, str> {
    match is_nfkc_quick(text.chars()) {
        IsNormalized::Yes => text.into(),
        _ => text.nfkc().collect::<String>().into(),
    }
}

/// Full case folding of Unicode: a test holds it against its table.
fn folded(character: char) -> impl Iterator<Item = char> {
    // The one whose capital letter is that of another.
    let is_dotless_i = character == 'ı';
    let (same, other) = match is_dotless_i || is_written_without_spaces(character) {
        true => (Some(character), None),
        false => (None, Some(character)),
    };
    let other = other
        .into_iter()
        .flat_map(char::to_lowercase)
        .flat_map(char::to_uppercase)
        .flat_map(char::to_lowercase);
    same.into_iter().chain(other)
}

/// Returns whether a character chooses only how another one looks.
fn is_variation_selector(character: char) -> bool {
    matches!(
        character,
        '\u{34f}' | '\u{17b4}'..='\u{17b5}' | '\u{180b}'..='\u{180f}' | '\u{fe00}'..='\u{fe0f}'
            | '\u{e0100}'..='\u{e01ef}'
    )
}

/// Runs of letters, marks and digits; those in scripts without spaces are runs of their own.
fn words(comparable: &str) -> impl Iterator<Item = &str> {
    let mut rest = comparable;
    std::iter::from_fn(move || {
        let begin = rest.find(begins_a_word)?;
        let word = &rest[begin..];
        let is_without_spaces = word.starts_with(is_written_without_spaces);
        let goes_on = |character: char| match character.is_ascii() {
            true => character.is_ascii_alphanumeric() && !is_without_spaces,
            false => {
                is_combining_mark(character)
                    || (begins_a_word(character)
                        && is_written_without_spaces(character) == is_without_spaces)
            }
        };
        let end = word.find(|character| !goes_on(character));
        let (word, behind) = word.split_at(end.unwrap_or(word.len()));
        rest = behind;
        Some(word)
    })
}

/// A mark alone is none: it belongs to what stands before it, such as an emoji.
///
/// Most characters are of ASCII, and are not looked up in tables.
fn begins_a_word(character: char) -> bool {
    match character.is_ascii() {
        true => character.is_ascii_alphanumeric(),
        false => character.is_alphanumeric() && !is_combining_mark(character),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[track_caller]
    fn assert_found(q: &str, text: &str, expected: bool) {
        assert_eq!(Words::of(q).are_in(text), expected, "{q:?} in {text:?}");
    }

    #[test]
    fn words_are_runs_of_letters_marks_and_digits() {
        for (text, expected) in [
            ("Disk full on db-1", &["disk", "full", "on", "db", "1"][..]),
            ("order.sync_v2 isn't", &["order", "sync", "v2", "isn", "t"]),
            ("हिन्दी में", &["हिन्दी", "में"]),
            ("e\u{301}te\u{301}", &["été"]),
            ("✔\u{fe0f}done ❤\u{fe0f}\u{200d}🔥 \u{301}x", &["done", "x"]),
            ("一2三", &["一", "2", "三"]),
            (" -*- ", &[]),
            ("\u{301}", &[]),
        ] {
            let words: Vec<_> = Words::of(text).0;
            assert_eq!(words, expected, "{text:?}");
        }
    }

    #[test]
    fn case_and_form_make_no_difference() {
        for (q, text) in [
            ("STRASSE", "Straße"),
            ("straße", "STRASSE"),
            ("STRAẞE", "strasse"),
            ("ΣΊΣΥΦΟΣ", "Σίσυφος"),
            ("i̇stanbul", "İSTANBUL"),
            ("İstanbul", "i̇stanbul"),
            ("ǆ", "Ǆ"),
            ("ﬁle", "FILE"),
            ("kelvin", "\u{212a}elvin"),
            ("ŉ", "ʼN"),
            ("error", "ＥＲＲＯＲ"),
            ("é", "e\u{301}"),
            ("e\u{301}", "É"),
            ("ガラス", "ｶﾞﾗｽ"),
            ("ガ", "カ\u{3099}"),
            ("2", "²"),
            ("가나", "\u{1100}\u{1161}\u{1102}\u{1161}"),
            ("葛", "葛\u{e0100}"),
            ("Ꮳ", "ꮳ"),
        ] {
            assert_found(q, text, true);
        }
        for (q, text) in [
            ("i", "ı"),
            ("istanbul", "İstanbul"),
            ("e", "é"),
            ("カ", "ガ"),
        ] {
            assert_found(q, text, false);
            assert_found(text, q, false);
        }
    }

    #[test]
    fn words_are_whole_but_in_scripts_without_spaces() {
        for (q, text, expected) in [
            ("超时", "数据库连接超时", true),
            ("连接 超时", "数据库连接超时", true),
            ("超時", "数据库连接超时", false),
            ("接続エラー", "データベース接続エラーです", true),
            ("ฐานข้อมูล", "เชื่อมต่อฐานข้อมูลไม่ได้", true),
            ("ຖານ", "ຖານຂໍ້ມູນ", true),
            ("ទិន្នន័យ", "មូលដ្ឋានទិន្នន័យ", true),
            ("ဒေတာ", "ဒေတာဘေ့စ်", true),
            ("超时", "超 时", false),
            ("host7", "在host7上超时", true),
            ("在host7", "在host7上超时", true),
            ("ost7", "在host7上超时", false),
            ("데이터", "데이터베이스", false),
            ("данных", "База данных", true),
            ("данны", "База данных", false),
        ] {
            assert_found(q, text, expected);
        }
    }

    #[test]
    fn terminal_escapes_separate_words_and_are_none() {
        for text in [
            "\u{1b}[31mERROR\u{1b}[0m step failed",
            "\u{1b}[38;5;196mERROR\u{1b}[m step\u{1b}[0mfailed",
            "\u{1b}[38:2::255:0:0mError\u{1b}[?25hstep\u{1b}[2Kfailed",
            "\u{9b}31mérror \u{9b}1;31merror\u{9b}mstep\u{9b}0mfailed",
            "\u{1b}]0;title\u{7}error step failed",
            "\u{1b}]8;;https://host/title\u{1b}\\error\u{1b}]8;;\u{1b}\\ step failed",
            "\u{9d}0;title\u{9c}error step failed",
            "\u{1b}Ptitle\u{1b}\\error\u{1b}_title\u{1b}\\step\u{1b}^title\u{1b}\\failed",
            "\u{1b}(Berror\u{1b})0step\u{1b}#8failed",
            "\u{1b}7error\u{1b}cstep\u{1b}=failed\u{1b}OP\u{1b}",
        ] {
            assert_found("failed step ERROR", text, true);
            for none in [
                "m", "31m", "31merror", "0m", "title", "https", "b", "berror", "p", "196",
            ] {
                assert_found(none, text, false);
            }
        }
        // What is not ended is text.
        assert_found("title error", "\u{1b}]0;title error", true);
        assert_found("title error", "\u{1b}]0;title\nerror\u{7}", true);
        assert_found("ößer", "\u{1b}[31ößer", true);
        assert_found("\u{1b}[1merror\u{1b}[0m", "an error", true);
    }

    #[test]
    fn characters_of_ascii_are_as_the_tables_say() {
        for character in (0..0x80_u8).map(char::from) {
            let is_of_a_word = character.is_alphanumeric() && !is_combining_mark(character);
            assert_eq!(begins_a_word(character), is_of_a_word, "{character:?}");
            assert!(!is_combining_mark(character), "{character:?}");
            assert!(!is_written_without_spaces(character), "{character:?}");
        }
    }

    proptest! {
        #[test]
        fn what_stands_in_a_text_is_found_in_it(text in any::<String>()) {
            prop_assert!(Words::of(&text).are_in(&text));
        }

        #[test]
        fn ascii_is_searched_as_other_texts_are(
            text in "[ -~\u{1b}\n]{0,60}", q in "[a-cA-C0-1 ._-]{1,6}"
        ) {
            let words = Words::of(&q);
            let comparable = comparable_without_escapes(&without_escapes(&text));
            let is_there = |word: &String| super::words(&comparable).any(|found| found == word);
            prop_assert_eq!(words.are_in(&text), words.iter().all(is_there));
            // The same text with something beyond ASCII behind it.
            prop_assert_eq!(words.are_in(&text), words.are_in(&format!("{text}\n§")));
        }

        #[test]
        fn forms_of_a_text_are_one(text in any::<String>()) {
            let text = text.replace(|c: char| escapes::begins(c), " ");
            let form = comparable(&text);
            prop_assert_eq!(&comparable(&text.nfc().collect::<String>()), &form);
            prop_assert_eq!(&comparable(&text.nfd().collect::<String>()), &form);
            prop_assert_eq!(&comparable(&text.nfkd().collect::<String>()), &form);
            prop_assert_eq!(&comparable(&form), &form);
        }

        #[test]
        fn cases_of_a_text_are_one(text in "[ -~ßŉǰſςΣİẞﬁﬃǅǆᾳᾼà-ɏα-ωА-я\u{13a0}-\u{13f5}ა-ჰ一-三]{0,20}") {
            let text = text.replace('ı', "i");
            prop_assert_eq!(comparable(&text.to_uppercase()), comparable(&text));
            prop_assert_eq!(comparable(&text.to_lowercase()), comparable(&text));
        }

        #[test]
        fn an_escape_anywhere_between_words_hides_nothing(
            before in "[a-z]{1,5}", after in "[a-z]{1,5}",
            escape in "\u{1b}\\[[0-9;:?]{0,6}[@-~]|\u{1b}\\][^\u{0}-\u{1f}\u{7f}-\u{9f}]{0,9}(\u{7}|\u{1b}\\\\|\u{9c})|\u{1b}[ -/]{1,2}[0-~]"
        ) {
            let text = format!("{before}{escape}{after}");
            prop_assert_eq!(Words::of(&text).0, [before, after]);
        }
    }
}
