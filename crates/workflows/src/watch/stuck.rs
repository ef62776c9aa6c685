//! Runs that take too long.

use super::{Look, Watch};
use crate::{Incident, IncidentChange, IncidentKind, IncidentNews, Run};
use serde::{Deserialize, Serialize};
use time::OffsetDateTime;

/// An incident about a run that takes too long.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Stuck {
    pub(super) incident: Incident,
    /// Which run of the workflow it is.
    run: String,
}

impl Watch {
    pub(super) fn look_for_stuck(
        &mut self,
        look: Look<'_>,
        changes: &mut Vec<IncidentChange>,
    ) -> Option<OffsetDateTime> {
        self.end_stuck(look, changes);
        let limit = look.monitor.max_runtime?.duration();
        let told = self.stuck_until.unwrap_or(self.since).max(self.since);
        let open = look.state.runs().iter().filter(|run| run.end().is_none());
        let open = open.map(|run| (run.started_at + limit, run));
        let (deadline, run) = open
            .filter(|(deadline, _)| *deadline > told)
            .min_by_key(|(deadline, _)| *deadline)?;
        if look.now < deadline {
            return Some(deadline);
        }
        if !look.is_blind && self.stuck.is_none() {
            self.raise_stuck(look, deadline, run, changes);
        }
        None
    }

    fn raise_stuck(
        &mut self,
        look: Look<'_>,
        deadline: OffsetDateTime,
        run: &Run,
        changes: &mut Vec<IncidentChange>,
    ) {
        let evidence = format!(
            "a run started at {} and had not ended at {}",
            look.monitor.schedule.tell(run.started_at),
            look.monitor.schedule.tell(deadline)
        );
        let kind = IncidentKind::RunStuck;
        let mut incident = Incident::new(kind, look.name, deadline, evidence);
        incident.entry_id = Some(run.first);
        changes.push(incident.changed(IncidentNews::Began));
        self.stuck_until = Some(deadline);
        self.stuck = Some(Stuck {
            incident,
            run: run.key(),
        });
    }

    /// It ends with the run, or when a later one ended: then the run was stopped, and nobody will say so.
    fn end_stuck(&mut self, look: Look<'_>, changes: &mut Vec<IncidentChange>) {
        let Some(stuck) = &mut self.stuck else { return };
        let runs = look.state.runs();
        let own = runs.iter().find(|run| run.key() == stuck.run);
        let began = stuck.incident.began_at;
        let later = runs.iter().filter(|run| run.started_at > began);
        let later = later.filter_map(Run::end).map(|end| end.at).min();
        let (at, because) = match (own.map(|run| run.end()), later) {
            (Some(Some(end)), _) => (end.at, "it ended"),
            (None, _) => (look.now, "nothing more is known of it"),
            (Some(None), Some(at)) => (at, "a later run ended"),
            (Some(None), None) => return,
        };
        stuck.incident.end(at, because);
        changes.push(stuck.incident.changed(IncidentNews::Ended));
        self.stuck = None;
    }
}
