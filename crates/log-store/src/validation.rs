//! Values that are not accepted, of entries and of parameters.

use serde::Serialize;
use std::ops::Deref;

/// A value that is not accepted.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, thiserror::Error)]
#[error("{field}: {message}")]
pub struct ValidationError {
    /// The place of the entry in the array that was sent.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub index: Option<usize>,
    /// The name of the member or parameter; empty for an entry as a whole.
    pub field: String,
    /// A description of what is wrong with it.
    pub message: String,
}

/// Values that are not accepted: the first of them, and how many more there are.
#[derive(Debug, Clone, Default, PartialEq, Eq, thiserror::Error)]
#[error("{} values are not accepted", .listed.len() + .more)]
pub struct ValidationErrors {
    listed: Vec<ValidationError>,
    more: usize,
}

impl ValidationError {
    /// The message for a parameter that a call does not know.
    pub(crate) const UNKNOWN_PARAMETER: &str = "is no parameter of this call";

    /// Returns an error of a value that is not in an array.
    pub fn new(field: impl Into<String>, message: impl Into<String>) -> Self {
        Self {
            index: None,
            field: field.into(),
            message: message.into(),
        }
    }
}

impl ValidationErrors {
    /// The most errors that are listed.
    pub const MAX_LISTED: usize = 100;

    /// Returns how many errors are not listed.
    pub fn more(&self) -> usize {
        self.more
    }

    /// Adds an error, to the list while it has room.
    pub fn push(&mut self, error: ValidationError) {
        match self.listed.len() {
            Self::MAX_LISTED.. => self.more += 1,
            _ => self.listed.push(error),
        }
    }

    /// Adds the errors of the entry at `index` of an array.
    pub fn extend_from_entry(&mut self, index: usize, errors: Self) {
        self.more += errors.more;
        self.extend(errors.listed.into_iter().map(|error| ValidationError {
            index: Some(index),
            ..error
        }));
    }

    /// Returns the list, and how many more errors there are.
    pub fn into_parts(self) -> (Vec<ValidationError>, usize) {
        (self.listed, self.more)
    }
}

/// Shows the errors that are listed.
impl Deref for ValidationErrors {
    type Target = [ValidationError];

    fn deref(&self) -> &[ValidationError] {
        &self.listed
    }
}

impl Extend<ValidationError> for ValidationErrors {
    fn extend<I: IntoIterator<Item = ValidationError>>(&mut self, errors: I) {
        errors.into_iter().for_each(|error| self.push(error));
    }
}

impl FromIterator<ValidationError> for ValidationErrors {
    fn from_iter<I: IntoIterator<Item = ValidationError>>(errors: I) -> Self {
        let mut all = Self::default();
        all.extend(errors);
        all
    }
}

impl From<ValidationError> for ValidationErrors {
    fn from(error: ValidationError) -> Self {
        Self::from_iter([error])
    }
}

/// Goes through the errors that are listed.
impl IntoIterator for ValidationErrors {
    type Item = ValidationError;
    type IntoIter = std::vec::IntoIter<ValidationError>;

    fn into_iter(self) -> Self::IntoIter {
        self.listed.into_iter()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn many(count: usize) -> ValidationErrors {
        let numbers = 0..count;
        let errors = numbers.map(|number| ValidationError::new(number.to_string(), "is wrong"));
        errors.collect()
    }

    #[test]
    fn a_hundred_are_listed_and_the_others_counted() {
        let mut errors = many(250);
        assert_eq!((errors.len(), errors.more()), (100, 150));
        errors.extend_from_entry(3, many(130));
        assert_eq!((errors.len(), errors.more()), (100, 280));
        assert_eq!(errors.to_string(), "380 values are not accepted");
        assert_eq!(errors[7].to_string(), "7: is wrong");
    }
}
