//! The rotation of all keys that are due, for a timer.

use crate::{Delivered, HandOver, HandOverError, Mailed, Outcome, Succession};
use central_logger_key_store::KeyStatus;
use central_logger_keys::{ClientId, KeyId};
use central_logger_operations::keys::{KeyFilter, KeyView};
use central_logger_text::Report;
use futures_util::{StreamExt, stream};
use serde::Serialize;
use std::collections::{BTreeMap, BTreeSet};
use time::{Duration, OffsetDateTime};

/// Which keys are rotated, and which rotations finished.
#[derive(Debug, Clone, Copy)]
pub struct DueRotation {
    /// Keys older than this are due, and weak ones.
    pub age: Duration,
    /// How long a key that is replaced works at most.
    pub grace: Duration,
    /// A key that is replaced is revoked once it was not used for so long, and its successor was used.
    pub finish_idle: Option<Duration>,
}

/// What became of the keys that were due.
#[derive(Debug, Default, Serialize)]
pub struct DueReport {
    /// The keys that took the place of others.
    pub rotated: Vec<Delivered>,
    /// The links that were mailed, now or before: each becomes a key when somebody opens it.
    pub mailed: Vec<Mailed>,
    /// The keys whose rotation is finished: they are revoked.
    pub finished: Vec<KeyId>,
    /// The keys that are rotated in another way: their client has no target, or the target holds another key.
    pub skipped: Vec<Left>,
    /// The keys that are tried again by the next run.
    pub failed: Vec<Left>,
}

/// A key that was not rotated.
#[derive(Debug, Clone, Serialize)]
pub struct Left {
    /// The key.
    pub key_id: KeyId,
    /// The client that it belongs to.
    pub client_id: Option<ClientId>,
    /// The kind of reason in one word.
    pub code: &'static str,
    /// The reason.
    pub message: String,
}

/// What is done about one key.
enum Job {
    /// It is due.
    Rotate(KeyView),
    /// It is pending, and no successor of a key that is due.
    TakeUp(KeyView),
    /// It was replaced, and is idle.
    Finish(KeyView),
}

/// What came of it.
enum Done {
    HandedOver(Outcome),
    Finished(KeyId),
    Left(Box<KeyView>, HandOverError),
    /// It was pending and nowhere.
    GivenUp,
}

/// So many targets are asked at a time.
pub(crate) const AT_A_TIME: usize = 16;

impl HandOver {
    /// Rotates all keys that are due, takes up what was left pending, and finishes rotations whose old key is
    /// idle. `tell` learns how many of how many are done.
    ///
    /// # Errors
    /// When the keys cannot be listed. What fails for one key stands in the report.
    pub async fn rotate_due(
        &self,
        due: &DueRotation,
        mut tell: impl FnMut(usize, usize),
    ) -> Result<DueReport, HandOverError> {
        let keys = self.operations.list(&KeyFilter::default()).await?.keys;
        let jobs = jobs(keys, due, self.clock.now());
        let total = jobs.len();
        let done = stream::iter(jobs).map(|job| self.run(job, due));
        let mut done = done.buffer_unordered(AT_A_TIME).enumerate();
        let mut report = DueReport::default();
        for (client, mailed) in self.mail_unused_anew().await? {
            match mailed {
                Ok(mailed) => report.mailed.push(mailed),
                Err(error) => {
                    let evidence = Report(&error).to_string();
                    self.alert(&client, None, evidence).await;
                }
            }
        }
        while let Some((number, done)) = done.next().await {
            tell(number + 1, total);
            report.add(done);
        }
        Ok(report)
    }

    async fn run(&self, job: Job, due: &DueRotation) -> Done {
        let how = Succession {
            grace: due.grace,
            expires_at: None,
            overwrite: false,
        };
        match job {
            Job::Rotate(key) => match self.rotate(&key.key_id, how).await {
                Ok(outcome) => Done::HandedOver(outcome),
                Err(error) => {
                    // Another run may just be at it, and nothing has failed then.
                    let is_under_way = matches!(error, HandOverError::UnderWay { .. });
                    if !error.is_not_meant() && !is_under_way {
                        self.tell_undelivered(&key, &error).await;
                    }
                    Done::Left(Box::new(key), error)
                }
            },
            Job::TakeUp(key) => match self.take_up(&key, due.grace).await {
                Ok(Some(delivered)) => Done::HandedOver(delivered.into()),
                Ok(None) => Done::GivenUp,
                Err(error) => Done::Left(Box::new(key), error),
            },
            Job::Finish(key) => match self
                .in_turn(self.operations.finish_rotation(&key.key_id))
                .await
            {
                Ok(finished) => {
                    drop(finished.not_waiting());
                    Done::Finished(key.key_id)
                }
                Err(error) => Done::Left(Box::new(key), error.into()),
            },
        }
    }

