use serde::Serialize;
use std::ops::Deref;

/// One value that is not accepted.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Fault {
    /// The place of the entry in the array that was sent.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub index: Option<usize>,
    /// The name of the member or parameter.
    pub field: String,
    /// What is wrong with it.
    pub message: String,
}

/// Values that are not accepted: the first of them, and how many more there are.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Faults {
    listed: Vec<Fault>,
    more: usize,
}

impl Fault {
    /// What is wrong with a parameter that a call does not know.
    pub(crate) const UNKNOWN_PARAMETER: &str = "is no parameter of this call";

    /// What is wrong with a value that is not in an array.
    pub fn new(field: impl Into<String>, message: impl Into<String>) -> Self {
        Self {
            index: None,
            field: field.into(),
            message: message.into(),
        }
    }
}

impl Faults {
    /// How many are listed at most.
    pub const MAX_LISTED: usize = 100;

    /// Those that are not listed.
    pub fn more(&self) -> usize {
        self.more
    }

    /// Adds one, to the list while it has room.
    pub fn push(&mut self, fault: Fault) {
        match self.listed.len() {
            Self::MAX_LISTED.. => self.more += 1,
            _ => self.listed.push(fault),
        }
    }

    /// Adds those of the entry at `index` of an array.
    pub(crate) fn add_of_entry(&mut self, index: usize, faults: Self) {
        self.more += faults.more;
        self.extend(faults.listed.into_iter().map(|fault| Fault {
            index: Some(index),
            ..fault
        }));
    }

    /// The list, and how many more there are.
    pub fn into_parts(self) -> (Vec<Fault>, usize) {
        (self.listed, self.more)
    }
}

/// Those that are listed.
impl Deref for Faults {
    type Target = [Fault];

    fn deref(&self) -> &[Fault] {
        &self.listed
    }
}

impl Extend<Fault> for Faults {
    fn extend<I: IntoIterator<Item = Fault>>(&mut self, faults: I) {
        faults.into_iter().for_each(|fault| self.push(fault));
    }
}

impl FromIterator<Fault> for Faults {
    fn from_iter<I: IntoIterator<Item = Fault>>(faults: I) -> Self {
        let mut all = Self::default();
        all.extend(faults);
        all
    }
}

impl From<Fault> for Faults {
    fn from(fault: Fault) -> Self {
        Self::from_iter([fault])
    }
}

/// Those that are listed.
impl IntoIterator for Faults {
    type Item = Fault;
    type IntoIter = std::vec::IntoIter<Fault>;

    fn into_iter(self) -> Self::IntoIter {
        self.listed.into_iter()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_hundred_are_listed_and_the_others_counted() {
        let mut faults: Faults = (0..250).map(|n| Fault::new(n.to_string(), "")).collect();
        assert_eq!((faults.len(), faults.more()), (100, 150));
        let of_entry = (0..130).map(|n| Fault::new(n.to_string(), "")).collect();
        faults.add_of_entry(3, of_entry);
        assert_eq!((faults.len(), faults.more()), (100, 280));
    }
}
