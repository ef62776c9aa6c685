use crate::candidates::Candidates;

/// The key that a request carries, as it stands in the headers.
///
/// # Examples
///
/// ```
/// use central_logger_auth::Presented;
///
/// let presented = Presented::from_headers([], [&b"Bearer xyz789_real_key"[..]]);
/// assert!(presented == Presented::Key(b"xyz789_real_key"));
/// let both = Presented::from_headers([&b"one"[..]], [&b"Bearer two"[..]]);
/// assert!(both == Presented::Conflicting);
/// ```
#[derive(Clone, Copy, PartialEq, Eq)]
pub enum Presented<'a> {
    /// No header carries a key.
    Missing,
    /// The headers carry different keys.
    Conflicting,
    /// One key, perhaps given more than once.
    Key(&'a [u8]),
}

impl<'a> Presented<'a> {
    /// Takes the key out of all `X-API-Key` and `Authorization: Bearer` header values.
    ///
    /// White space around a key is left out, and `Bearer` may be written in any case. An empty
    /// value and other schemes of `Authorization` carry no key.
    pub fn from_headers(
        x_api_key: impl IntoIterator<Item = &'a [u8]>,
        authorization: impl IntoIterator<Item = &'a [u8]>,
    ) -> Self {
        let bearer = authorization.into_iter().filter_map(bearer_token);
        let mut candidates = Candidates::None;
        for key in x_api_key.into_iter().chain(bearer) {
            candidates.add(key.trim_ascii());
        }
        match candidates {
            Candidates::None => Self::Missing,
            Candidates::Conflicting => Self::Conflicting,
            Candidates::One(key) => Self::Key(key),
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

    fn presented<'a>(x_api_key: &[&'a str], authorization: &[&'a str]) -> Presented<'a> {
        Presented::from_headers(
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
                presented(x_api_key, authorization) == Presented::Key(b"key"),
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
                presented(x_api_key, authorization) == Presented::Missing,
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
                presented(x_api_key, authorization) == Presented::Conflicting,
                "{x_api_key:?} {authorization:?}"
            );
        }
    }
}
