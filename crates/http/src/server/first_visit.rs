//! What somebody who tries the server sees first.

use super::Server;
use central_logger_key_store::Actor;
use central_logger_keys::{ClientId, Scope, Scopes};
use central_logger_log_store::{LogEntry, LogSearch, LogStoreError, store::ScanBudget};
use central_logger_operations::sessions::{NewSignInLink, SessionOperations};
use central_logger_text::Report;
use central_logger_workflow_follower::begin_here;
use std::sync::Arc;
use time::Duration;

/// How long the link is good: somebody who has just started a server may first have a coffee.
const VALID: Duration = Duration::DAY;

impl Server {
    /// Stores a first entry of a client that has none, and makes a link by which a person of it sees that in the
    /// console. There is none without a console, or when it cannot be made: the log says why.
    pub async fn first_visit(&self, client: &ClientId, base_url: &str) -> Option<String> {
        if !self.config.console {
            return None;
        }
        let (workflows, logs) = (self.database.workflows(), self.database.logs());
        if let Err(error) = begin_here(&*workflows, &*logs, self.clock.now()).await {
            tracing::warn!(error = %Report(&error), "the first entry is of no workflow");
        }
        if let Err(error) = self.store_first_entry(client).await {
            tracing::warn!(error = %Report(&error), "the first entry was not stored");
        }
        let sessions = SessionOperations::new(
            self.database.sessions(),
            self.keyring(Actor::server("quickstart")),
            Arc::clone(&self.clock),
        );
        let link = NewSignInLink {
            scopes: Some(Scopes::from(vec![
                Scope::LOGS_READ,
                Scope::LOGS_WRITE,
                Scope::KEYS_MANAGE,
            ])),
            valid: Some(VALID),
            ..NewSignInLink::for_owner(client.clone().into())
        };
        match sessions.make_link(link, None, base_url).await {
            Ok(link) => Some(link.url),
            Err(error) => {
                tracing::warn!(error = %Report(&error), "no sign-in link was made");
                None
            }
        }
    }

    async fn store_first_entry(&self, client: &ClientId) -> Result<(), LogStoreError> {
        let (logs, now) = (self.database.logs(), self.clock.now());
        let everything = LogSearch::default();
        let any = logs.scan(client, &everything, ScanBudget::INITIAL).await?;
        if !any.logs.is_empty() || any.next_cursor.is_some() {
            return Ok(());
        }
        let mut entry = LogEntry::builder(now);
        let since = u64::try_from(now.unix_timestamp_nanos()).unwrap_or_default();
        entry
            .environment("quickstart")
            .executed_at_unix_ns(since)
            .status("SUCCESS")
            .workflow("hello")
            .message("The server has started, and this is its first entry");
        match entry.build() {
            Ok(entry) => logs.append(client, now, &[entry]).await,
            // It is valid.
            Err(_) => Ok(()),
        }
    }
}
