use crate::PresentedCredential;

/// The one key among all the values of a request that may be one.
pub(crate) enum CollectedCredential<K> {
    None,
    Conflicting,
    One(K),
}

impl<K: AsRef<[u8]>> CollectedCredential<K> {
    /// Empty values carry no key, and the same key may stand in several places.
    pub(crate) fn add(&mut self, key: K) {
        match self {
            _ if key.as_ref().is_empty() => {}
            Self::None => *self = Self::One(key),
            Self::One(first) if first.as_ref() == key.as_ref() => {}
            Self::One(_) | Self::Conflicting => *self = Self::Conflicting,
        }
    }

    pub(crate) fn presented(&self) -> PresentedCredential<'_> {
        match self {
            Self::None => PresentedCredential::Missing,
            Self::Conflicting => PresentedCredential::Conflicting,
            Self::One(key) => PresentedCredential::Key(key.as_ref()),
        }
    }
}
