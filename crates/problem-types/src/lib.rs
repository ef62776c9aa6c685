#![doc = include_str!("../README.md")]
#![cfg_attr(test, allow(clippy::unwrap_used, clippy::expect_used))]

mod list;

/// A kind of problem: what programs go by, in the place of the texts for people.
///
/// # Examples
///
/// ```
/// use central_logger_problem_types::ProblemType;
///
/// let scope = ProblemType::SCOPE;
/// assert_eq!(scope.uri(), "/docs/problems#scope");
/// assert_eq!((scope.status(), scope.title()), (403, "Forbidden"));
/// assert!(ProblemType::ALL.contains(&scope));
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct ProblemType {
    uri: &'static str,
    name: &'static str,
    status: u16,
    title: &'static str,
    meaning: &'static str,
}

impl ProblemType {
    /// Returns the `type`: a path of the server with an anchor, or a URI that is registered at IANA.
    pub const fn uri(&self) -> &'static str {
        self.uri
    }

    /// Returns the last part of the `type`, which is the anchor on the page `/docs/problems`.
    pub const fn name(&self) -> &'static str {
        self.name
    }

    /// Returns the HTTP status that goes with it.
    pub const fn status(&self) -> u16 {
        self.status
    }

    /// Returns the `title`: the name of the status.
    pub const fn title(&self) -> &'static str {
        self.title
    }

    /// Returns what it means, for people.
    pub const fn meaning(&self) -> &'static str {
        self.meaning
    }

    /// Returns the kind of a problem of which nothing but its status is known, if there is one.
    pub const fn of_status(status: u16) -> Option<Self> {
        Some(match status {
            400 => Self::MALFORMED_REQUEST,
            404 => Self::NOT_FOUND,
            405 => Self::METHOD_NOT_ALLOWED,
            408 => Self::TIMEOUT,
            409 => Self::CONFLICT,
            410 => Self::GONE,
            412 => Self::PRECONDITION_FAILED,
            413 => Self::TOO_LARGE,
            415 => Self::UNSUPPORTED_MEDIA_TYPE,
            422 => Self::INVALID_VALUES,
            500 => Self::INTERNAL_ERROR,
            503 => Self::UNAVAILABLE,
            _ => return None,
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::collections::BTreeSet;

    #[test]
    fn each_has_a_type_and_an_anchor_of_its_own_and_ends_in_it() {
        for part in [ProblemType::uri, ProblemType::name] {
            let parts: BTreeSet<_> = ProblemType::ALL.iter().map(part).collect();
            assert_eq!(parts.len(), ProblemType::ALL.len());
        }
        for kind in ProblemType::ALL {
            let (place, name) = kind.uri().split_once('#').unwrap();
            assert_eq!(name, kind.name());
            let is_ours = place == "/docs/problems";
            assert!(is_ours || place == "https://iana.org/assignments/http-problem-types");
            let is_plain = |c: char| c.is_ascii_lowercase() || c == '-';
            assert!(name.chars().all(is_plain), "{name}");
        }
    }

    #[test]
    fn the_general_kind_of_a_status_has_that_status() {
        for status in 400..600 {
            if let Some(kind) = ProblemType::of_status(status) {
                assert_eq!(kind.status(), status);
            }
        }
    }
}
