//! Which server follows, and whether one did all the time.

use crate::{
    FollowError, Follower,
    batch::Moment,
    note::{self, Note, Read},
};
use central_logger_workflows::WorkflowError;
use time::{Duration, OffsetDateTime};

impl Follower {
    /// Nobody has looked for so long: an outage.
    const OUTAGE: Duration = Duration::seconds(90);
    /// The leader notes that it leads at least so often.
    const RENEWAL: Duration = Duration::seconds(4);

    /// Takes or keeps the leadership.
    pub(crate) async fn lead(&self, now: OffsetDateTime) -> Result<Option<Read>, FollowError> {
        let Some(Read { note, revision }) = note::read(&*self.store).await? else {
            let note = Note {
                place: self.logs.position().await?.as_str().to_owned(),
                leader: self.id,
                looked_at: now,
                blind_until: None,
            };
            // One that cannot be read is in the way.
            let read = self.store.follower().await?;
            let expected = read.map(|read| read.revision);
            return self.note(expected, &note).await;
        };
        let quiet = now - note.looked_at;
        // The clocks of servers differ a little.
        if note.leader != self.id && (-Self::LEADERSHIP..Self::LEADERSHIP).contains(&quiet) {
            return Ok(None);
        }
        if note.leader == self.id && (Duration::ZERO..Self::RENEWAL).contains(&quiet) {
            return Ok(Some(Read { note, revision }));
        }
        let was_out = !(-Self::OUTAGE..Self::OUTAGE).contains(&quiet);
        if was_out {
            tracing::info!(
                seconds = quiet.whole_seconds(),
                "nobody has watched workflows for a time: what spools deliver is waited for"
            );
        }
        let blind_until = match was_out {
            true => Some(now + Self::HOLD),
            false => note.blind_until.filter(|until| *until > now),
        };
        if quiet < -Self::OUTAGE {
            // Before it is noted, so that it is done again after a crash. Others may do so, too.
            self.look_at_all(Moment { now, blind_until }).await?;
        }
        let note = Note {
            leader: self.id,
            looked_at: now,
            blind_until,
            ..note
        };
        self.note(Some(revision), &note).await
    }

    /// Nothing when another was faster.
    pub(crate) async fn note(
        &self,
        expected: Option<i64>,
        note: &Note,
    ) -> Result<Option<Read>, FollowError> {
        let body = serde_json::to_string(note).map_err(WorkflowError::Unwritable)?;
        let is_noted = self.store.set_follower(expected, &body).await?;
        Ok(is_noted.then(|| Read {
            note: note.clone(),
            revision: expected.map_or(1, |revision| revision + 1),
        }))
    }
}
