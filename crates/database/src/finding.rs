use central_logger_text::Report;
use std::error::Error;

/// What a database says of itself that an operator should know.
///
/// # Examples
///
/// ```
/// use central_logger_database::Finding;
///
/// let found = Finding::problem("partitions", "none for next month: run `migrate`");
/// assert!(!found.is_ok);
/// ```
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct Finding {
    /// What was looked at, in one word.
    pub check: &'static str,
    /// Whether all is well.
    pub is_ok: bool,
    /// What was found and, unless all is well, how to fix it.
    pub detail: String,
}

impl Finding {
    /// Says that all is well.
    pub fn ok(check: &'static str, detail: impl Into<String>) -> Self {
        Self {
            check,
            is_ok: true,
            detail: detail.into(),
        }
    }

    /// Says what is wrong, and how to fix it.
    pub fn problem(check: &'static str, detail: impl Into<String>) -> Self {
        Self {
            check,
            is_ok: false,
            detail: detail.into(),
        }
    }

    /// Says why it could not be looked at.
    pub fn failed(check: &'static str, error: &(dyn Error + 'static)) -> Self {
        Self::problem(check, Report(error).to_string())
    }
}
