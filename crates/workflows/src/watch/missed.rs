//! Runs that were expected and did not start.

use super::{Look, Watch};
use crate::{Incident, IncidentChange, IncidentKind, IncidentNews, Run, Schedule, WorkflowState};
use serde::{Deserialize, Serialize};
use time::{Duration, OffsetDateTime, serde::timestamp::milliseconds};

/// An incident about runs that did not start.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Missed {
    pub(super) incident: Incident,
    slot: Slot,
    /// How many runs in a row did not start.
    count: u32,
}

/// A time at which a run is expected.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
struct Slot {
    #[serde(with = "milliseconds")]
    expected_at: OffsetDateTime,
    /// A run that starts from then on is the one that is expected.
    #[serde(with = "milliseconds")]
    from: OffsetDateTime,
    /// A run that starts from then on is another one.
    #[serde(with = "milliseconds")]
    until: OffsetDateTime,
    /// A run that starts later is late.
    #[serde(with = "milliseconds")]
    deadline: OffsetDateTime,
}

/// How much earlier than expected a run may start, since clocks differ.
const EARLY: Duration = Duration::MINUTE;
/// How many times of a cron line are looked at in one look.
const SLOTS: usize = 10_000;
/// Longer than any interval.
const FAR: Duration = Duration::days(20_000);

impl Watch {
    pub(super) fn look_for_missed(
        &mut self,
        look: Look<'_>,
        changes: &mut Vec<IncidentChange>,
    ) -> Option<OffsetDateTime> {
        self.explain(look, changes);
        if let Some(missed) = &self.missed
            && let Some(run) = look.state.run_in(missed.slot)
        {
            self.end_missed(look, &run.clone(), changes);
        }
        match &look.monitor.schedule {
            Schedule::Every(_) => self.look_for_interval(look, changes),
            Schedule::Cron(_) => self.look_for_times(look, changes),
        }
    }

    /// When the next run is expected, if one ever started or the times are those of a clock.
    pub fn next_expected_at(
        &self,
        schedule: &Schedule,
        state: &WorkflowState,
    ) -> Option<OffsetDateTime> {
        match schedule {
            Schedule::Cron(_) => schedule.next_after(self.settled),
            Schedule::Every(_) => {
                let last = state.last_run()?.started_at;
                let next = schedule.next_after(last)?;
                match next < self.since {
                    true => schedule.next_after(self.since),
                    false => Some(next),
                }
            }
        }
    }

    /// Goes from one time of a cron line to the next.
    fn look_for_times(
        &mut self,
        look: Look<'_>,
        changes: &mut Vec<IncidentChange>,
    ) -> Option<OffsetDateTime> {
        // Nobody has said where the workflow runs until it has run.
        let first = look.state.runs().first()?.started_at;
        let schedule = &look.monitor.schedule;
        self.settled = self.settled.max(look.now - FAR);
        for _ in 0..SLOTS {
            let slot = Slot::after(schedule, self.settled, look.monitor.grace.duration())?;
            let is_forgotten = look
                .state
                .known_since()
                .is_some_and(|since| slot.until <= since);
            if let Some(run) = look.state.run_in(slot) {
                self.settled = slot.expected_at;
                self.end_missed(look, &run.clone(), changes);
                continue;
            }
            if is_forgotten || slot.until <= first {
                self.settled = slot.expected_at;
                continue;
            }
            if look.now < slot.deadline {
                return Some(slot.deadline);
            }
            if look.is_blind {
                return None;
            }
            self.note_missed(look, slot, changes);
            if look.now < slot.until {
                return Some(slot.until);
            }
            self.settled = slot.expected_at;
        }
        Some(look.now)
    }

    fn look_for_interval(
        &mut self,
        look: Look<'_>,
        changes: &mut Vec<IncidentChange>,
    ) -> Option<OffsetDateTime> {
        let schedule = &look.monitor.schedule;
        let expected_at = self.next_expected_at(schedule, look.state)?;
        let slot = Slot {
            expected_at,
            from: look.state.last_run()?.started_at + Duration::MILLISECOND,
            until: expected_at + FAR,
            deadline: expected_at + look.monitor.grace.duration(),
        };
        if look.now < slot.deadline {
            return Some(slot.deadline);
        }
        if !look.is_blind && self.missed.is_none() {
            self.note_missed(look, slot, changes);
        }
        None
    }

