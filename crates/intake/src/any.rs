//! A value of any type, from a protocol that has types of its own.

use crate::draft::clean;
use base64ct::{Base64, Encoding};
use serde::{Serialize, Serializer, ser::SerializeMap};
use std::borrow::Cow;

/// The most levels of lists and maps in one another.
pub(crate) const MAX_DEPTH: usize = 64;

#[derive(Debug, Clone, PartialEq, Default)]
pub(crate) enum Any<'a> {
    #[default]
    Null,
    Bool(bool),
    Int(i64),
    Double(f64),
    Text(Cow<'a, str>),
    Bytes(Cow<'a, [u8]>),
    List(Vec<Any<'a>>),
    Map(Pairs<'a>),
}

/// Names and values in their order.
#[derive(Debug, Clone, PartialEq, Default)]
pub(crate) struct Pairs<'a>(pub(crate) Vec<(Cow<'a, str>, Any<'a>)>);

impl<'a> Pairs<'a> {
    /// The text of this name, if it is one.
    pub(crate) fn text(&self, name: &str) -> Option<&str> {
        let found = self.0.iter().find(|(found, _)| found == name);
        match found {
            Some((_, Any::Text(text))) => Some(text),
            _ => None,
        }
    }
}

/// As JSON. Bytes are an object with a member `base64`, so that they are no text; what JSON has no number
/// for is a text.
impl Serialize for Any<'_> {
    fn serialize<S: Serializer>(&self, to: S) -> Result<S::Ok, S::Error> {
        match self {
            Self::Null => to.serialize_unit(),
            Self::Bool(value) => to.serialize_bool(*value),
            Self::Int(value) => to.serialize_i64(*value),
            Self::Double(value) if value.is_finite() => to.serialize_f64(*value),
            Self::Double(value) if value.is_nan() => to.serialize_str("NaN"),
            Self::Double(value) if *value > 0.0 => to.serialize_str("Infinity"),
            Self::Double(_) => to.serialize_str("-Infinity"),
            Self::Text(text) => to.serialize_str(&clean(text)),
            Self::Bytes(bytes) => {
                let mut map = to.serialize_map(Some(1))?;
                map.serialize_entry("base64", &Base64::encode_string(bytes))?;
                map.end()
            }
            Self::List(values) => to.collect_seq(values),
            Self::Map(pairs) => pairs.serialize(to),
        }
    }
}

impl Serialize for Pairs<'_> {
    fn serialize<S: Serializer>(&self, to: S) -> Result<S::Ok, S::Error> {
        let pairs = self.0.iter();
        to.collect_map(pairs.map(|(name, value)| (clean(name), value)))
    }
}
