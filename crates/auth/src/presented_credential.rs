use crate::collected_credential::CollectedCredential;

/// The key that a request carries, as it stands in the headers.
///
/// # Examples
///
/// ```
/// use central_logger_auth::PresentedCredential;
///
/// let presented = PresentedCredential::from_headers([], [&b"Bearer xyz789_real_key"[..]]);
/// assert!(presented == PresentedCredential::Key(b"xyz789_real_key"));
/// let both = PresentedCredential::from_headers([&b"one"[..]], [&b"Bearer two"[..]]);
/// assert!(both == PresentedCredential::Conflicting);
/// ```
#[derive(Clone, Copy, PartialEq, Eq)]
pub enum PresentedCredential<'a> {
    /// No header carries a key.
    Missing,
    /// The headers carry different keys.
    Conflicting,
    /// One key, perhaps given more than once.
    Key(&'a [u8]),
}

impl<'a> PresentedCredential<'a> {
    /// Takes the key out of all `X-API-Key` and `Authorization: Bearer` header values.
    ///
    /// White space around a key is left out, and `Bearer` may be written in any case. An empty
    /// value and other schemes of `Authorization` carry no key.
    pub fn from_headers(
        x_api_key: impl IntoIterator<Item = &'a [u8]>,
        authorization: impl IntoIterator<Item = &'a [u8]>,
    ) -> Self {
        let bearer = authorization.into_iter().filter_map(bearer_token);
        let mut collected = CollectedCredential::None;
        for key in x_api_key.into_iter().chain(bearer) {
            collected.add(key.trim_ascii());
        }
        match collected {
            CollectedCredential::None => Self::Missing,
            CollectedCredential::Conflicting => Self::Conflicting,
            CollectedCredential::One(key) => Self::Key(key),
        }
    }
}

pub(crate) fn bearer_token(authorization: &[u8]) -> Option<&[u8]> {
    let (scheme, token) = authorization
        .trim_ascii()
        .split_at_checked(b"Bearer ".len())?;
    scheme.eq_ignore_ascii_case(b"Bearer ").then_some(token)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn presented<'a>(x_api_key: &[&'a str], authorization: &[&'a str]) -> PresentedCredential<'a> {
        PresentedCredential::from_headers(
            x_api_key.iter().map(|value| value.as_bytes()),
            authorization.iter().map(|value| value.as_bytes()),
        )
    }

    #[test]
    fn a_key_is_taken_from_either_header() {
        for (x_api_key, authorization) in [
            (&["key"][..], &[][..]),
            (&[" key\t"], &[]),
            (&[], &["Bearer key"]),
            (&[], &["bEaReR   key "]),
            (&["key"], &["Basic dXNlcg=="]),
            (&["key", "key"], &["Bearer key"]),
            (&["", "key"], &["Bearer "]),
        ] {
            assert!(
                presented(x_api_key, authorization) == PresentedCredential::Key(b"key"),
                "{x_api_key:?} {authorization:?}"
            );
        }
    }

    #[test]
    fn no_key_is_missing() {
        for (x_api_key, authorization) in [
            (&[][..], &[][..]),
            (&["", "  "], &[]),
            (&[], &["Bearer"]),
            (&[], &["Bearer "]),
            (&[], &["Bearerkey"]),
            (&[], &["Basic key"]),
        ] {
            assert!(
                presented(x_api_key, authorization) == PresentedCredential::Missing,
                "{x_api_key:?} {authorization:?}"
            );
        }
    }

    #[test]
    fn different_keys_conflict_wherever_they_stand() {
        for (x_api_key, authorization) in [
            (&["one", "two"][..], &[][..]),
            (&["one"], &["Bearer two"]),
            (&[], &["Bearer one", "Bearer two"]),
        ] {
            assert!(
                presented(x_api_key, authorization) == PresentedCredential::Conflicting,
                "{x_api_key:?} {authorization:?}"
            );
        }
    }
}
