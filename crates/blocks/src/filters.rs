//! What tells, without a block, that it has nothing that is asked for.

mod bloom;
mod collect;
mod members;
mod terms;

pub(crate) use collect::FilterBuilder;

use crate::{Unreadable, checksum, varint::Reader};
use bloom::Bloom;
use central_logger_log_store::{LogId, LogSearch};

/// Filters of a block: where they say no, it has no such entry; where they say yes, it may have one.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Filters {
    /// Words, attributes and labels. Without it, anything may be there.
    terms: Option<Bloom>,
    /// The ids of entries with an event id.
    events: Bloom,
}

impl Filters {
    /// Returns whether there may be entries that `search` asks for, by what they have. The range of ids is
    /// in the [header](crate::BlockHeader::may_have).
    pub fn may_match(&self, search: &LogSearch) -> bool {
        match &self.terms {
            None => true,
            Some(terms) => terms::may_match(&search.filter, |term| terms.may_have(term)),
        }
    }

    /// Returns whether there may be an entry with this id that has an event id.
    pub fn may_have_event(&self, id: LogId) -> bool {
        self.events.may_have(terms::of_event(id))
    }

    /// Returns the bytes to keep.
    pub fn to_bytes(&self) -> Vec<u8> {
        let mut bytes = vec![Self::FORM, u8::from(self.terms.is_some())];
        for filter in [self.terms.as_ref(), Some(&self.events)]
            .into_iter()
            .flatten()
        {
            filter.put(&mut bytes);
        }
        checksum::seal(bytes)
    }

    /// Reads what [`to_bytes`](Self::to_bytes) has made.
    ///
    /// # Errors
    /// When the bytes are anything else.
    pub fn from_bytes(bytes: &[u8]) -> Result<Self, Unreadable> {
        let bytes = checksum::unseal(bytes).ok_or(Unreadable::Checksum)?;
        let mut reader = Reader::new(bytes);
        let form = reader.byte()?;
        if form > Self::FORM {
            return Err(Unreadable::Later(form));
        }
        let terms = match reader.byte()? {
            0 => None,
            _ => Some(Bloom::read(&mut reader)?),
        };
        let events = Bloom::read(&mut reader)?;
        reader.end()?;
        Ok(Self { terms, events })
    }

    const FORM: u8 = 1;
}
