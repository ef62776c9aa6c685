use crate::record::key_record::KeyRecord;
use serde::{Serialize, Serializer};
use std::{fmt, str::FromStr};

/// Which properties of a key the provider has set. A client may only tighten these.
///
/// # Examples
///
/// ```
/// use central_logger_key_store::ProviderSet;
///
/// let set: ProviderSet = "networks expiry".parse()?;
/// assert!(set.networks && set.expiry && !set.rate);
/// assert_eq!(set.to_string(), "networks expiry");
/// assert_eq!(ProviderSet::default().to_string(), "");
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Hash)]
pub struct ProviderSet {
    /// `allowed_from`.
    pub networks: bool,
    /// `rate_limit`.
    pub rate: bool,
    /// `expires_at`.
    pub expiry: bool,
    /// That the key is switched off.
    pub inactive: bool,
}

/// Error returned when parsing a [`ProviderSet`] fails.
///
/// # Examples
///
/// ```
/// use central_logger_key_store::{ProviderSet, record::InvalidProviderSet};
///
/// assert_eq!("scopes".parse::<ProviderSet>(), Err(InvalidProviderSet));
/// ```
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("what the provider has set is some of: networks, rate, expiry, inactive")]
pub struct InvalidProviderSet;

impl ProviderSet {
    /// As if the provider had set all that is set on a key.
    pub fn all_of(record: &KeyRecord) -> Self {
        Self {
            networks: !record.allowed_from.is_empty(),
            rate: record.rate_limit.is_some(),
            expiry: record.expires_at.is_some(),
            inactive: !record.is_active,
        }
    }

    /// Returns the names of what is set, in order.
    pub fn names(self) -> impl Iterator<Item = &'static str> {
        let flags = [
            (self.networks, "networks"),
            (self.rate, "rate"),
            (self.expiry, "expiry"),
            (self.inactive, "inactive"),
        ];
        let set = flags.into_iter().filter(|(is_set, _)| *is_set);
        set.map(|(_, name)| name)
    }
}

impl FromStr for ProviderSet {
    type Err = InvalidProviderSet;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let mut set = Self::default();
        for name in text.split_ascii_whitespace() {
            match name {
                "networks" => set.networks = true,
                "rate" => set.rate = true,
                "expiry" => set.expiry = true,
                "inactive" => set.inactive = true,
                _ => return Err(InvalidProviderSet),
            }
        }
        Ok(set)
    }
}

/// The names, separated by spaces.
impl fmt::Display for ProviderSet {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (place, name) in self.names().enumerate() {
            let separator = if place == 0 { "" } else { " " };
            write!(f, "{separator}{name}")?;
        }
        Ok(())
    }
}

impl Serialize for ProviderSet {
    fn serialize<S: Serializer>(&self, to: S) -> Result<S::Ok, S::Error> {
        to.collect_seq(self.names())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_set_is_written_as_it_is_read() {
        for bits in 0..16_u8 {
            let set = ProviderSet {
                networks: bits & 1 > 0,
                rate: bits & 2 > 0,
                expiry: bits & 4 > 0,
                inactive: bits & 8 > 0,
            };
            assert_eq!(set.to_string().parse(), Ok(set));
        }
        assert_eq!("Rate".parse::<ProviderSet>(), Err(InvalidProviderSet));
    }
}
