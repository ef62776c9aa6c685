//! What the provider asks about all clients.

use super::{IncidentQuery, WorkflowQuery, Workflows};
use crate::{DocumentKind, Incident, WorkflowError, WorkflowView};
use central_logger_keys::ClientId;
use serde::Serialize;
use std::cmp::Reverse;
use uuid::Uuid;

/// Incidents of several clients, the latest first.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct ClientIncidentPage {
    /// The incidents.
    pub incidents: Vec<ClientIncident>,
    /// The cursor of the page behind, if there is one.
    pub next_cursor: Option<Uuid>,
}

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
    /// Returns incidents of one client or of all, the latest first, each with its client.
    ///
    /// # Errors
    /// As [`list`](Self::list).
    pub async fn incidents_of_all(
        &self,
        client: Option<&ClientId>,
        query: &IncidentQuery,
    ) -> Result<ClientIncidentPage, WorkflowError> {
        let clients = match client {
            Some(client) => vec![client.clone()],
            None => self.clients(DocumentKind::Incident).await?,
        };
        let (mut incidents, mut has_more) = (Vec::new(), false);
        for client_id in clients {
            let page = self.incidents(&client_id, query).await?;
            has_more |= page.next_cursor.is_some();
            incidents.extend(page.incidents.into_iter().map(|incident| ClientIncident {
                client_id: client_id.clone(),
                incident,
            }));
        }
        incidents.sort_by_key(|found| Reverse(found.incident.id));
        has_more |= incidents.len() > query.limit;
        incidents.truncate(query.limit);
        let last = incidents.last().map(|found| found.incident.id);
        Ok(ClientIncidentPage {
            next_cursor: last.filter(|_| has_more),
            incidents,
        })
    }

    /// Returns the workflows of one client, or of the clients behind `after`, each with its client: those of
    /// so many clients that there are at least a hundred, and where to go on.
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
        let (mut workflows, mut next_cursor) = (Vec::new(), None);
        let last = clients.last().cloned();
        for client_id in clients {
            let found = self.list(&client_id, query).await?;
            workflows.extend(found.into_iter().map(|workflow| ClientWorkflow {
                client_id: client_id.clone(),
                workflow,
            }));
            if workflows.len() >= ENOUGH {
                next_cursor = Some(client_id).filter(|client| Some(client) != last.as_ref());
                break;
            }
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
