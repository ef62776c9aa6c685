//! A driver that is not one of this project's, and its database opened by URL.
#![allow(clippy::unwrap_used)]

use async_trait::async_trait;
use central_logger_database::{Database, DatabaseError, Driver, Drivers, Finding, OpenOptions};
use central_logger_key_activity::{ActivityStore, MemoryActivity};
use central_logger_key_store::{KeyAdmin, KeyFeed, MemoryKeys};
use central_logger_log_store::{LogPruner, LogStore, MemoryLogs};
use central_logger_sessions::{MemorySessions, SessionStore};
use central_logger_workflows::{MemoryWorkflows, WorkflowStore};
use std::sync::Arc;

#[derive(Debug)]
struct MemoryDriver;

#[derive(Debug)]
struct Memory(
    Arc<MemoryKeys>,
    Arc<MemoryActivity>,
    Arc<MemoryLogs>,
    Arc<MemorySessions>,
    Arc<MemoryWorkflows>,
);

#[async_trait]
impl Driver for MemoryDriver {
    fn name(&self) -> &'static str {
        "memory"
    }
    fn schemes(&self) -> &'static [&'static str] {
        &["memory"]
    }
    fn url_form(&self) -> &'static str {
        "memory:"
    }
    async fn open(&self, _: &str, _: &OpenOptions) -> Result<Arc<dyn Database>, DatabaseError> {
        let (keys, activity) = (MemoryKeys::new(), MemoryActivity::new());
        let logs = Arc::new(MemoryLogs::new());
        let sessions = Arc::new(MemorySessions::new());
        Ok(Arc::new(Memory(
            Arc::new(keys),
            Arc::new(activity),
            logs,
            sessions,
            Arc::default(),
        )))
    }
}

#[async_trait]
impl Database for Memory {
    fn keys(&self) -> Arc<dyn KeyAdmin> {
        self.0.clone()
    }
    fn activity(&self) -> Arc<dyn ActivityStore> {
        self.1.clone()
    }
    fn feed(&self) -> Arc<dyn KeyFeed> {
        self.0.clone()
    }
    fn sessions(&self) -> Arc<dyn SessionStore> {
        self.3.clone()
    }
    fn workflows(&self) -> Arc<dyn WorkflowStore> {
        self.4.clone()
    }
    fn logs(&self) -> Arc<dyn LogStore> {
        self.2.clone()
    }
    fn log_pruner(&self) -> Arc<dyn LogPruner> {
        self.2.clone()
    }
    async fn pending_migrations(&self) -> Result<Vec<&'static str>, DatabaseError> {
        Ok(Vec::new())
    }
    async fn is_new(&self) -> Result<bool, DatabaseError> {
        Ok(false)
    }
    async fn migrate(&self) -> Result<Vec<&'static str>, DatabaseError> {
        Ok(Vec::new())
    }
    async fn findings(&self) -> Vec<Finding> {
        vec![Finding::problem("memory", "all is lost at the end")]
    }
}

#[tokio::test]
async fn a_driver_from_outside_is_opened_by_its_url() {
    let drivers = Drivers::of_this_build().with(MemoryDriver);
    let url = drivers.parse("memory:").unwrap();
    let database = url.open(&OpenOptions::default()).await.unwrap();
    database.migrate().await.unwrap();
    database.keys().ready().await.unwrap();
    database.logs().ready().await.unwrap();
    assert_eq!(database.findings().await[0].check, "memory");
    assert!(database.gauges().is_empty(), "it has none");
    let refused = database.grant_server_rights("logger").await.unwrap_err();
    assert_eq!(refused.to_string(), "this database has no roles");

    let told = drivers
        .parse("mysql://u:hunter2@db")
        .unwrap_err()
        .to_string();
    assert!(
        told.contains("memory:") && !told.contains("hunter2"),
        "{told}"
    );
}
