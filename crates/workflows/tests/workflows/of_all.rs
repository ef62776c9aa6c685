//! What the provider is told about all clients, page by page.

use central_logger_keys::ClientId;
use central_logger_times::ManualClock;
use central_logger_workflows::{
    Content, DocumentKind, Incident, IncidentKind, IncidentQuery, MemoryWorkflows, WorkflowName,
    WorkflowQuery, WorkflowStore, Workflows, Write, of_all::IncidentPlace,
};
use serde_json::json;
use std::sync::Arc;
use time::{OffsetDateTime, macros::datetime};
use uuid::Uuid;

const NOON: OffsetDateTime = datetime!(2026-03-01 12:00 UTC);

struct Site {
    store: Arc<MemoryWorkflows>,
    workflows: Workflows,
}

impl Site {
    fn new() -> Self {
        let store = Arc::new(MemoryWorkflows::new());
        let clock = Arc::new(ManualClock::new(NOON));
        Self {
            workflows: Workflows::new(store.clone(), clock),
            store,
        }
    }

    /// Stores incidents of one workflow, by the numbers that are their ids.
    async fn raise(&self, client: &str, workflow: &str, numbers: impl IntoIterator<Item = u128>) {
        let writes = numbers.into_iter().map(|number| {
            let incident = Incident {
                id: Uuid::from_u128(number),
                kind: IncidentKind::RunMissed,
                workflow: workflow.to_owned(),
                environment: "prod".to_owned(),
                began_at: NOON,
                ended_at: None,
                evidence: "seen".to_owned(),
                entry_id: None,
            };
            let content = Content::of(serde_json::to_string(&incident).unwrap());
            Write::put(
                DocumentKind::Incident,
                incident.id.to_string(),
                None,
                content,
            )
        });
        let writes: Vec<_> = writes.collect();
        assert!(self.store.commit(&named(client), &writes).await.unwrap());
    }

    /// All pages of the incidents that are asked for.
    async fn walk(&self, query: &IncidentQuery) -> Vec<Vec<(u128, String)>> {
        let (mut pages, mut after) = (Vec::new(), None::<IncidentPlace>);
        loop {
            let page = self
                .workflows
                .incidents_of_all(None, after.as_ref(), query)
                .await
                .unwrap();
            let found = page.incidents.into_iter();
            let found = found.map(|found| (found.incident.id.as_u128(), found.client_id.into()));
            pages.push(found.collect());
            // As a program hands it back.
            let next = page.next_cursor.map(|next| next.to_string());
            after = next.map(|next| next.parse().unwrap());
            if after.is_none() {
                return pages;
            }
        }
    }

    async fn expect(&self, client: &str, environment: &str, count: usize) {
        let monitor = json!({"every": "1h"});
        let members = monitor.as_object().unwrap();
        for number in 0..count {
            let name = WorkflowName::new(environment, format!("workflow-{number}"));
            let client = named(client);
            let set = self.workflows.set_monitor(&client, &name, members, false);
            set.await.unwrap();
        }
    }
}

fn named(client: &str) -> ClientId {
    client.parse().unwrap()
}

#[tokio::test]
async fn incidents_of_the_same_id_are_on_one_page_each() {
    let site = Site::new();
    site.raise("acme", "backup", [3, 5]).await;
    site.raise("globex", "backup", [5, 4]).await;
    site.raise("widget", "backup", [5, 3]).await;
    let all = [
        (5_u128, "acme"),
        (5, "globex"),
        (5, "widget"),
        (4, "globex"),
        (3, "acme"),
        (3, "widget"),
    ];
    let all = all.map(|(number, client)| (number, client.to_owned()));
    for limit in 1..=7 {
        let query = IncidentQuery {
            limit,
            ..IncidentQuery::default()
        };
        let pages = site.walk(&query).await;
        // Full but for the last one, which is not empty.
        let expected: Vec<_> = all.chunks(limit).map(<[_]>::to_vec).collect();
        assert_eq!(pages, expected, "{limit}");
    }
}

#[tokio::test]
async fn no_incident_is_lost_where_only_a_part_of_a_client_is_read() {
    let site = Site::new();
    // More than are looked at for one page.
    site.raise("acme", "other", 100..10_500).await;
    site.raise("acme", "wanted", [1]).await;
    site.raise("widget", "wanted", [2, 20_000]).await;
    let query = IncidentQuery {
        workflow: Some("wanted".to_owned()),
        limit: 10,
        ..IncidentQuery::default()
    };
    let found: Vec<_> = site.walk(&query).await.concat();
    let all = [(20_000_u128, "widget"), (2, "widget"), (1, "acme")];
    assert_eq!(
        found,
        all.map(|(number, client)| (number, client.to_owned()))
    );
}

#[tokio::test]
async fn a_page_of_workflows_leads_to_another_only_where_there_are_more() {
    let site = Site::new();
    site.expect("acme", "prod", 60).await;
    site.expect("globex", "prod", 60).await;
    site.expect("widget", "test", 1).await;
    let page = async |environment: Option<&str>, after: Option<&ClientId>| {
        let query = WorkflowQuery {
            environment: environment.map(str::to_owned),
            ..WorkflowQuery::default()
        };
        let page = site.workflows.list_of_all(None, after, &query);
        let page = page.await.unwrap();
        (page.workflows.len(), page.next_cursor)
    };
    let globex = named("globex");
    assert_eq!(page(None, None).await, (120, Some(globex.clone())));
    assert_eq!(page(None, Some(&globex)).await, (1, None));
    assert_eq!(page(Some("prod"), None).await, (120, None));
    assert_eq!(page(Some("test"), None).await, (1, None));
}
