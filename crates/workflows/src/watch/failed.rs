//! Runs that failed in a row.

use super::{Look, Watch};
use crate::{Incident, IncidentChange, IncidentKind, IncidentNews, RunEnd};

impl Watch {
    /// Goes through the ends that are new, so that an episode is told of also if it is over when it is seen first;
    /// then, for what came late, through the last ones.
    pub(super) fn look_for_failed(&mut self, look: Look<'_>, changes: &mut Vec<IncidentChange>) {
        let ends = look.state.ends(self.since);
        let Some(last) = ends.last() else { return };
        let known = ends.partition_point(|end| Some(end.at) <= self.failed_until);
        for seen in (known + 1)..=ends.len() {
            self.look_at_ends(look, &ends[..seen], changes);
        }
        self.look_at_ends(look, &ends, changes);
        self.failed_until = self.failed_until.max(Some(last.at));
    }

    /// Compares the ends until one of them with what is allowed.
    fn look_at_ends(
        &mut self,
        look: Look<'_>,
        ends: &[&RunEnd],
        changes: &mut Vec<IncidentChange>,
    ) {
        let in_a_row = ends.iter().rev().take_while(|end| end.failed).count();
        let allowed = usize::try_from(look.monitor.fail_after.get()).unwrap_or(usize::MAX);
        let Some(last) = ends.last() else { return };
        if let Some(incident) = &mut self.failed {
            if in_a_row == 0 {
                let because = format!("a run ended {}", shown(&last.status));
                incident.end(last.at, &because);
                changes.push(incident.changed(IncidentNews::Ended));
                self.failed = None;
            }
            return;
        }
        if in_a_row < allowed {
            return;
        }
        let decisive = ends[ends.len() - in_a_row + allowed - 1];
        let status = shown(&decisive.status);
        let evidence = match allowed {
            1 => format!("a run ended {status}"),
            _ => format!("{allowed} runs in a row failed, the last one ended {status}"),
        };
        let kind = IncidentKind::RunFailed;
        let mut incident = Incident::new(kind, look.name, decisive.at, evidence);
        incident.entry_id = Some(decisive.entry);
        changes.push(incident.changed(IncidentNews::Began));
        self.failed = Some(incident);
    }
}

/// A status without characters that change what stands beside them.
fn shown(status: &str) -> String {
    status.chars().filter(|c| !c.is_control()).collect()
}
