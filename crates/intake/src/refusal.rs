/// Why nothing of a request is stored.
///
/// # Examples
///
/// ```
/// use central_logger_intake::Refusal;
///
/// let refusal = Refusal::new(401, "Missing API key");
/// assert_eq!(refusal.to_string(), "Missing API key");
/// ```
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{detail}")]
#[non_exhaustive]
pub struct Refusal {
    /// The status of HTTP that says it best. A protocol may answer with another one.
    pub status: u16,
    /// What is wrong, for people.
    pub detail: String,
    /// The place of the entry that is refused, from 0.
    pub index: Option<usize>,
}

impl Refusal {
    /// Returns a refusal of a request as a whole.
    pub fn new(status: u16, detail: impl Into<String>) -> Self {
        Self {
            status,
            detail: detail.into(),
            index: None,
        }
    }

    /// Returns the refusal of a request for an entry that cannot be stored.
    pub fn of_entry(index: usize, detail: impl Into<String>) -> Self {
        Self {
            index: Some(index),
            ..Self::new(400, detail)
        }
    }

    pub(crate) fn malformed(detail: impl Into<String>) -> Self {
        Self::new(400, detail)
    }

    pub(crate) fn too_large(detail: impl Into<String>) -> Self {
        Self::new(413, detail)
    }

    pub(crate) fn unsupported(detail: impl Into<String>) -> Self {
        Self::new(415, detail)
    }
}
