use crate::entries::{Candidate, LogField};
use serde::{Serialize, Serializer};
use std::{fmt, str::FromStr};

/// The field, or the two fields, by which the entries of a bucket are told apart.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct CountedBy {
    /// The field, or the outer one of two.
    pub first: LogField,
    /// The inner one of two.
    pub second: Option<LogField>,
}

/// Error returned when parsing a `CountedBy` fails.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("must be one or two different of status, environment and workflow, with a comma between")]
pub struct InvalidCountedBy;

impl CountedBy {
    /// Returns the values of an entry: empty ones for a field that it lacks, and where there is no second field.
    pub fn values_of<'a>(&self, candidate: &Candidate<'a>) -> [&'a str; 2] {
        let value = |field| candidate.field(field);
        [Some(self.first), self.second].map(|field| field.and_then(value).unwrap_or_default())
    }
}

impl From<LogField> for CountedBy {
    fn from(first: LogField) -> Self {
        Self {
            first,
            second: None,
        }
    }
}

impl FromStr for CountedBy {
    type Err = InvalidCountedBy;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let field = |name| LogField::of_name(name).ok_or(InvalidCountedBy);
        let Some((first, second)) = text.split_once(',') else {
            return Ok(field(text)?.into());
        };
        let (first, second) = (field(first)?, field(second)?);
        match first == second {
            true => Err(InvalidCountedBy),
            false => Ok(Self {
                first,
                second: Some(second),
            }),
        }
    }
}

impl fmt::Display for CountedBy {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.first.name())?;
        match self.second {
            Some(second) => write!(f, ",{}", second.name()),
            None => Ok(()),
        }
    }
}

impl Serialize for CountedBy {
    fn serialize<S: Serializer>(&self, to: S) -> Result<S::Ok, S::Error> {
        to.collect_str(self)
    }
}