    fn note_missed(&mut self, look: Look<'_>, slot: Slot, changes: &mut Vec<IncidentChange>) {
        match &mut self.missed {
            None => {
                let evidence = evidence(look, slot, 1);
                let kind = IncidentKind::RunMissed;
                let incident = Incident::new(kind, look.name, slot.deadline, evidence);
                changes.push(incident.changed(IncidentNews::Began));
                self.missed = Some(Missed {
                    incident,
                    slot,
                    count: 1,
                });
            }
            Some(missed) if slot.expected_at > missed.slot.expected_at => {
                missed.count += 1;
                missed.slot = slot;
                missed.incident.evidence = evidence(look, slot, missed.count);
                // Of many that are seen in one look the last one says it all.
                let id = missed.incident.id;
                changes.retain(|change| {
                    change.incident.id != id || change.news != IncidentNews::Explained
                });
                changes.push(missed.incident.changed(IncidentNews::Explained));
            }
            Some(_) => {}
        }
    }

    fn end_missed(&mut self, look: Look<'_>, run: &Run, changes: &mut Vec<IncidentChange>) {
        let Some(mut missed) = self.missed.take() else {
            return;
        };
        let tell = |time| look.monitor.schedule.tell(time);
        let started = tell(run.started_at);
        match missed.slot.is_kept_by(run) {
            true => {
                let because = format!(
                    "it happened at {started}, reported at {}",
                    tell(run.reported_at)
                );
                missed.incident.end(run.reported_at, &because);
            }
            false => {
                let because = format!("a run started at {started}");
                missed.incident.end(run.started_at, &because);
            }
        }
        changes.push(missed.incident.changed(IncidentNews::Ended));
        let is_explained = missed.slot.is_kept_by(run);
        self.explained = Some(missed).filter(|_| !is_explained);
    }

    /// Corrects the last incident when the run did start in time and its entry came late.
    fn explain(&mut self, look: Look<'_>, changes: &mut Vec<IncidentChange>) {
        let Some(missed) = &mut self.explained else {
            return;
        };
        let is_in_time = |run: &&Run| missed.slot.is_kept_by(run);
        let Some(run) = look.state.runs().iter().find(is_in_time) else {
            return;
        };
        let tell = |time| look.monitor.schedule.tell(time);
        missed.incident.evidence = format!(
            "{}; the run happened at {}, reported at {}",
            missed.incident.evidence,
            tell(run.started_at),
            tell(run.reported_at)
        );
        changes.push(missed.incident.changed(IncidentNews::Explained));
        self.explained = None;
    }
}

impl Missed {
    /// When the last of the runs was expected.
    pub(super) fn expected_at(&self) -> OffsetDateTime {
        self.slot.expected_at
    }
}

impl Slot {
    /// The first one of a cron line after `time`.
    fn after(schedule: &Schedule, time: OffsetDateTime, grace: Duration) -> Option<Self> {
        let expected_at = schedule.next_after(time)?;
        let next = schedule
            .next_after(expected_at)
            .unwrap_or(expected_at + FAR);
        let interval: Duration = next - expected_at;
        let early = EARLY.min(interval / 10i32);
        Some(Self {
            expected_at,
            from: expected_at - early,
            until: next - early,
            deadline: expected_at + grace,
        })
    }

    /// Whether this run started when one was expected, and not late.
    fn is_kept_by(self, run: &Run) -> bool {
        self.from <= run.started_at && run.started_at < self.until.min(self.deadline)
    }
}

impl WorkflowState {
    fn run_in(&self, slot: Slot) -> Option<&Run> {
        let runs = &self.runs();
        let first = runs.partition_point(|run| run.started_at < slot.from);
        runs.get(first).filter(|run| run.started_at < slot.until)
    }
}

fn evidence(look: Look<'_>, slot: Slot, count: u32) -> String {
    let tell = |time| look.monitor.schedule.tell(time);
    let (expected, deadline) = (tell(slot.expected_at), tell(slot.deadline));
    match count {
        1 => format!("a run was expected at {expected}, and none had started at {deadline}"),
        _ => format!("{count} runs did not start, the last one expected at {expected}"),
    }
}
