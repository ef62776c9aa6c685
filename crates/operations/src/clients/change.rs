use super::ClientView;
use crate::{Caller, Change, OperationError, Operations, StaticEntries, StaticKeysLeft};
use central_logger_client_records::{
    ClientBook, ClientPatch, ClientPolicy, Patch, PolicyPatch, PolicySettings,
};
use central_logger_delivery::{TargetName, ValueTemplate};
use central_logger_keyring::{ClientWrite, KeySelection, KeyringError};
use central_logger_keys::{ClientId, KeyId, KeyOwner};
use central_logger_mail::MailAddress;
use central_logger_text::PlainText;
use serde::Serialize;

/// A client that was removed.
#[derive(Debug, Serialize)]
pub struct RemovedClient {
    /// The client.
    pub client_id: ClientId,
    /// The ids of the keys that were not revoked before.
    pub revoked: Vec<KeyId>,
    /// How many sessions were ended.
    pub sessions_ended: usize,
    /// How many sign-in links were withdrawn.
    pub links_withdrawn: usize,
    /// How many entries of its logs were deleted.
    pub entries: usize,
    /// The static keys of the client, which still work.
    pub static_keys: StaticKeysLeft,
}

/// The policy of all clients without one of their own.
#[derive(Debug, Serialize)]
pub struct PolicyOfAll {
    /// The policy.
    pub policy: ClientPolicy,
}

/// A client that was set up, or for which all was replaced.
#[derive(Debug, Serialize)]
pub struct PutClient {
    /// The client as it is now.
    #[serde(flatten)]
    pub client: ClientView,
    /// Whether nothing was known of it before. Of any number that set it up at once, one finds it new.
    #[serde(skip)]
    pub is_new: bool,
}

impl Operations {
    /// Sets a client up, or replaces all that is set for it: what the patch does not name is taken away.
    /// The client may have no keys yet; those that it gets have its quota.
    ///
    /// # Errors
    /// When another client has the external id, the client has changed since it was seen, or a store fails.
    pub async fn put_client(
        &self,
        client: &ClientId,
        patch: &ClientPatch,
    ) -> Result<Change<PutClient>, OperationError> {
        self.write_client(client, ClientWrite::Put, patch).await
    }

    /// Changes what the patch names of a client, and sets an unknown client up.
    ///
    /// # Errors
    /// As [`put_client`](Self::put_client).
    pub async fn set_client(
        &self,
        client: &ClientId,
        patch: &ClientPatch,
    ) -> Result<Change<ClientView>, OperationError> {
        let set = self.write_client(client, ClientWrite::Set, patch).await?;
        Ok(set.map(|set| set.client))
    }

    /// Changes what the patch names of a client that is known.
    ///
    /// # Errors
    /// When nothing is known of the client; otherwise as [`put_client`](Self::put_client).
    pub async fn patch_client(
        &self,
        client: &ClientId,
        patch: &ClientPatch,
    ) -> Result<Change<ClientView>, OperationError> {
        let set = self.write_client(client, ClientWrite::Patch, patch).await?;
        Ok(set.map(|set| set.client))
    }

    async fn write_client(
        &self,
        client: &ClientId,
        write: ClientWrite,
        patch: &ClientPatch,
    ) -> Result<Change<PutClient>, OperationError> {
        self.caller.check_provider_writes()?;
        if let Patch::Set(target) = &patch.deliver {
            self.check_target(target)?;
        }
        if let Patch::Set(template) = &patch.deliver_template {
            template.parse::<ValueTemplate>()?;
        }
        if let Patch::Set(address) = &patch.mail {
            address.as_str().parse::<MailAddress>()?;
        }
        if let Patch::Set(scopes) = &patch.mail_scopes {
            let owner = KeyOwner::Client(client.clone());
            owner.check(scopes).map_err(KeyringError::from)?;
        }
        let set = self.keyring.set_client(client, write, patch).await?;
        let is_new = set.at_commit().is_new;
        let sources = self.sources(Some(client)).await;
        let sources = sources.map_err(OperationError::seen_after_commit)?;
        let client = sources.view(client);
        Ok(self.changed(PutClient { client, is_new }))
    }

