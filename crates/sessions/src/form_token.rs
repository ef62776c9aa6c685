use crate::SessionToken;
use central_logger_keys::RandomnessError;
use sha2::{Digest, Sha256};
use std::fmt;

/// What the forms of pages of a session carry, so that no other page can send them. It follows from the token of
/// the session, and tells nothing about it.
///
/// Each page has another text for it, so that the sizes of compressed pages, in which a stranger may have chosen
/// words, do not give it away (BREACH, CVE-2013-3587).
///
/// # Examples
///
/// ```
/// use central_logger_sessions::SessionToken;
///
/// let session = SessionToken::generate()?;
/// let (in_form, in_another) = (session.form_token().masked()?, session.form_token().masked()?);
/// assert_ne!(in_form, in_another);
/// assert!(session.form_token().is(&in_form) && session.form_token().is(&in_another));
/// assert!(!SessionToken::generate()?.form_token().is(&in_form));
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Clone)]
pub struct FormToken([u8; 32]);

impl FormToken {
    pub(crate) fn of(session: &SessionToken) -> Self {
        let digest = Sha256::new()
            .chain_update(b"central-logger form\0")
            .chain_update(session.expose_secret())
            .finalize();
        Self(digest.into())
    }

    /// A text for the form: random bits, and the token under them.
    ///
    /// # Errors
    /// When the operating system's generator fails.
    pub fn masked(&self) -> Result<String, RandomnessError> {
        let mut mask = [0; 32];
        getrandom::fill(&mut mask)?;
        let under = exclusive_or(&mask, &self.0);
        let bytes = mask.iter().chain(&under);
        Ok(bytes.map(|byte| format!("{byte:02x}")).collect())
    }

    /// Whether a form has sent this. Digests are compared, so that the time it takes tells nothing.
    pub fn is(&self, sent: &str) -> bool {
        let sent = halves(sent).map(|(mask, under)| exclusive_or(&mask, &under));
        sent.is_some_and(|sent| Sha256::digest(sent) == Sha256::digest(self.0))
    }
}

fn exclusive_or(one: &[u8; 32], other: &[u8; 32]) -> [u8; 32] {
    let mut result = *one;
    for (byte, other) in result.iter_mut().zip(other) {
        *byte ^= other;
    }
    result
}

/// The two halves of a text of 128 hexadecimal digits.
fn halves(text: &str) -> Option<([u8; 32], [u8; 32])> {
    let digits = text.as_bytes();
    if digits.len() != 128 {
        return None;
    }
    let mut bytes = [0; 64];
    for (byte, pair) in bytes.iter_mut().zip(digits.chunks_exact(2)) {
        let pair = std::str::from_utf8(pair).ok()?;
        *byte = u8::from_str_radix(pair, 16).ok()?;
    }
    let (mask, under) = bytes.split_at(32);
    Some((mask.try_into().ok()?, under.try_into().ok()?))
}

/// Without the text.
impl fmt::Debug for FormToken {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("FormToken(..)")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_no_form_of_the_session_has_is_not_taken() {
        let token = SessionToken::generate().unwrap().form_token();
        let masked = token.masked().unwrap();
        assert!(token.is(&masked));
        let other = masked.replace('0', "1");
        for wrong in ["", &masked[1..], &masked[..64], &"ä".repeat(64), &other] {
            assert!(!token.is(wrong), "{wrong}");
        }
    }
}
