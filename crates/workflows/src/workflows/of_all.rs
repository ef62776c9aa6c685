//! What the provider asks about all clients.

use super::{IncidentQuery, WorkflowQuery, Workflows};
use crate::{DocumentKind, Incident, WorkflowError, WorkflowView};
use central_logger_keys::ClientId;
use serde::{Serialize, Serializer};
use std::{cmp::Reverse, fmt, str::FromStr};
use uuid::Uuid;

/// Incidents of several clients, the latest first.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct ClientIncidentPage {
    /// The incidents.
    pub incidents: Vec<ClientIncident>,
    /// The cursor of the page behind, if there is one.
    pub next_cursor: Option<IncidentPlace>,
}

/// The place of an incident among those of all clients, the latest first. Ids alone do not tell incidents
/// apart here: those of workflows of the same name that began at the same time have the same.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct IncidentPlace {
    id: Reverse<Uuid>,
    client_id: ClientId,
}

/// Error returned when parsing an [`IncidentPlace`] fails.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("is no next_cursor of this list")]
pub struct InvalidIncidentPlace;

/// An incident, and whose it is.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct ClientIncident {
    /// The client.
    pub client_id: ClientId,
    /// The incident.
    #[serde(flatten)]
    pub incident: Incident,
}

/// Workflows of several clients.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct ClientWorkflowPage {
    /// The workflows, by client.
    pub workflows: Vec<ClientWorkflow>,
    /// The last client of this page, if there are others behind it.
    pub next_cursor: Option<ClientId>,
}

/// A workflow, and whose it is.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct ClientWorkflow {
    /// The client.
    pub client_id: ClientId,
    /// The workflow.
    #[serde(flatten)]
    pub workflow: WorkflowView,
}

impl Workflows {
    /// Returns incidents of one client or of all behind a place, the latest first, each with its client. The
    /// cursor of `query` is not looked at.
    ///
    /// # Errors
    /// As [`list`](Self::list).
    pub async fn incidents_of_all(
        &self,
        client: Option<&ClientId>,
        after: Option<&IncidentPlace>,
        query: &IncidentQuery,
    ) -> Result<ClientIncidentPage, WorkflowError> {
        let clients = match client {
            Some(client) => vec![client.clone()],
            None => self.clients(DocumentKind::Incident).await?,
        };
        let (mut incidents, mut end) = (Vec::new(), None);
        for client_id in clients {
            let query = IncidentQuery {
                cursor: after.map(|after| after.cursor_of(&client_id)),
                ..query.clone()
            };
            let page = self.incidents(&client_id, &query).await?;
            let place = |id| IncidentPlace::new(id, &client_id);
            // Behind the place up to which the least was read, not all are known.
            let ends = end.into_iter().chain(page.next_cursor.map(place));
            end = ends.min();
            incidents.extend(page.incidents.into_iter().map(|incident| ClientIncident {
                client_id: client_id.clone(),
                incident,
            }));
        }
        incidents.sort_by_cached_key(IncidentPlace::of);
        incidents.retain(|found| {
            end.as_ref()
                .is_none_or(|end| IncidentPlace::of(found) <= *end)
        });
        if incidents.len() > query.limit {
            incidents.truncate(query.limit);
            end = incidents.last().map(IncidentPlace::of);
        }
        Ok(ClientIncidentPage {
            next_cursor: end,
            incidents,
        })
    }

    /// Returns the workflows of one client, or of the clients behind `after`, each with its client: those of
    /// so many clients that there are at least a hundred, and where to go on if others have some, too.
    ///
    /// # Errors
    /// As [`list`](Self::list).
    pub async fn list_of_all(
        &self,
        client: Option<&ClientId>,
        after: Option<&ClientId>,
        query: &WorkflowQuery,
    ) -> Result<ClientWorkflowPage, WorkflowError> {
        const ENOUGH: usize = 100;
        let mut clients = self.clients(DocumentKind::State).await?;
        clients.extend(self.clients(DocumentKind::Monitor).await?);
        clients.sort();
        clients.dedup();
        let is_asked = |known: &ClientId| client.is_none_or(|client| client == known);
        clients.retain(|known| is_asked(known) && after.is_none_or(|after| known > after));
        let (mut workflows, mut next_cursor) = (Vec::<ClientWorkflow>::new(), None);
        for client_id in clients {
            let found = self.list(&client_id, query).await?;
            if workflows.len() >= ENOUGH && !found.is_empty() {
                next_cursor = workflows.last().map(|last| last.client_id.clone());
                break;
            }
            workflows.extend(found.into_iter().map(|workflow| ClientWorkflow {
                client_id: client_id.clone(),
                workflow,
            }));
        }
        Ok(ClientWorkflowPage {
            workflows,
            next_cursor,
        })
    }

    async fn clients(&self, kind: DocumentKind) -> Result<Vec<ClientId>, WorkflowError> {
        const AT_A_TIME: usize = 1000;
        let mut clients = Vec::new();
        loop {
            let page = self.store.clients(kind, clients.last(), AT_A_TIME).await?;
            let is_last = page.len() < AT_A_TIME;
            clients.extend(page);
            if is_last {
                return Ok(clients);
            }
        }
    }
}

impl IncidentPlace {
    fn new(id: Uuid, client: &ClientId) -> Self {
        Self {
            id: Reverse(id),
            client_id: client.clone(),
        }
    }

    fn of(found: &ClientIncident) -> Self {
        Self::new(found.incident.id, &found.client_id)
    }

    /// The cursor behind which the incidents of a client begin that are behind this place.
    fn cursor_of(&self, client: &ClientId) -> Uuid {
        let Reverse(id) = self.id;
        match *client > self.client_id {
            // One of the same id is behind it, too.
            true => Uuid::from_u128(id.as_u128().saturating_add(1)),
            false => id,
        }
    }
}

impl fmt::Display for IncidentPlace {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Reverse(id) = self.id;
        write!(f, "{id}.{}", self.client_id)
    }
}

impl FromStr for IncidentPlace {
    type Err = InvalidIncidentPlace;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let (id, client) = text.split_once('.').ok_or(InvalidIncidentPlace)?;
        let id = id.parse().map_err(|_| InvalidIncidentPlace)?;
        let client = client.parse().map_err(|_| InvalidIncidentPlace)?;
        Ok(Self::new(id, &client))
    }
}

impl Serialize for IncidentPlace {
    fn serialize<S: Serializer>(&self, to: S) -> Result<S::Ok, S::Error> {
        to.collect_str(self)
    }
}
