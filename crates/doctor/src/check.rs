use central_logger_text::Report;
use serde::{Serialize, Serializer, ser::SerializeStruct};
use std::error::Error;

/// The outcome of one check.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Check {
    /// What was checked, in one word.
    pub name: &'static str,
    /// How serious the outcome is.
    pub severity: Severity,
    /// What was found and, unless all is well, how to fix it.
    pub detail: String,
}

/// How serious the outcome of a check is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub enum Severity {
    /// Nothing is to be done.
    Ok,
    /// It works, but somebody should know.
    Warning,
    /// It has to be fixed.
    Failure,
}

impl Check {
    pub(super) fn passed(name: &'static str, detail: impl Into<String>) -> Self {
        Self::new(name, Severity::Ok, detail)
    }

    pub(super) fn warning(name: &'static str, detail: impl Into<String>) -> Self {
        Self::new(name, Severity::Warning, detail)
    }

    pub(super) fn failed(name: &'static str, detail: impl Into<String>) -> Self {
        Self::new(name, Severity::Failure, detail)
    }

    /// A check that could not be made, or found an error, which it repeats with its sources.
    pub(super) fn error(name: &'static str, error: &(dyn Error + 'static)) -> Self {
        Self::failed(name, Report(error).to_string())
    }

    fn new(name: &'static str, severity: Severity, detail: impl Into<String>) -> Self {
        Self {
            name,
            severity,
            detail: detail.into(),
        }
    }

    /// Returns whether nothing has to be fixed.
    pub fn ok(&self) -> bool {
        self.severity != Severity::Failure
    }
}

impl Serialize for Check {
    fn serialize<S: Serializer>(&self, to: S) -> Result<S::Ok, S::Error> {
        let mut check = to.serialize_struct("Check", 3)?;
        check.serialize_field("name", self.name)?;
        check.serialize_field("ok", &self.ok())?;
        check.serialize_field("detail", &self.detail)?;
        check.end()
    }
}
