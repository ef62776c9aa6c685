use crate::{
    Observation, Run, RunEnd,
    hours::{Counted, Hours, RunCounts},
};
use serde::{Deserialize, Serialize};
use time::{Duration, OffsetDateTime, serde::timestamp::milliseconds};

/// What is known of the runs of one workflow: the latest of them, and counts by hour.
///
/// Entries may come late and in any order. Each is to be added once.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct WorkflowState {
    /// By the time at which they started.
    runs: Vec<Run>,
    hours: Hours,
    /// When the last entry was received that came late.
    #[serde(
        with = "milliseconds::option",
        skip_serializing_if = "Option::is_none",
        default
    )]
    late_at: Option<OffsetDateTime>,
    /// How often all of it was written.
    #[serde(default)]
    pub(crate) written: u64,
}

impl WorkflowState {
    /// How many runs that have ended are known one by one.
    pub const RUNS: usize = 200;
    /// How long a workflow without entries is known, unless it has a monitor.
    pub const KEPT: Duration = Duration::days(30);
    /// How many that have not ended are.
    const OPEN: usize = 64;
    /// How far the clocks of servers may be apart.
    pub(crate) const APART: Duration = Duration::minutes(5);
    /// After so long, a run without an end is forgotten.
    const LOST: Duration = Duration::days(30);
    /// An entry that is received so long after its time came from a spool.
    const LATE: Duration = Duration::minutes(5);
    /// How long others are waited for behind an entry that came from a spool.
    const SPOOL: Duration = Duration::minutes(2);

    /// Adds what an entry says; `failed` are the statuses that are failures.
    pub fn add(&mut self, observed: Observation, failed: &[String]) {
        if observed.received_at - observed.executed_at > Self::LATE {
            self.late_at = self.late_at.max(Some(observed.received_at));
        }
        let same = |run: &Run| run.run_id == observed.run_id;
        let known = observed.run_id.as_ref();
        let known = known.and_then(|_| self.runs.iter().rposition(same));
        let run = match known {
            Some(index) => {
                let mut run = self.runs.remove(index);
                self.hours.remove(counted(&run));
                run.add(observed, failed);
                run
            }
            None => Run::new(observed, failed),
        };
        self.hours.add(counted(&run));
        let place = (run.started_at, run.first);
        let index = self
            .runs
            .partition_point(|known| (known.started_at, known.first) < place);
        self.runs.insert(index, run);
        if self.runs.len() > 2 * (Self::RUNS + Self::OPEN) {
            self.leave_out_the_oldest();
        }
    }

    /// Forgets what is older than is ever asked for.
    pub fn trim(&mut self, now: OffsetDateTime) {
        self.hours.trim(now);
        let open = |run: &Run| run.end().is_none();
        self.runs
            .retain(|run| !open(run) || run.started_at > now - Self::LOST);
        self.leave_out_the_oldest();
    }

    fn leave_out_the_oldest(&mut self) {
        let open = |run: &Run| run.end().is_none();
        let count = |is: bool| self.runs.iter().filter(|run| open(run) == is).count();
        let (mut many_open, mut many_ended) = (
            count(true).saturating_sub(Self::OPEN),
            count(false).saturating_sub(Self::RUNS),
        );
        self.runs.retain(|run| {
            let many = match open(run) {
                true => &mut many_open,
                false => &mut many_ended,
            };
            let is_kept = *many == 0;
            *many = many.saturating_sub(1);
            is_kept
        });
    }

    /// Forgets what is known of runs that started since then, to make it anew from their entries.
    pub fn begin_anew(&mut self, since: OffsetDateTime) {
        self.runs.retain(|run| run.started_at < since);
        self.hours = Hours::default();
    }

    /// Whether something is later than now: a clock that was set back since has noted it.
    pub(crate) fn is_ahead(&self, now: OffsetDateTime) -> bool {
        let last = self.last_run().map(|run| run.started_at);
        last.max(self.late_at) > Some(now + Self::APART)
    }

    /// Forgets that.
    pub(crate) fn forget_ahead(&mut self, now: OffsetDateTime) {
        let latest = now + Self::APART;
        self.runs.retain(|run| run.started_at <= latest);
        self.late_at = self.late_at.filter(|late_at| *late_at <= latest);
    }

    /// Until when entries of a spool may follow those that came last.
    pub(crate) fn spool_until(&self) -> Option<OffsetDateTime> {
        self.late_at.map(|late_at| late_at + Self::SPOOL)
    }

    /// The latest runs, by the time at which they started.
    pub fn runs(&self) -> &[Run] {
        &self.runs
    }

    /// The run that started last.
    pub fn last_run(&self) -> Option<&Run> {
        self.runs.last()
    }

    /// Counts the runs that started since then, to the hour; at most those of the last eight days.
    pub fn counts(&self, since: OffsetDateTime) -> RunCounts {
        self.hours.since(since)
    }

    /// The runs that started in each of the last 24 hours, and those of them that failed.
    pub(crate) fn hours(&self, now: OffsetDateTime) -> Vec<(u64, u64)> {
        self.hours.each(now, 24)
    }

    /// The time before which runs may have been forgotten, if any have.
    pub(crate) fn known_since(&self) -> Option<OffsetDateTime> {
        let ended = self.runs.iter().filter(|run| run.end().is_some()).count();
        let first = self.runs.first().filter(|_| ended >= Self::RUNS);
        first.map(|run| run.started_at)
    }

    /// The ends of runs since then, by their time.
    pub(crate) fn ends(&self, since: OffsetDateTime) -> Vec<&RunEnd> {
        let mut ends: Vec<_> = self.runs.iter().filter_map(Run::end).collect();
        ends.retain(|end| end.at >= since);
        ends.sort_by_key(|end| (end.at, end.entry));
        ends
    }
}

fn counted(run: &Run) -> Counted {
    Counted {
        started_at: run.started_at,
        failed: run.end().is_some_and(|end| end.failed),
        duration_ms: run.duration_ms(),
    }
}
