//! Badges and status pages.

use crate::{Once, WorkflowOperationError, WorkflowOperations, once::Entry};
use central_logger_key_store::AuditAction;
use central_logger_keys::ClientId;
use central_logger_operations::OperationError;
use central_logger_sessions::LinkToken;
use central_logger_workflows::{
    channel::ChannelSubject,
    status_link::{StatusLink, StatusLinkKind, StatusLinkView},
};
use serde::Serialize;
use serde_json::{Value, json};

/// A badge or a status page that is to be made.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NewStatusLink {
    /// What it shows.
    pub kind: StatusLinkKind,
    /// What stands at its head, if anything is to.
    pub title: Option<String>,
    /// The workflows that it is about.
    pub about: ChannelSubject,
    /// Whether it says what the workflows are called.
    pub shows_names: bool,
}

/// A link that has just been made, with its address.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct MadeStatusLink {
    /// The link.
    #[serde(flatten)]
    pub link: StatusLinkView,
    /// Its address. Nobody can ask for it again.
    pub url: String,
}

/// The key under which the link with that token is kept.
pub fn status_link_key(token: &LinkToken) -> String {
    token.hash().to_string()
}

impl WorkflowOperations {
    /// Makes a link to a badge or a status page, below `base_url`.
    ///
    /// # Errors
    /// When there can be no such link, the client has as many as one may have, or a store is not available or
    /// fails.
    pub async fn add_status_link(
        &self,
        client: &ClientId,
        new: NewStatusLink,
        base_url: &str,
    ) -> Result<Once<MadeStatusLink>, WorkflowOperationError> {
        let Once::Done(keyring) = self.begin().await? else {
            return Ok(Once::Repeated);
        };
        let request = self.request_id();
        if let Some(request) = &request
            && self
                .status_link_made_before(client, request)
                .await?
                .is_some()
        {
            // A server has made it for this request, and ended before it could say so.
            keyring.remember().await?.at_commit();
            return Ok(Once::Repeated);
        }
        let token = LinkToken::generate().map_err(OperationError::from)?;
        let path = match new.kind {
            StatusLinkKind::Badge => format!("badge/{}.svg", token.expose_secret()),
            StatusLinkKind::Page => format!("status/{}", token.expose_secret()),
        };
        let link = StatusLink {
            kind: new.kind,
            title: new.title,
            about: new.about,
            shows_names: new.shows_names,
            created_at: self.operations.now(),
            request,
        };
        let key = status_link_key(&token);
        let made = self.workflows.add_status_link(client, key, link).await?;
        let entry = Entry {
            action: AuditAction::StatusLink,
            before: None,
            after: state(&made),
        };
        let made = MadeStatusLink {
            link: made,
            url: format!("{}/{path}", base_url.trim_end_matches('/')),
        };
        self.note(&keyring, client, Some(entry), made).await
    }

    /// Returns the link that was made for the request of the next change, if there is one.
    ///
    /// # Errors
    /// When a store is not available or fails.
    pub async fn repeated_status_link(
        &self,
        client: &ClientId,
    ) -> Result<Option<StatusLinkView>, WorkflowOperationError> {
        match self.request_id() {
            Some(request) => self.status_link_made_before(client, &request).await,
            None => Ok(None),
        }
    }

    async fn status_link_made_before(
        &self,
        client: &ClientId,
        request: &str,
    ) -> Result<Option<StatusLinkView>, WorkflowOperationError> {
        Ok(self.workflows.status_link_of(client, request).await?)
    }

    /// Withdraws a link, and returns it, if there was one.
    ///
    /// # Errors
    /// When a store is not available or fails.
    pub async fn withdraw_status_link(
        &self,
        client: &ClientId,
        id: &str,
    ) -> Result<Once<Option<StatusLinkView>>, WorkflowOperationError> {
        let Once::Done(keyring) = self.begin().await? else {
            return Ok(Once::Repeated);
        };
        let withdrawn = self.workflows.withdraw_status_link(client, id).await?;
        let Some(withdrawn) = withdrawn else {
            return Ok(Once::Done(None));
        };
        let entry = Entry {
            action: AuditAction::StatusLink,
            before: Some(state(&withdrawn)),
            after: json!({"id": id, "withdrawn": true}),
        };
        self.note(&keyring, client, Some(entry), Some(withdrawn))
            .await
    }
}

fn state(link: &StatusLinkView) -> Value {
    json!({
        "id": link.id,
        "kind": link.kind,
        "title": link.title,
        "environment": link.environment,
        "workflows": link.workflows,
        "shows_names": link.shows_names,
    })
}
