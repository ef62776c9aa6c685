//! A client with one workflow, and the time.

use central_logger_keys::ClientId;
use central_logger_log_store::{
    Append, LogEntry, LogStore, MemoryLogs, Submission, entries::Place,
};
use central_logger_times::{Clock, ManualClock};
use central_logger_workflow_follower::Follower;
use central_logger_workflows::{
    IncidentKind, IncidentQuery, MemoryWorkflows, WorkflowName, WorkflowView, Workflows,
};
use serde_json::{Value, json};
use std::sync::{
    Arc,
    atomic::{AtomicU64, Ordering},
};
use time::{OffsetDateTime, format_description::well_known::Rfc3339, macros::datetime};

pub(crate) const NOON: OffsetDateTime = datetime!(2026-03-01 12:00 UTC);

pub(crate) struct Site {
    pub(crate) clock: Arc<ManualClock>,
    pub(crate) logs: Arc<MemoryLogs>,
    pub(crate) store: Arc<MemoryWorkflows>,
    pub(crate) workflows: Workflows,
    pub(crate) acme: ClientId,
    pub(crate) name: WorkflowName,
    pub(crate) places: AtomicU64,
}

impl Site {
    pub(crate) fn new() -> Self {
        Self::at(NOON)
    }

    pub(crate) fn at(now: OffsetDateTime) -> Self {
        let (clock, store) = (
            Arc::new(ManualClock::new(now)),
            Arc::new(MemoryWorkflows::new()),
        );
        Self {
            logs: Arc::new(MemoryLogs::new()),
            workflows: Workflows::new(store.clone(), clock.clone()),
            clock,
            store,
            acme: "acme".parse().unwrap(),
            name: WorkflowName::new("prod", "backup"),
            places: AtomicU64::new(1),
        }
    }

    pub(crate) fn follower(&self) -> Follower {
        Follower::new(self.store.clone(), self.logs.clone(), self.logs.clone())
    }

    pub(crate) fn parse(&self, client: &ClientId, body: &Value) -> LogEntry {
        let text = body.to_string();
        let Ok(Submission::One(mut entry)) =
            Submission::parse(text.as_bytes(), client, self.clock.now())
        else {
            panic!("{text}");
        };
        let arrival = self.places.fetch_add(1, Ordering::Relaxed);
        entry.place(Place { arrival, writer: 0 });
        entry
    }

    /// An entry of now.
    pub(crate) async fn send(&self, status: &str, run: Option<&str>) {
        self.send_of(self.clock.now(), status, run).await;
    }

    /// An entry of that time, which is received now.
    pub(crate) async fn send_of(&self, at: OffsetDateTime, status: &str, run: Option<&str>) {
        self.send_as(&self.acme, at, status, run).await;
    }

    /// The same of another client.
    pub(crate) async fn send_as(
        &self,
        client: &ClientId,
        at: OffsetDateTime,
        status: &str,
        run: Option<&str>,
    ) {
        let at = at.format(&Rfc3339).unwrap();
        let mut body = json!({"environment": "prod", "workflow": "backup", "status": status, "executed_at": at});
        if let Some(run) = run {
            body["run_id"] = run.into();
        }
        self.store_entry(client, &body).await;
    }

    /// Stores an entry, which is received now.
    pub(crate) async fn store_entry(&self, client: &ClientId, body: &Value) {
        let append = Append {
            client: client.clone(),
            received_at: self.clock.now(),
            entries: vec![self.parse(client, body)],
            claim: None,
        };
        self.logs.append_group(Arc::from([append])).await.unwrap();
    }

    pub(crate) async fn look(&self, follower: &Follower) -> bool {
        follower.look(self.clock.now()).await.unwrap()
    }

    pub(crate) async fn view(&self) -> Option<WorkflowView> {
        self.workflows.show(&self.acme, &self.name).await.unwrap()
    }

    pub(crate) async fn monitor(&self, members: Value) {
        let members = members.as_object().unwrap();
        let set = self
            .workflows
            .set_monitor(&self.acme, &self.name, members, false);
        set.await.unwrap();
    }

    pub(crate) async fn incidents(&self) -> Vec<(IncidentKind, bool)> {
        let query = IncidentQuery {
            limit: 100,
            ..IncidentQuery::default()
        };
        let page = self.workflows.incidents(&self.acme, &query).await.unwrap();
        let incidents = page.incidents.iter();
        incidents
            .map(|incident| (incident.kind, incident.ended_at.is_none()))
            .collect()
    }
}
