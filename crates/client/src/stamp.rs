//! Texts that every entry gets: a time and random hexadecimal digits.

use time::OffsetDateTime;

/// The length of a time with microseconds.
pub(crate) const TIME_LENGTH: usize = 27;

/// Writes a time as RFC 3339 in UTC with six digits of microseconds.
pub(crate) fn write_time(micros: u64, text: &mut [u8; TIME_LENGTH]) {
    let nanos = i128::from(micros) * 1000;
    let time =
        OffsetDateTime::from_unix_timestamp_nanos(nanos).unwrap_or(OffsetDateTime::UNIX_EPOCH);
    *text = *b"0000-00-00T00:00:00.000000Z";
    let mut digits = |end: usize, mut number: u32| {
        let mut at = end;
        while number > 0 {
            at -= 1;
            text[at] = b'0' + (number % 10) as u8;
            number /= 10;
        }
    };
    digits(4, time.year().unsigned_abs().min(9999));
    digits(7, u8::from(time.month()).into());
    digits(10, time.day().into());
    digits(13, time.hour().into());
    digits(16, time.minute().into());
    digits(19, time.second().into());
    digits(26, time.microsecond());
}

/// A time as text.
pub(crate) fn time_text(micros: u64) -> String {
    let mut text = [0; TIME_LENGTH];
    write_time(micros, &mut text);
    String::from_utf8_lossy(&text).into_owned()
}

/// Random hexadecimal digits, two for each byte.
pub(crate) fn random_hex<const BYTES: usize>() -> String {
    let digit = |nibble: u8| char::from(b"0123456789abcdef"[usize::from(nibble)]);
    let bytes = random_bytes::<BYTES>().into_iter();
    bytes
        .flat_map(|byte| [digit(byte >> 4), digit(byte & 0xF)])
        .collect()
}

/// Random bytes of the operating system.
pub(crate) fn random_bytes<const BYTES: usize>() -> [u8; BYTES] {
    let mut bytes = [0; BYTES];
    if getrandom::fill(&mut bytes).is_err() {
        // Without a source of random bytes, the time and the process keep ids apart.
        let time = crate::clock::rising_micros().to_be_bytes();
        let process = std::process::id().to_be_bytes();
        let unique = time.into_iter().rev().chain(process);
        bytes
            .iter_mut()
            .zip(unique)
            .for_each(|(byte, with)| *byte = with);
    }
    bytes
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;
    use time::format_description::well_known::Rfc3339;

    #[test]
    fn times_have_six_digits_of_microseconds() {
        assert_eq!(time_text(0), "1970-01-01T00:00:00.000000Z");
        assert_eq!(
            time_text(1_801_378_800_000_042),
            "2027-01-31T07:00:00.000042Z"
        );
    }

    #[test]
    fn ids_differ() {
        assert_eq!(random_hex::<16>().len(), 32);
        assert_ne!(random_hex::<16>(), random_hex::<16>());
    }

    proptest! {
        #[test]
        fn times_are_read_back(micros in 0..253_402_300_799_999_999_u64) {
            let read = OffsetDateTime::parse(&time_text(micros), &Rfc3339).unwrap();
            prop_assert_eq!(read.unix_timestamp_nanos(), i128::from(micros) * 1000);
        }
    }
}
