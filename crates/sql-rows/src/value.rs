use std::borrow::Cow;
use time::OffsetDateTime;

/// A value to be bound in a statement. Its kind is known when it is null, too.
///
/// This is exhaustive, so that every database binds each kind.
#[derive(Debug, Clone, PartialEq)]
pub enum Value<'a> {
    /// Text, or null.
    Text(Option<Cow<'a, str>>),
    /// A whole number, or null.
    Integer(Option<i64>),
    /// Yes or no.
    Flag(bool),
    /// Bytes, or null.
    Bytes(Option<Vec<u8>>),
    /// A point in time, or null.
    Time(Option<OffsetDateTime>),
}

/// Returns `number` as databases store it. No counter gets so far that it does not fit.
pub fn signed(number: u64) -> i64 {
    i64::try_from(number).unwrap_or(i64::MAX)
}

/// Returns what [`signed`] has stored.
pub fn unsigned(number: i64) -> u64 {
    u64::try_from(number).unwrap_or(0)
}

impl<'a> Value<'a> {
    /// Text that may be missing.
    pub(crate) fn text(text: Option<&'a str>) -> Self {
        Self::Text(text.map(Cow::Borrowed))
    }

    /// What is written as text and may be missing.
    pub(crate) fn shown(shown: Option<impl ToString>) -> Self {
        Self::Text(shown.map(|shown| Cow::Owned(shown.to_string())))
    }

    /// A number that may be missing.
    pub(crate) fn number(number: Option<u64>) -> Self {
        Self::Integer(number.map(signed))
    }
}

impl<'a> From<&'a str> for Value<'a> {
    fn from(text: &'a str) -> Self {
        Self::text(Some(text))
    }
}

impl From<String> for Value<'_> {
    fn from(text: String) -> Self {
        Self::Text(Some(Cow::Owned(text)))
    }
}

impl From<u64> for Value<'_> {
    fn from(number: u64) -> Self {
        Self::number(Some(number))
    }
}

impl From<bool> for Value<'_> {
    fn from(flag: bool) -> Self {
        Self::Flag(flag)
    }
}

impl From<OffsetDateTime> for Value<'_> {
    fn from(time: OffsetDateTime) -> Self {
        Self::Time(Some(time))
    }
}

impl From<Option<OffsetDateTime>> for Value<'_> {
    fn from(time: Option<OffsetDateTime>) -> Self {
        Self::Time(time)
    }
}
