use crate::{Delivered, Mailed};
use serde::Serialize;

/// What came of a hand-over.
#[derive(Debug, Clone, Serialize)]
#[serde(untagged)]
pub enum Outcome {
    /// The key is where its client's programs read it.
    Delivered(Box<Delivered>),
    /// A link is on its way to the client, and there is no key yet.
    Mailed(Mailed),
}

impl Outcome {
    /// Returns the key, if it is there.
    pub fn delivered(self) -> Option<Delivered> {
        match self {
            Self::Delivered(delivered) => Some(*delivered),
            Self::Mailed(_) => None,
        }
    }

    /// Returns the link, if one was mailed.
    pub fn mailed(self) -> Option<Mailed> {
        match self {
            Self::Mailed(mailed) => Some(mailed),
            Self::Delivered(_) => None,
        }
    }
}

impl From<Delivered> for Outcome {
    fn from(delivered: Delivered) -> Self {
        Self::Delivered(Box::new(delivered))
    }
}
