use super::ValueFilter;
use crate::json::{Members, text_of};

/// The values that an attribute must have or must not have.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AttributeFilter {
    path: String,
    last_part: String,
    pub(super) values: ValueFilter,
}

impl AttributeFilter {
    /// The most parts of a path.
    const MAX_PARTS: usize = 16;

    /// A filter that accepts every value.
    pub(super) fn new(path: &str) -> Result<Self, String> {
        if path.contains('\0') {
            return Err("must not contain a NUL character".to_owned());
        }
        if path.split('.').count() > Self::MAX_PARTS {
            return Err(format!("has more than {} parts", Self::MAX_PARTS));
        }
        let last_part = path.rsplit('.').next().unwrap_or_default();
        Ok(Self {
            path: path.to_owned(),
            last_part: last_part.to_owned(),
            values: ValueFilter::default(),
        })
    }

    /// Returns the name of the attribute, or the path to a member within one, with dots between its parts.
    pub fn path(&self) -> &str {
        &self.path
    }

    /// Returns the last part of the path. Each entry with the attribute has it within a name.
    pub fn last_part(&self) -> &String {
        &self.last_part
    }

    /// Returns the values that are asked for.
    pub fn values(&self) -> &ValueFilter {
        &self.values
    }

    /// Returns whether the attributes of an entry have what is asked for.
    pub(super) fn matches(&self, attributes: &Members<'_>) -> bool {
        let held = attributes.find(&self.path);
        let held: Vec<_> = held.iter().filter_map(|value| text_of(value)).collect();
        self.values.accepts(&held)
    }
}
