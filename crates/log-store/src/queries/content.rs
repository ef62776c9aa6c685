use crate::{
    entries::Candidate,
    json::Members,
    validation::{ValidationError, ValidationErrors},
};
use central_logger_search_words::Words;
use std::borrow::Cow;

/// The words and attributes that an entry must have; by default none.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Content {
    words: Words,
    /// Names of attributes, and their values.
    attributes: Vec<(String, String)>,
}

/// The most words, and the most attributes.
const MAX_TERMS: usize = 16;

impl Content {
    /// The beginning of the names of parameters for attributes.
    const ATTRIBUTE: &str = "attr.";

    /// Returns whether a parameter of this name is about content.
    pub(crate) fn is_parameter(name: &str) -> bool {
        name == "q" || name.starts_with(Self::ATTRIBUTE)
    }

    /// Takes those parameters.
    pub(crate) fn from_pairs(pairs: Vec<(String, String)>) -> Result<Self, ValidationErrors> {
        let mut content = Self::default();
        let mut errors = ValidationErrors::default();
        for (name, value) in pairs {
            if let Err(message) = content.take(&name, value) {
                errors.push(ValidationError::new(name, message));
            }
        }
        match errors.is_empty() {
            true => Ok(content),
            false => Err(errors),
        }
    }

    fn take(&mut self, name: &str, value: String) -> Result<(), &'static str> {
        let Some(member) = name.strip_prefix(Self::ATTRIBUTE) else {
            if !self.words.is_empty() {
                return Err("is given twice");
            }
            self.words = Words::of(&value);
            return match self.words.len() {
                0 => Err("must have a word: letters or digits"),
                1..=MAX_TERMS => Ok(()),
                _ => Err("must have at most 16 words"),
            };
        };
        if self.attributes.iter().any(|(name, _)| name == member) {
            return Err("is given twice");
        }
        self.attributes.push((member.to_owned(), value));
        match self.attributes.len() {
            ..=MAX_TERMS => Ok(()),
            _ => Err("is one of more than 16"),
        }
    }

    /// Returns whether a word is asked for that no text of ASCII alone can have.
    pub fn asks_beyond_ascii(&self) -> bool {
        self.words.iter().any(|word| !word.is_ascii())
    }

    /// Returns the longest of the words. A text of ASCII alone without it, in any case, does not match.
    pub fn longest_word(&self) -> Option<&String> {
        self.words.iter().max_by_key(|word| word.len())
    }

    /// Returns the name of an attribute and its value. A text without backslashes that lacks one of them does
    /// not match.
    pub fn first_attribute(&self) -> Option<(&String, &String)> {
        self.attributes.first().map(|(name, value)| (name, value))
    }

    /// Returns whether nothing is asked for.
    pub fn is_empty(&self) -> bool {
        *self == Self::default()
    }

    /// Returns whether the message of an entry has all of the words, in any order, and its
    /// attributes have these values.
    pub(crate) fn matches(&self, candidate: &Candidate<'_>) -> bool {
        self.words.are_in(candidate.message.unwrap_or_default())
            && self.has_attributes(candidate.extra)
    }

    fn has_attributes(&self, extra: Option<&str>) -> bool {
        if self.attributes.is_empty() {
            return true;
        }
        let Some(Ok(Members(members))) = extra.map(serde_json::from_str) else {
            return false;
        };
        let has = |(name, value): &(String, String)| {
            members.iter().any(|(found, held)| {
                text_of(found.get()).is_some_and(|found| found == *name)
                    && text_of(held.get()).is_some_and(|held| held == *value)
            })
        };
        self.attributes.iter().all(has)
    }
}

/// Returns what a JSON string says; a number, `true`, `false` or `null` as it is written. Arrays and objects
/// have no such text.
fn text_of(json: &str) -> Option<Cow<'_, str>> {
    match json.as_bytes().first()? {
        b'"' => serde_json::from_str(json).ok().map(Cow::Owned),
        b'[' | b'{' => None,
        _ => Some(Cow::Borrowed(json)),
    }
}
