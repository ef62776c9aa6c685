//! Rules of a client's own: which foreign field each field of an entry comes from.

mod apply;
mod known;
mod path;
mod reading;

use crate::draft::Target;
use serde::Serialize;
use std::{collections::BTreeMap, fmt};

/// Which foreign fields the fields of an entry come from, for one client.
///
/// What a rule does not find is as the protocol has it; what that does not tell either is the default of the
/// rule.
///
/// # Examples
///
/// ```
/// use central_logger_intake::{Rules, named};
/// use central_logger_intake::Head;
/// use time::OffsetDateTime;
///
/// let rules: Rules = r#"{
///     "workflow": "job.name",
///     "status": {"from": ["state"], "values": {"ok": "SUCCESS"}, "default": "UNKNOWN"}
/// }"#.parse()?;
/// let hook = named("hook").ok_or("it is in the table")?;
/// let now = OffsetDateTime::now_utc();
/// let batch = hook.read(&Head::default(), br#"{"job":{"name":"nightly"},"state":"ok"}"#, now)?;
/// let (entries, _) = rules.apply(batch, now)?.into_parts();
/// assert_eq!((entries[0].workflow(), entries[0].status()), (Some("nightly"), "SUCCESS"));
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize)]
#[serde(transparent)]
pub struct Rules(BTreeMap<RuleField, Rule>);

/// Where one field of an entry comes from.
///
/// # Examples
///
/// ```
/// use central_logger_intake::{RuleField, Rules};
///
/// let rules: Rules = r#"{"workflow": "job"}"#.parse()?;
/// let rule = rules.get(RuleField::Workflow).ok_or("there is one")?;
/// assert_eq!(rule.from, ["job"]);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize)]
pub struct Rule {
    /// Names of foreign fields, the better ones first. A dot leads into an object, and a number into an array.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub from: Vec<String>,
    /// What stands for a value that is found. Others stay as they are.
    #[serde(skip_serializing_if = "BTreeMap::is_empty")]
    pub values: BTreeMap<String, String>,
    /// What the field is when neither the rule nor the protocol finds anything.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub default: Option<String>,
}

/// A field that a rule is about.
///
/// # Examples
///
/// ```
/// use central_logger_intake::RuleField;
///
/// assert_eq!("executed_at".parse(), Ok(RuleField::ExecutedAt));
/// assert!("id".parse::<RuleField>().is_err());
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum RuleField {
    /// Where the program runs.
    Environment,
    /// How it went.
    Status,
    /// What the entry is about.
    Workflow,
    /// The text.
    Message,
    /// When it happened, in any form that is understood.
    ExecutedAt,
    /// The sender's id of the entry.
    EventId,
    /// The run of the workflow that the entry belongs to.
    RunId,
}

/// A text that is no rules.
///
/// # Examples
///
/// ```
/// use central_logger_intake::Rules;
///
/// let error = r#"{"id": "x"}"#.parse::<Rules>().unwrap_err();
/// assert!(error.to_string().starts_with("id is no field of rules"));
/// ```
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{0}")]
pub struct InvalidRules(String);

impl InvalidRules {
    /// Returns an error that says what is wrong.
    pub fn new(text: impl Into<String>) -> Self {
        Self(text.into())
    }
}

impl Rules {
    /// The most names of foreign fields in a rule.
    pub const MAX_NAMES: usize = 16;
    /// The most values that a rule replaces.
    pub const MAX_VALUES: usize = 64;
    /// The longest name, value or default, in bytes.
    pub const MAX_TEXT: usize = 256;

    /// Returns whether there is no rule.
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// Returns the rule of a field.
    pub fn get(&self, field: RuleField) -> Option<&Rule> {
        self.0.get(&field)
    }
}

impl RuleField {
    /// Each of them.
    pub const ALL: [Self; 7] = [
        Self::Environment,
        Self::Status,
        Self::Workflow,
        Self::Message,
        Self::ExecutedAt,
        Self::EventId,
        Self::RunId,
    ];

    /// Its name, which is that of the member of an entry.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Environment => "environment",
            Self::Status => "status",
            Self::Workflow => "workflow",
            Self::Message => "message",
            Self::ExecutedAt => "executed_at",
            Self::EventId => "event_id",
            Self::RunId => "run_id",
        }
    }

    /// The field of a draft; none of what is an attribute.
    fn target(self) -> Option<Target> {
        Some(match self {
            Self::Environment => Target::Environment,
            Self::Status => Target::Status,
            Self::Workflow => Target::Workflow,
            Self::Message => Target::Message,
            Self::ExecutedAt => Target::Time,
            Self::EventId => Target::EventId,
            Self::RunId => return None,
        })
    }
}

impl fmt::Display for RuleField {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}