    async fn tell_undelivered(&self, key: &KeyView, error: &HandOverError) {
        if let Some(client) = &key.client_id {
            let evidence = format!("its successor could not be handed over: {}", Report(error));
            self.alert(client, Some(&key.key_id), evidence).await;
        }
    }
}

fn jobs(keys: Vec<KeyView>, due: &DueRotation, now: OffsetDateTime) -> Vec<Job> {
    let successors: BTreeMap<_, _> = keys
        .iter()
        .filter_map(|key| {
            Some((
                key.replaces.clone()?,
                key.last_used_at.map(|_| key.created_at),
            ))
        })
        .collect();
    let is_due = |key: &KeyView| {
        let is_old = key.is_weak || now - key.created_at > due.age;
        let is_whole = key.status == KeyStatus::Active && key.grace_ends_at.is_none();
        is_old && is_whole && !key.pending
    };
    let is_idle = |key: &KeyView| {
        let (Some(idle), Some(Some(replaced_at))) = (due.finish_idle, successors.get(&key.key_id))
        else {
            return false;
        };
        let is_in_grace = key.status == KeyStatus::Active && key.grace_ends_at.is_some();
        let last_seen = key.last_used_at.max(Some(*replaced_at));
        is_in_grace && last_seen.is_some_and(|seen| now - seen >= idle)
    };
    let due_ids = keys.iter().filter(|key| is_due(key));
    let due_ids: BTreeSet<_> = due_ids.map(|key| key.key_id.clone()).collect();
    let is_left = |key: &KeyView| {
        let replaced = key.replaces.as_ref();
        key.pending && !replaced.is_some_and(|id| due_ids.contains(id))
    };
    let job = |key: KeyView| match (is_due(&key), is_left(&key), is_idle(&key)) {
        (true, ..) => Some(Job::Rotate(key)),
        (_, true, _) => Some(Job::TakeUp(key)),
        (.., true) => Some(Job::Finish(key)),
        _ => None,
    };
    keys.into_iter().filter_map(job).collect()
}

impl DueReport {
    fn add(&mut self, done: Done) {
        match done {
            Done::HandedOver(Outcome::Delivered(delivered)) => self.rotated.push(*delivered),
            Done::HandedOver(Outcome::Mailed(mailed)) => self.mailed.push(mailed),
            Done::Finished(id) => self.finished.push(id),
            Done::GivenUp => {}
            Done::Left(key, error) => {
                let is_not_meant = error.is_not_meant();
                let left = Left {
                    key_id: key.key_id,
                    client_id: key.client_id,
                    code: error.code(),
                    message: Report(&error).to_string(),
                };
                match is_not_meant {
                    true => self.skipped.push(left),
                    false => self.failed.push(left),
                }
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use central_logger_key_store::NewKey;
    use time::macros::datetime;

    const NOW: OffsetDateTime = datetime!(2026-03-01 12:00 UTC);
    const DUE: DueRotation = DueRotation {
        age: Duration::days(90),
        grace: Duration::days(30),
        finish_idle: Some(Duration::DAY),
    };

    fn key(id: &str, age: Duration) -> KeyView {
        let new = NewKey::for_client("acme".parse().unwrap());
        let record = new.into_record(id.parse().unwrap(), NOW - age);
        KeyView::of(record, NOW)
    }

    fn finished(old_used: Option<Duration>, new_used: bool, replaced: Duration) -> bool {
        let old = KeyView {
            last_used_at: old_used.map(|ago| NOW - ago),
            grace_ends_at: Some(NOW + Duration::days(20)),
            ..key("000000000001", Duration::days(100))
        };
        let successor = KeyView {
            replaces: Some(old.key_id.clone()),
            last_used_at: new_used.then_some(NOW),
            ..key("000000000002", replaced)
        };
        let jobs = jobs(vec![old, successor], &DUE, NOW);
        matches!(jobs.as_slice(), [Job::Finish(_)])
    }

    #[test]
    fn an_old_key_is_finished_when_it_is_idle_and_its_successor_was_used() {
        let (hour, days) = (Duration::HOUR, Duration::days(2));
        assert!(finished(Some(days), true, days));
        assert!(finished(None, true, days));
        assert!(finished(Some(Duration::DAY), true, days));
        assert!(!finished(Some(hour), true, days), "it was just used");
        assert!(!finished(None, true, hour), "it was just replaced");
        assert!(
            !finished(Some(days), false, days),
            "a monthly job would lose its key"
        );
    }

    #[test]
    fn a_pending_key_is_taken_up_with_the_key_that_it_replaces_or_alone() {
        let old = key("000000000001", Duration::days(91));
        let pending = KeyView {
            pending: true,
            replaces: Some(old.key_id.clone()),
            ..key("000000000002", Duration::HOUR)
        };
        let both = jobs(vec![old, pending.clone()], &DUE, NOW);
        assert!(matches!(both.as_slice(), [Job::Rotate(_)]));
        let alone = jobs(vec![pending], &DUE, NOW);
        assert!(matches!(alone.as_slice(), [Job::TakeUp(_)]));
    }
}
