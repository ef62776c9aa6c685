use crate::entries::LogId;
use std::fmt;

/// A moment in the order in which a store's commits become visible, in words of the store's own.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Position(String);

/// Entries that have become visible behind a [`Position`].
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Arrivals {
    /// The ids of entries, each once, those of earlier commits first; perhaps none.
    pub ids: Vec<LogId>,
    /// The position to go on from.
    pub position: Position,
    /// Whether there is more at this moment.
    pub has_more: bool,
}

impl Position {
    /// Takes the text by which a store knows a position.
    pub fn new(words: impl Into<String>) -> Self {
        Self(words.into())
    }

    /// Returns the store's text.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for Position {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}
