//! Scripts whose words stand without spaces between them, by blocks of Unicode.

use std::ops::RangeInclusive;

const BLOCKS: [RangeInclusive<char>; 26] = [
    '\u{e00}'..='\u{eff}',     // Thai, Lao
    '\u{1000}'..='\u{109f}',   // Myanmar
    '\u{1780}'..='\u{17ff}',   // Khmer
    '\u{1950}'..='\u{19df}',   // Tai Le, New Tai Lue
    '\u{1a20}'..='\u{1aaf}',   // Tai Tham
    '\u{1b00}'..='\u{1b7f}',   // Balinese
    '\u{2e80}'..='\u{2fdf}',   // radicals
    '\u{3005}'..='\u{3007}',   // 々, 〆, 〇
    '\u{3021}'..='\u{3029}',   // numerals of Suzhou
    '\u{3031}'..='\u{303c}',   // repetition
    '\u{3041}'..='\u{30ff}',   // Hiragana, Katakana
    '\u{3105}'..='\u{312f}',   // Bopomofo
    '\u{31a0}'..='\u{31ff}',   // Bopomofo, Katakana
    '\u{3400}'..='\u{4dbf}',   // Han
    '\u{4e00}'..='\u{a4cf}',   // Han, Yi
    '\u{a980}'..='\u{a9ff}',   // Javanese, Myanmar
    '\u{aa60}'..='\u{aadf}',   // Myanmar, Tai Viet
    '\u{f900}'..='\u{faff}',   // Han
    '\u{ff66}'..='\u{ff9f}',   // Katakana of half width
    '\u{116d0}'..='\u{116ff}', // Myanmar
    '\u{11700}'..='\u{1174f}', // Ahom
    '\u{16fe0}'..='\u{18dff}', // Tangut, Khitan
    '\u{1aff0}'..='\u{1b16f}', // Kana
    '\u{1b170}'..='\u{1b2ff}', // Nüshu
    '\u{20000}'..='\u{2ffff}', // Han
    '\u{30000}'..='\u{3ffff}', // Han
];

pub(super) fn is_written_without_spaces(character: char) -> bool {
    // Most texts have none of them.
    if character < *BLOCKS[0].start() {
        return false;
    }
    let block = BLOCKS.partition_point(|block| *block.end() < character);
    BLOCKS
        .get(block)
        .is_some_and(|block| block.contains(&character))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn blocks_stand_in_their_order() {
        assert!(BLOCKS.is_sorted_by(|a, b| a.end() < b.start()));
    }

    #[test]
    fn scripts_are_told_apart() {
        for character in "ฐລທមမᨠᬅ々〇あアーｱㄅ中龥ꀀꦄ\u{20000}\u{31350}".chars()
        {
            assert!(is_written_without_spaces(character), "{character:?}");
        }
        for character in "aéßжωא한١हa0ა".chars() {
            assert!(!is_written_without_spaces(character), "{character:?}");
        }
    }
}
