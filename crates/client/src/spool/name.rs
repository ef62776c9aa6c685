use super::owner::{NoOwner, Owner};
use std::{fmt, str::FromStr};

/// The name of a segment's file. Names are in order of time.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub(super) struct SegmentName {
    /// When it was created, in microseconds since 1970, and a random number.
    id: (u64, u64),
    owner: Owner,
}

impl SegmentName {
    pub(super) fn new(created: u64, owner: Owner) -> Self {
        let random = u64::from_be_bytes(crate::stamp::random_bytes());
        Self {
            id: (created, random),
            owner,
        }
    }

    pub(super) fn owner(&self) -> Owner {
        self.owner
    }

    /// The segment that it names, whoever owns it.
    pub(super) fn id(&self) -> (u64, u64) {
        self.id
    }

    /// Its name after it was taken over.
    pub(super) fn owned_by(&self, owner: Owner) -> Self {
        Self {
            owner,
            ..self.clone()
        }
    }
}

impl fmt::Display for SegmentName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (created, random) = self.id;
        write!(f, "{created:016x}-{random:016x}-{}.spool", self.owner)
    }
}

impl FromStr for SegmentName {
    type Err = NoOwner;

    fn from_str(text: &str) -> Result<Self, NoOwner> {
        let mut parts = text.strip_suffix(".spool").ok_or(NoOwner)?.splitn(3, '-');
        let mut number = || {
            let digits = parts.next().filter(|digits| digits.len() == 16)?;
            let is_hex = digits.bytes().all(|byte| byte.is_ascii_hexdigit());
            is_hex.then(|| u64::from_str_radix(digits, 16).ok())?
        };
        let id = (number().ok_or(NoOwner)?, number().ok_or(NoOwner)?);
        let owner = parts.next().ok_or(NoOwner)?.parse()?;
        Ok(Self { id, owner })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn names_are_in_order_of_time() {
        let owner = Owner::this();
        let (early, late) = (SegmentName::new(9, owner), SegmentName::new(10, owner));
        assert!(early.to_string() < late.to_string());
        assert!(early.id() < late.id());
    }

    #[test]
    fn other_files_are_no_segments() {
        for other in [
            "rejected.ndjson",
            "0-0-1.2.3.spool",
            "x.spool",
            "0000000000000001-000000000000000g-1.2.3.spool",
        ] {
            assert!(other.parse::<SegmentName>().is_err(), "{other}");
        }
    }

    proptest! {
        #[test]
        fn a_name_is_read_back(created in any::<u64>()) {
            let name = SegmentName::new(created, Owner::this());
            prop_assert_eq!(name.to_string().parse::<SegmentName>().unwrap(), name);
        }

        #[test]
        fn no_text_makes_a_panic(text in ".*") {
            let _ = text.parse::<SegmentName>();
        }
    }
}
