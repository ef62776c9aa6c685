use super::{AttributeFilter, ValueFilter};
use crate::{
    entries::{Candidate, LogField},
    json::Members,
    validation::{ValidationError, ValidationErrors},
};
use central_logger_search_words::Words;
use std::collections::BTreeMap;

/// What entries must have, and what they must not have, whatever their time; by default all are asked for.
///
/// # Examples
///
/// ```
/// use central_logger_log_store::{LogSearch, entries::Candidate};
///
/// let pairs = [("status", "FAILED"), ("status", "ERROR"), ("not.attr.host.name", "h7")];
/// let pairs = pairs.map(|(name, value)| (name.to_owned(), value.to_owned()));
/// let filter = LogSearch::from_pairs(pairs)?.filter;
/// let mut entry = Candidate {
///     environment: "production",
///     status: "ERROR",
///     workflow: None,
///     message: None,
///     extra: Some(r#"{"host":{"name":"h6"}}"#),
/// };
/// assert!(filter.matches(&entry));
/// entry.extra = Some(r#"{"host.name":"h7"}"#);
/// assert!(!filter.matches(&entry));
/// # Ok::<(), central_logger_log_store::ValidationErrors>(())
/// ```
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct LogFilter {
    fields: BTreeMap<LogField, ValueFilter>,
    words: Words,
    attributes: Vec<AttributeFilter>,
}

/// What a parameter is about.
enum Subject<'a> {
    Words,
    Field(LogField),
    Attribute(&'a str),
}

/// The beginning of the names of parameters that exclude.
const NOT: &str = "not.";

/// The beginning of the names of parameters for attributes.
const ATTRIBUTE: &str = "attr.";

impl LogFilter {
    /// The most words, and the most attributes.
    pub const MAX_TERMS: usize = 16;

    /// Returns whether a parameter of this name is part of a filter.
    pub(crate) fn is_parameter(name: &str) -> bool {
        subject_of(name).is_some()
    }

    /// Takes those parameters. Several of one name, but for `q`, ask for any of their values.
    pub(crate) fn from_pairs(pairs: Vec<(String, String)>) -> Result<Self, ValidationErrors> {
        let mut filter = Self::default();
        let mut errors = ValidationErrors::default();
        for (name, value) in pairs {
            if let Err(message) = filter.take(&name, value) {
                errors.push(ValidationError::new(name, message));
            }
        }
        match errors.is_empty() {
            true => Ok(filter),
            false => Err(errors),
        }
    }

    fn take(&mut self, name: &str, value: String) -> Result<(), String> {
        let (subject, is_excluded) =
            subject_of(name).ok_or_else(|| ValidationError::UNKNOWN_PARAMETER.to_owned())?;
        match subject {
            Subject::Words => self.take_words(&value),
            Subject::Field(_) if value.is_empty() => Err("is empty".to_owned()),
            Subject::Field(field) => {
                let values = self.fields.entry(field).or_default();
                values.add(value, is_excluded)
            }
            Subject::Attribute(path) => self.attribute(path)?.values.add(value, is_excluded),
        }
    }

    fn take_words(&mut self, text: &str) -> Result<(), String> {
        if !self.words.is_empty() {
            return Err("is given twice".to_owned());
        }
        self.words = Words::of(text);
        match self.words.len() {
            0 => Err("must have a word: letters or digits".to_owned()),
            1..=Self::MAX_TERMS => Ok(()),
            _ => Err(format!("must have at most {} words", Self::MAX_TERMS)),
        }
    }

    fn attribute(&mut self, path: &str) -> Result<&mut AttributeFilter, String> {
        let held = self.attributes.iter().position(|held| held.path() == path);
        let place = held.unwrap_or(self.attributes.len());
        if place == Self::MAX_TERMS {
            return Err(format!("is one of more than {} members", Self::MAX_TERMS));
        }
        if held.is_none() {
            self.attributes.push(AttributeFilter::new(path)?);
        }
        Ok(&mut self.attributes[place])
    }

    /// Returns the fields that are filtered, and by which values.
    pub fn fields(&self) -> impl Iterator<Item = (LogField, &ValueFilter)> {
        self.fields.iter().map(|(field, values)| (*field, values))
    }

    /// Returns the words that the message must have.
    pub fn words(&self) -> &Words {
        &self.words
    }

    /// Returns the attributes that are filtered.
    pub fn attributes(&self) -> &[AttributeFilter] {
        &self.attributes
    }

    /// Returns whether all entries are asked for.
    pub fn is_empty(&self) -> bool {
        self.fields.is_empty() && !self.reads_text()
    }

    /// Returns whether the message or the attributes of an entry must be read to judge it.
    pub fn reads_text(&self) -> bool {
        !self.words.is_empty() || !self.attributes.is_empty()
    }

    /// Returns whether a word is asked for that no text of ASCII alone can have.
    pub fn asks_beyond_ascii(&self) -> bool {
        self.words.iter().any(|word| !word.is_ascii())
    }

    /// Returns the longest of the words. A text of ASCII alone without it, in any case, does not match.
    pub fn longest_word(&self) -> Option<&String> {
        self.words.iter().max_by_key(|word| word.len())
    }

    /// Returns whether an entry has all that is asked for: the fields and attributes the values, and its
    /// message the words, in any order.
    pub fn matches(&self, candidate: &Candidate<'_>) -> bool {
        self.has_fields(candidate)
            && self.words.are_in(candidate.message.unwrap_or_default())
            && self.has_attributes(candidate.extra)
    }

    fn has_fields(&self, candidate: &Candidate<'_>) -> bool {
        self.fields()
            .all(|(field, values)| values.accepts(candidate.field(field).as_slice()))
    }

    fn has_attributes(&self, extra: Option<&str>) -> bool {
        if self.attributes.is_empty() {
            return true;
        }
        let none = Members(Vec::new());
        let members = extra.and_then(|extra| serde_json::from_str(extra).ok());
        let members = members.unwrap_or(none);
        self.attributes.iter().all(|asked| asked.matches(&members))
    }
}

/// Returns what the parameter `name` is about, and whether it excludes.
fn subject_of(name: &str) -> Option<(Subject<'_>, bool)> {
    if name == "q" {
        return Some((Subject::Words, false));
    }
    let excluded = name.strip_prefix(NOT);
    let name = excluded.unwrap_or(name);
    let subject = match name.strip_prefix(ATTRIBUTE) {
        Some(path) => Subject::Attribute(path),
        None => Subject::Field(LogField::of_name(name)?),
    };
    Some((subject, excluded.is_some()))
}
