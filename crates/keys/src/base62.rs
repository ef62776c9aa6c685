//! Base62 with the digits `0-9A-Za-z`, the alphabet of key ids, secrets and checksums.

use crate::RandomnessError;
use zeroize::Zeroizing;

const DIGITS: &[u8; 62] = b"0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz";

/// The largest multiple of 62 that a byte can hold: bytes from here on are drawn again, since
/// taking them modulo 62 would make the first digits likelier than the rest.
const UNBIASED_BELOW: u8 = 248;

pub(crate) fn is_base62(text: &str) -> bool {
    text.bytes().all(|byte| byte.is_ascii_alphanumeric())
}

/// Appends `length` digits drawn from the operating system's generator.
pub(crate) fn push_random(out: &mut String, length: usize) -> Result<(), RandomnessError> {
    let mut buffer = Zeroizing::new([0_u8; 64]);
    let mut missing = length;
    while missing > 0 {
        getrandom::fill(buffer.as_mut())?;
        let drawn = buffer.iter().filter(|byte| **byte < UNBIASED_BELOW);
        for byte in drawn.take(missing) {
            out.push(char::from(DIGITS[usize::from(byte % 62)]));
            missing -= 1;
        }
    }
    Ok(())
}

/// `number` as six digits, most significant first; 62⁶ exceeds 2³², so every `u32` fits.
pub(crate) fn six_digits(mut number: u32) -> [u8; 6] {
    let mut digits = [b'0'; 6];
    for digit in digits.iter_mut().rev() {
        *digit = DIGITS[(number % 62) as usize];
        number /= 62;
    }
    digits
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn six_digits_are_padded_and_most_significant_first() {
        assert_eq!(&six_digits(0), b"000000");
        assert_eq!(&six_digits(61), b"00000z");
        assert_eq!(&six_digits(62), b"000010");
        assert_eq!(&six_digits(u32::MAX), b"4gfFC3");
    }

    #[test]
    fn random_text_has_the_asked_length_and_uses_every_digit() {
        let mut text = String::new();
        push_random(&mut text, 10_000).expect("random bytes");
        assert_eq!(text.len(), 10_000);
        for digit in DIGITS {
            assert!(
                text.contains(char::from(*digit)),
                "{} never drawn",
                char::from(*digit)
            );
        }
    }
}
