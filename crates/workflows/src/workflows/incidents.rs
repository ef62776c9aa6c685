//! Incidents of a client.

use super::Workflows;
use crate::{DocumentKind, Incident, Listing, WorkflowError, watched::from_text};
use central_logger_keys::ClientId;
use serde::Serialize;
use time::OffsetDateTime;
use uuid::Uuid;

/// Which incidents are asked for.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct IncidentQuery {
    /// Only those that had not ended by then.
    pub since: Option<OffsetDateTime>,
    /// Only those that have ended, or have not.
    pub open: Option<bool>,
    /// Only those of workflows of that name.
    pub workflow: Option<String>,
    /// Only those of workflows of that environment.
    pub environment: Option<String>,
    /// Only those before that one.
    pub cursor: Option<Uuid>,
    /// The most that are returned.
    pub limit: usize,
}

/// Some incidents, the latest first.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct IncidentPage {
    /// The incidents.
    pub incidents: Vec<Incident>,
    /// The cursor of the page behind, if there is one.
    pub next_cursor: Option<Uuid>,
}

impl Workflows {
    /// How many incidents are read at a time.
    const INCIDENTS: usize = 500;
    /// How many times as many are looked at for one page.
    const PAGES: usize = 20;

    /// Returns incidents of `client`, the latest first.
    ///
    /// # Errors
    /// As [`list`](Self::list).
    pub async fn incidents(
        &self,
        client: &ClientId,
        query: &IncidentQuery,
    ) -> Result<IncidentPage, WorkflowError> {
        let (mut incidents, mut after) = (Vec::new(), query.cursor);
        for _ in 0..Self::PAGES {
            let listing = Listing::last(Self::INCIDENTS).after(after.map(|id| id.to_string()));
            let page = self
                .store
                .list(client, DocumentKind::Incident, &listing)
                .await?;
            for document in &page {
                let incident: Incident = from_text(document)?;
                if incidents.len() == query.limit && query.is_about(&incident) {
                    return Ok(IncidentPage {
                        next_cursor: after,
                        incidents,
                    });
                }
                after = Some(incident.id);
                if query.is_about(&incident) {
                    incidents.push(incident);
                }
            }
            if page.len() < Self::INCIDENTS {
                after = None;
                break;
            }
        }
        Ok(IncidentPage {
            incidents,
            next_cursor: after,
        })
    }
}

impl IncidentQuery {
    fn is_about(&self, incident: &Incident) -> bool {
        let has_ended_before = |since| incident.ended_at.is_some_and(|ended| ended < since);
        let is = |wanted: &Option<String>, found: &String| {
            wanted.as_ref().is_none_or(|wanted| wanted == found)
        };
        !self.since.is_some_and(has_ended_before)
            && self
                .open
                .is_none_or(|open| open == incident.ended_at.is_none())
            && is(&self.workflow, &incident.workflow)
            && is(&self.environment, &incident.environment)
    }
}
