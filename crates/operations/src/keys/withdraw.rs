use crate::{
    Change, OperationError, Operations, Repeated, StaticEntries, StaticKeysLeft,
    sessions::EndedSessions,
};
use central_logger_keyring::{KeySelection, KeyringError};
use central_logger_keys::{ClientId, KeyId};
use central_logger_text::PlainText;
use serde::Serialize;

/// The keys that were revoked.
#[derive(Debug, Serialize)]
pub struct Revoked {
    /// The ids of those that were not revoked before.
    pub revoked: Vec<KeyId>,
    /// How many sessions of the client were ended, when all of its keys were to be revoked.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub sessions_ended: Option<usize>,
    /// How many of its sign-in links and reveal links were withdrawn then.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub links_withdrawn: Option<usize>,
    /// The static keys of the client, when all of its keys were to be revoked.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub static_keys: Option<StaticKeysLeft>,
}

impl Operations {
    /// Revokes a key for good.
    ///
    /// # Errors
    /// When there is no such key, or the store fails.
    pub async fn revoke(
        &self,
        id: &KeyId,
        reason: Option<&PlainText>,
    ) -> Result<Change<Revoked>, OperationError> {
        self.revoke_selected(KeySelection::Id(id.clone()), reason)
            .await
    }

    /// Revokes a key for good, and all keys that it has made, itself or through other keys, in one step.
    ///
    /// # Errors
    /// When there is no such key, or the store fails.
    pub async fn revoke_with_made(
        &self,
        id: &KeyId,
        reason: Option<&PlainText>,
    ) -> Result<Change<Revoked>, OperationError> {
        let selection = KeySelection::WithMade(vec![id.clone()]);
        self.revoke_selected(selection, reason).await
    }

    /// Revokes several keys for good, in one step.
    ///
    /// # Errors
    /// When there are too many, one of them does not exist, or the store fails.
    pub async fn revoke_all(
        &self,
        ids: Vec<KeyId>,
        reason: Option<&PlainText>,
    ) -> Result<Change<Revoked>, OperationError> {
        self.revoke_selected(KeySelection::Ids(ids), reason).await
    }

    async fn revoke_selected(
        &self,
        selection: KeySelection,
        reason: Option<&PlainText>,
    ) -> Result<Change<Revoked>, OperationError> {
        match &selection {
            KeySelection::Id(id) => self.reach(id).await,
            KeySelection::Ids(ids) | KeySelection::WithMade(ids) => self.reach_all(ids).await,
            KeySelection::Client(_) => Ok(()),
        }
        .map_err(OperationError::of_withdrawal)?;
        let revoked = self.keyring.revoke(&selection, reason).await;
        let revoked = revoked.map_err(OperationError::of_withdrawal)?;
        Ok(self.changed(Revoked {
            revoked: revoked.at_commit(),
            sessions_ended: None,
            links_withdrawn: None,
            static_keys: None,
        }))
    }

    /// Ends the sessions of a client and withdraws its sign-in links and reveal links, then revokes all of its
    /// keys for good, in one step, and names its static keys, which still work.
    ///
    /// # Errors
    /// [`OperationError::OnlyStatic`] when the client has static keys alone; otherwise when it has neither
    /// keys nor sessions, or the store fails.
    pub async fn revoke_client(
        &self,
        client: &ClientId,
        reason: Option<&PlainText>,
        static_entries: StaticEntries,
    ) -> Result<Change<Revoked>, OperationError> {
        self.caller.check_provider_writes()?;
        // First: a session that a key begins from here on ends with the key.
        let ended = self.end_sessions_and_links(client).await?;
        let was_in_use = !ended.ended.is_empty() || ended.links > 0;
        let selection = KeySelection::Client(client.clone());
        let revoked = self.keyring.revoke(&selection, reason).await;
        let left = self.static_keys_left(static_entries, client).await;
        let done = |revoked, left| {
            self.changed(Revoked {
                revoked,
                sessions_ended: Some(ended.ended.len()),
                links_withdrawn: Some(ended.links),
                static_keys: Some(left),
            })
        };
        match (revoked, left.named()) {
            (Ok(revoked), _) => Ok(done(revoked.at_commit(), left)),
            (Err(KeyringError::NoKeys(_)), None) if was_in_use => {
                let remembered = self.keyring.remember().await;
                remembered
                    .map_err(OperationError::of_withdrawal)?
                    .at_commit();
                Ok(done(Vec::new(), left))
            }
            (Err(KeyringError::NoKeys(client)), Some(ids)) => {
                let place = left.place;
                Err(OperationError::OnlyStatic { client, ids, place })
            }
            (Err(error), _) => Err(OperationError::of_withdrawal(error)),
        }
    }

    /// Ends the sessions of a client, and withdraws its sign-in links and reveal links.
    pub(crate) async fn end_sessions_and_links(
        &self,
        client: &ClientId,
    ) -> Result<EndedSessions, OperationError> {
        let mut ended = self.sessions().end_all(&client.clone().into()).await?;
        // The request stands for the change of keys.
        let keyring = self.keyring.clone().without_request();
        let withdrawn = keyring.withdraw_reveal_links_of(client).await;
        ended.links += withdrawn
            .map_err(OperationError::of_withdrawal)?
            .at_commit();
        Ok(ended)
    }

    /// Tells of a client whose keys were revoked before, for the same request, with the static keys that still
    /// work now. How many sessions were ended then is not known any more.
    pub async fn client_revoked_before(
        &self,
        repeated: Repeated,
        client: &ClientId,
        static_entries: StaticEntries,
    ) -> Change<Revoked> {
        let left = self.static_keys_left(static_entries, client).await;
        self.changed(Revoked {
            revoked: repeated.keys,
            sessions_ended: None,
            links_withdrawn: None,
            static_keys: Some(left),
        })
    }
}
