//! Keys in the schemes of `Authorization` that clients of other services use.

use base64ct::{Base64, Encoding};
use std::borrow::Cow;

/// What stands behind a scheme, in whichever case that is written.
pub(crate) fn credentials<'a>(authorization: &'a [u8], scheme: &str) -> Option<&'a [u8]> {
    let authorization = authorization.trim_ascii();
    let (found, credentials) = authorization.split_at_checked(scheme.len())?;
    let credentials = credentials.strip_prefix(b" ")?;
    let is_scheme = found.eq_ignore_ascii_case(scheme.as_bytes());
    is_scheme.then(|| credentials.trim_ascii())
}

/// The key of `ApiKey KEY`, or of base64 of `ANY:KEY`. A key that happens to be base64 is taken for a pair
/// only if that has a colon and visible characters alone, which hardly any key has.
pub(crate) fn api_key(authorization: &[u8]) -> Option<Cow<'_, [u8]>> {
    let sent = credentials(authorization, "ApiKey")?;
    let pair = decoded(sent).filter(|pair| pair.iter().all(u8::is_ascii_graphic));
    Some(match pair.as_deref().and_then(halves) {
        Some((_, key)) => Cow::Owned(key.to_owned()),
        None => Cow::Borrowed(sent),
    })
}

/// The password of `Basic`, or the user when the password is empty.
pub(crate) fn basic(authorization: &[u8]) -> Option<Vec<u8>> {
    let pair = decoded(credentials(authorization, "Basic")?)?;
    let key = match halves(&pair)? {
        (user, b"") => user,
        (_, password) => password,
    };
    Some(key.trim_ascii().to_owned())
}

fn halves(pair: &[u8]) -> Option<(&[u8], &[u8])> {
    let colon = pair.iter().position(|byte| *byte == b':')?;
    Some((&pair[..colon], &pair[colon + 1..]))
}

/// Base64, padded or not.
fn decoded(text: &[u8]) -> Option<Vec<u8>> {
    let text = str::from_utf8(text).ok()?.trim_end_matches('=');
    let padding = "=".repeat(text.len().wrapping_neg() % 4);
    Base64::decode_vec(&format!("{text}{padding}")).ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn of(scheme: &str, pair: &str) -> Vec<u8> {
        format!("{scheme} {}", Base64::encode_string(pair.as_bytes())).into_bytes()
    }

    #[test]
    fn schemes_are_written_in_any_case() {
        for (sent, key) in [
            ("Splunk key", Some("key")),
            (" sPLUNK   key ", Some("key")),
            ("Splunkkey", None),
            ("Splunk", None),
            ("Bearer key", None),
        ] {
            let found = credentials(sent.as_bytes(), "Splunk");
            assert_eq!(found, key.map(str::as_bytes), "{sent}");
        }
    }

    #[test]
    fn an_api_key_stands_alone_or_behind_any_name() {
        let key = |sent: &[u8]| api_key(sent).map(Cow::into_owned);
        assert_eq!(key(b"ApiKey cl_live_x"), Some(b"cl_live_x".to_vec()));
        assert_eq!(
            key(b"apikey abcdefghijklmnop"),
            Some(b"abcdefghijklmnop".to_vec())
        );
        assert_eq!(key(&of("ApiKey", "id:key")), Some(b"key".to_vec()));
        assert_eq!(key(&of("ApiKey", "id:ke:y")), Some(b"ke:y".to_vec()));
        assert_eq!(key(&of("ApiKey", ":key")), Some(b"key".to_vec()));
        assert_eq!(key(b"Bearer key"), None);
    }

    #[test]
    fn a_password_comes_before_a_user() {
        for (pair, key) in [
            ("user:key", Some("key")),
            ("key:", Some("key")),
            (":key", Some("key")),
            ("user:ke:y", Some("ke:y")),
            (":", Some("")),
            ("key", None),
        ] {
            let found = basic(&of("Basic", pair));
            assert_eq!(found.as_deref(), key.map(str::as_bytes), "{pair}");
        }
        let unpadded = of("Basic", "user:key4");
        let unpadded = unpadded.strip_suffix(b"=").unwrap_or(&unpadded);
        assert_eq!(basic(unpadded).as_deref(), Some(&b"key4"[..]));
        assert_eq!(basic(b"Basic ???"), None);
    }
}
