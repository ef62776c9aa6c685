use serde::{Deserialize, Serialize};
use time::{Duration, OffsetDateTime, serde::timestamp::milliseconds};

/// How many messages came for a channel within a minute, so that of a flood one is sent each minute.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Minute {
    #[serde(with = "milliseconds")]
    began_at: OffsetDateTime,
    count: usize,
    /// Whether they were too many before, too.
    is_flooded: bool,
}

impl Minute {
    const LENGTH: Duration = Duration::MINUTE;
    /// No message is held back for longer, by whichever server's clock.
    pub(super) const LONGEST_HOLD: Duration = Duration::minutes(2);

    /// The minute that a message belongs to which comes at that time, behind the `last` one.
    pub(super) fn of(last: Option<&Self>, at: OffsetDateTime) -> Self {
        let last = match last {
            Some(last) if (last.began_at..last.end()).contains(&at) => return last.clone(),
            last => last.filter(|last| (last.end()..last.end() + Self::LENGTH).contains(&at)),
        };
        Self {
            began_at: at,
            count: 0,
            is_flooded: last.is_some_and(|last| last.count > super::Message::FLOOD),
        }
    }

    /// Counts a message that stands for so many, and returns until when it is held back, if it is.
    pub(super) fn count(&mut self, messages: usize) -> Option<OffsetDateTime> {
        let is_flood = self.is_flooded || self.count >= super::Message::FLOOD;
        self.count += messages;
        is_flood.then(|| self.end())
    }

    fn end(&self) -> OffsetDateTime {
        self.began_at + Self::LENGTH
    }
}
