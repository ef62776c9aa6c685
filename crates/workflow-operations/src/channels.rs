//! Where messages about incidents go.

use crate::{Once, WorkflowOperationError, WorkflowOperations, once::Entry};
use central_logger_key_store::AuditAction;
use central_logger_keys::ClientId;
use central_logger_sessions::LinkToken;
use central_logger_workflow_channels::{ChannelView, NewChannel, NewChannelView};
use serde_json::{Value, json};
use uuid::Uuid;

impl WorkflowOperations {
    /// The id of the channel that the next change makes: that of its request is always the same.
    pub fn new_channel_id(&self) -> String {
        self.request_id()
            .unwrap_or_else(|| Uuid::new_v4().simple().to_string())
    }

    /// Makes a channel.
    ///
    /// # Errors
    /// When the receiver may not be sent to, the client has as many channels as one may have, or a store is not
    /// available or fails.
    pub async fn add_channel(
        &self,
        client: &ClientId,
        new: NewChannel,
    ) -> Result<Once<NewChannelView>, WorkflowOperationError> {
        let Once::Done(keyring) = self.begin().await? else {
            return Ok(Once::Repeated);
        };
        let id = self.new_channel_id();
        let Some(added) = self.channels.add(client, id, new).await? else {
            // A server has made it for this request, and ended before it could say so.
            keyring.remember().await?.at_commit();
            return Ok(Once::Repeated);
        };
        let entry = Entry {
            action: AuditAction::Channel,
            before: None,
            after: state(&added.channel),
        };
        self.note(&keyring, client, Some(entry), added).await
    }

    /// Takes a channel away with what waits in it, and returns it as it was, if there was one.
    ///
    /// # Errors
    /// When a store is not available or fails.
    pub async fn remove_channel(
        &self,
        client: &ClientId,
        id: &str,
    ) -> Result<Once<Option<ChannelView>>, WorkflowOperationError> {
        let Once::Done(keyring) = self.begin().await? else {
            return Ok(Once::Repeated);
        };
        let Some(removed) = self.channels.remove(client, id).await? else {
            return Ok(Once::Done(None));
        };
        let entry = Entry {
            action: AuditAction::Channel,
            before: Some(state(&removed)),
            after: json!({"id": id, "removed": true}),
        };
        self.note(&keyring, client, Some(entry), Some(removed))
            .await
    }

    /// Notes that whoever reads a mailbox wants messages, by the token of the link that was mailed there, and returns
    /// the channel; nothing if the link is not good.
    ///
    /// # Errors
    /// When a store is not available or fails.
    pub async fn confirm_channel(
        &self,
        client: &ClientId,
        id: &str,
        token: &LinkToken,
    ) -> Result<Once<Option<ChannelView>>, WorkflowOperationError> {
        let Once::Done(keyring) = self.begin().await? else {
            return Ok(Once::Repeated);
        };
        let Some(confirmed) = self.channels.confirm(client, id, token).await? else {
            return Ok(Once::Done(None));
        };
        let before = ChannelView {
            confirmed: Some(false),
            ..confirmed.clone()
        };
        let entry = Entry {
            action: AuditAction::Channel,
            before: Some(state(&before)),
            after: state(&confirmed),
        };
        self.note(&keyring, client, Some(entry), Some(confirmed))
            .await
    }

    /// Sends a message that tests a channel, and returns the channel, if there is one.
    ///
    /// # Errors
    /// When a store is not available or fails.
    pub async fn test_channel(
        &self,
        client: &ClientId,
        id: &str,
    ) -> Result<Once<Option<ChannelView>>, WorkflowOperationError> {
        let Once::Done(keyring) = self.begin().await? else {
            return Ok(Once::Repeated);
        };
        let Some(tested) = self.channels.test(client, id).await? else {
            return Ok(Once::Done(None));
        };
        // A test changes nothing.
        self.note(&keyring, client, None, Some(tested)).await
    }
}

/// What the audit trail says of a channel: where it leads, without what may be secret in the address.
fn state(channel: &ChannelView) -> Value {
    json!({
        "id": channel.id,
        "kind": channel.kind,
        "url": channel.origin(),
        "format": channel.format,
        "address": channel.address,
        "about": channel.about,
        "confirmed": channel.confirmed,
        "quiet_hours": channel.quiet_hours,
    })
}