    /// A key of the provider must not be able to write files wherever it likes.
    fn check_target(&self, target: &PlainText) -> Result<(), OperationError> {
        let name: TargetName = target.as_str().parse()?;
        let is_file = matches!(name, TargetName::File(_));
        let folder = self.deliver_folder.as_deref();
        let is_beneath = folder.is_some_and(|folder| name.is_file_beneath(folder));
        match (&self.caller, is_file) {
            (Caller::Provider(_), _) | (_, false) => Ok(()),
            (_, true) if is_beneath => Ok(()),
            (_, true) => Err(OperationError::FileOutside),
        }
    }

    /// Changes the policy of all clients without one of their own.
    ///
    /// # Errors
    /// When the store fails.
    pub async fn set_policy_of_all(
        &self,
        patch: &PolicyPatch,
    ) -> Result<Change<PolicyOfAll>, OperationError> {
        self.caller.check_provider_writes()?;
        let set = self.keyring.set_policy_of_all(patch).await?.at_commit();
        Ok(self.changed(PolicyOfAll {
            policy: PolicySettings::default().over(&set),
        }))
    }

    /// Ends the sessions of a client and withdraws its links, revokes all of its keys, waits until no server
    /// accepts them, deletes its logs, and takes away all that is set for it. The audit trail stays. What
    /// fails in between can be repeated. The version of the client is looked at once, before anything is
    /// destroyed.
    ///
    /// # Errors
    /// When nothing is known of the client and nothing is left of it, it has changed since it was seen, or a
    /// store fails.
    pub async fn remove_client(
        &self,
        client: &ClientId,
        static_entries: StaticEntries,
    ) -> Result<Change<RemovedClient>, OperationError> {
        self.caller.check_provider_writes()?;
        let is_known = self.keyring.find_removable(client).await?;
        // First: a session that a key begins from here on ends with the key.
        let ended = self.end_sessions_and_links(client).await?;
        let mut revoked = self.revoke_removed(client).await?;
        let purged = self.purge_logs(client, static_entries).await?.result;
        let was_left = !ended.ended.is_empty() || ended.links > 0 || purged.entries > 0;
        // It is half removed already, so that whoever changes it now comes too late.
        let keyring = self.keyring.clone().in_any_version();
        match keyring.remove_client(client).await {
            Ok(removed) => revoked.extend(removed.at_commit()),
            // It had nothing but keys, or a removal that failed has left nothing else.
            Err(KeyringError::UnknownClient(_)) if is_known || was_left => {}
            Err(error) => return Err(error.into()),
        }
        Ok(self.changed(RemovedClient {
            client_id: client.clone(),
            revoked,
            sessions_ended: ended.ended.len(),
            links_withdrawn: ended.links,
            entries: purged.entries,
            static_keys: purged.static_keys,
        }))
    }

    async fn revoke_removed(&self, client: &ClientId) -> Result<Vec<KeyId>, OperationError> {
        let selection = KeySelection::Client(client.clone());
        let reason: Option<PlainText> = "the client was removed".parse().ok();
        match self.keyring.revoke(&selection, reason.as_ref()).await {
            Ok(revoked) => {
                let waited = revoked.everywhere().await;
                waited.map_err(OperationError::NotSeenEverywhere)?;
                Ok(revoked.at_commit())
            }
            Err(KeyringError::NoKeys(_)) => Ok(Vec::new()),
            Err(error) => Err(OperationError::of_withdrawal(error)),
        }
    }

    /// What is recorded of the owner of keys: of one client, or of all.
    pub(crate) async fn book(&self, one: Option<&ClientId>) -> Result<ClientBook, OperationError> {
        Ok(match one {
            Some(client) => self.keyring.client_book(client).await?,
            None => self.keyring.clients().await?,
        })
    }
}
