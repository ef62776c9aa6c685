//! The lines of a segment: a checksum, a space and an entry.

/// The first line of a segment.
pub(super) const HEADER: &[u8] = b"central-logger-spool 1\n";
/// What stands before the entry: eight digits and a space.
pub(crate) const PREFIX: usize = 9;

/// Writes the checksum into a line, which ends with a line feed.
pub(crate) fn seal(line: &mut [u8]) {
    let end = line.len().saturating_sub(1);
    let Some(json) = line.get(PREFIX..end) else {
        return;
    };
    let checksum = crc32fast::hash(json);
    for (index, digit) in line.iter_mut().take(8).enumerate() {
        let nibble = (checksum >> (28 - 4 * index)) & 0xF;
        *digit = b"0123456789abcdef"[nibble as usize];
    }
    line[8] = b' ';
}

/// The entry of a line, when the checksum fits.
pub(crate) fn check(line: &[u8]) -> Option<&[u8]> {
    let (prefix, json) = line.split_at_checked(PREFIX)?;
    let (digits, space) = prefix.split_at(8);
    let digits = std::str::from_utf8(digits).ok()?;
    let is_hex = digits.bytes().all(|byte| byte.is_ascii_hexdigit());
    let checksum = u32::from_str_radix(digits, 16).ok()?;
    (is_hex && space == b" " && checksum == crc32fast::hash(json)).then_some(json)
}

/// What the first line of a file says.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Head {
    /// Records follow it.
    Ours,
    /// The file was made by a newer version, or is no segment.
    Unknown,
    /// A crash cut it, so no records follow.
    Cut,
}

/// Judges the beginning of a file.
pub(super) fn head(beginning: &[u8]) -> Head {
    if beginning.starts_with(HEADER) {
        return Head::Ours;
    }
    match beginning.contains(&b'\n') || beginning.len() > HEADER.len() {
        true => Head::Unknown,
        false => Head::Cut,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn line(json: &str) -> Vec<u8> {
        let mut line = [b"         ", json.as_bytes(), b"\n"].concat();
        seal(&mut line);
        line
    }

    #[test]
    fn the_checksum_is_that_of_zlib() {
        assert_eq!(line("{}"), b"a3a6bf43 {}\n");
    }

    #[test]
    fn a_changed_record_is_noticed() {
        let mut sealed = line(r#"{"a":1}"#);
        sealed.pop();
        assert_eq!(check(&sealed), Some(br#"{"a":1}"#.as_slice()));
        sealed[12] ^= 1;
        assert_eq!(check(&sealed), None);
        assert_eq!(check(b"+1234567 {}"), None);
        assert_eq!(check(b""), None);
    }

    #[test]
    fn the_first_line_tells_versions() {
        assert_eq!(head(b"central-logger-spool 1\nmore"), Head::Ours);
        assert_eq!(head(b"central-logger-spool 2\n"), Head::Unknown);
        assert_eq!(head(b"{}\n"), Head::Unknown);
        assert_eq!(head(b"central-logger-sp"), Head::Cut);
        assert_eq!(head(b""), Head::Cut);
    }

    proptest! {
        #[test]
        fn sealed_records_are_read_back(json in any::<String>()) {
            let sealed = line(&json);
            prop_assert_eq!(check(&sealed[..sealed.len() - 1]), Some(json.as_bytes()));
        }

        #[test]
        fn no_bytes_make_a_panic(bytes in any::<Vec<u8>>()) {
            check(&bytes);
            head(&bytes);
            seal(&mut bytes.clone());
        }
    }
}
