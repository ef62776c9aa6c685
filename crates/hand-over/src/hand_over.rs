use crate::{Delivered, HandOverError, LinkMail, Outcome, pending::LONGEST_PUT};
use central_logger_delivery::{OpenTarget, Parcel, Target, TargetError, TargetName, version_of};
use central_logger_key_activity::AlertRaising;
use central_logger_key_store::NewKey;
use central_logger_keyring::Rotation;
use central_logger_keys::{ClientId, KeyId, KeyPrefix};
use central_logger_operations::{
    OperationError, Operations,
    keys::{Issued, KeyFilter, KeyView},
};
use central_logger_times::{Clock, Timestamp};
use std::{fmt, sync::Arc};
use time::Duration;
use tokio::{sync::Mutex, time::timeout};

/// Hands keys over to targets.
#[derive(Clone)]
pub struct HandOver {
    pub(crate) operations: Operations,
    pub(crate) targets: Arc<dyn OpenTarget>,
    pub(crate) clock: Arc<dyn Clock>,
    pub(crate) api_url: String,
    pub(crate) mail: Option<LinkMail>,
    pub(crate) alerts: AlertRaising,
    prefix: KeyPrefix,
    /// Of changes that are made at the same time the store takes one, and the others are decided on anew.
    turn: Arc<Mutex<()>>,
}

/// How a key is to be replaced.
#[derive(Debug, Clone, Copy)]
pub struct Succession {
    /// How much longer the old key is to work once the new one is there.
    pub grace: Duration,
    /// When the successor expires; without this, it lives as long as the old key was meant to.
    pub expires_at: Option<Timestamp>,
    /// Whether whatever the target holds may be replaced.
    pub overwrite: bool,
}

/// Servers may apply a shorter grace too late, unless they are waited for.
const LONGEST_LEASE: Duration = Duration::MINUTE;

impl HandOver {
    /// Hands keys over in the name of who asks for these operations. New keys have this brand, and logs are
    /// sent to this URL.
    pub fn new(
        operations: Operations,
        targets: Arc<dyn OpenTarget>,
        clock: Arc<dyn Clock>,
        prefix: KeyPrefix,
        api_url: String,
    ) -> Self {
        Self {
            operations,
            targets,
            clock,
            prefix,
            api_url,
            mail: None,
            alerts: AlertRaising::Listed,
            turn: Arc::default(),
        }
    }

    /// Makes a change while no other is made by this hand-over.
    pub(crate) async fn in_turn<T>(&self, change: impl Future<Output = T>) -> T {
        let _turn = self.turn.lock().await;
        change.await
    }

    /// Hands keys over by mail, too.
    #[must_use]
    pub fn with_mail(self, mail: Option<LinkMail>) -> Self {
        Self { mail, ..self }
    }

    /// Says what becomes of alerts about keys that are not handed over. They are listed otherwise.
    #[must_use]
    pub fn with_alerts(self, alerts: AlertRaising) -> Self {
        Self { alerts, ..self }
    }

    /// Makes a key and hands it over, to the target that is named or else to that of the client. A key that an
    /// interrupted call has left pending at the same target is handed over instead, if the target holds it.
    ///
    /// # Errors
    /// When it is not handed over.
    pub async fn issue(
        &self,
        client: &ClientId,
        new: NewKey,
        target: Option<&TargetName>,
        overwrite: bool,
    ) -> Result<Outcome, HandOverError> {
        let (name, template) = self.target_name(client, target).await?;
        if let Some(address) = name.mail_address() {
            return Ok(Outcome::Mailed(self.mail_new(address, client, new).await?));
        }
        let target = self.open(&name, &template)?;
        let written = name.to_string();
        let is_left = |key: &KeyView| {
            key.replaces.is_none() && key.pending_target.as_deref() == Some(&written)
        };
        for left in self.pending(client, is_left).await? {
            if let Some(delivered) = self.take_up(&left, Duration::ZERO).await? {
                return Ok(delivered.into());
            }
        }
        if !overwrite {
            self.check_held((&name, &*target), client, None).await?;
        }
        let new = NewKey {
            pending_target: Some(written),
            ..new
        };
        let issued = self.operations.issue(&self.prefix, new);
        let issued = self.in_turn(issued).await?.result;
        self.deliver((&name, &*target), client, &issued, Duration::ZERO)
            .await
            .map(Outcome::from)
    }

    /// Replaces a key, by a successor that is handed over to the target of the client before the grace begins.
    /// A successor that an interrupted call has left pending is taken up first.
    ///
    /// # Errors
    /// When the successor is not handed over.
    pub async fn rotate(&self, id: &KeyId, how: Succession) -> Result<Outcome, HandOverError> {
        let old = self.operations.key(id).await?;
        let Some(client) = old.client_id else {
            return Err(OperationError::ProviderKey(id.clone()).into());
        };
        let succeeds = |key: &KeyView| key.replaces.as_ref() == Some(id);
        for left in self.pending(&client, succeeds).await? {
            if let Some(delivered) = self.take_up(&left, how.grace).await? {
                return Ok(delivered.into());
            }
        }
        let (name, template) = self.target_name(&client, None).await?;
        if let Some(address) = name.mail_address() {
            let rotation = Rotation {
                grace: how.grace,
                expires_at: how.expires_at,
            };
            let mailed = self.mail_successor(address, &client, id, rotation);
            return Ok(Outcome::Mailed(mailed.await?));
        }
        let target = self.open(&name, &template)?;
        if !how.overwrite {
            self.check_held((&name, &*target), &client, Some(id))
                .await?;
        }
        let written = name.to_string();
        let begun = self
            .operations
            .begin_hand_over(id, &self.prefix, how.expires_at, &written);
        let issued = self.in_turn(begun).await?.result.issued;
        self.deliver((&name, &*target), &client, &issued, how.grace)
            .await
            .map(Outcome::from)
    }

    /// The keys of a client that are pending, as far as they are asked for.
    pub(crate) async fn pending(
        &self,
        client: &ClientId,
        is_asked_for: impl Fn(&KeyView) -> bool,
    ) -> Result<Vec<KeyView>, HandOverError> {
        let of_client = KeyFilter {
            client: Some(client.clone()),
            ..KeyFilter::default()
        };
        let mut keys = self.operations.list(&of_client).await?.keys;
        keys.retain(|key| key.pending && is_asked_for(key));
        Ok(keys)
    }

    /// Writes a pending key to its target, reads it back, and settles it.
    async fn deliver(
        &self,
        (name, target): (&TargetName, &dyn Target),
        client: &ClientId,
        issued: &Issued,
        grace: Duration,
    ) -> Result<Delivered, HandOverError> {
        let key_id = &issued.record.id;
        let store = self.operations.store_identity().await;
        let store = match store {
            Ok(store) => store,
            Err(error) => return Err(self.undo(key_id).await.err().unwrap_or(error.into())),
        };
        let parcel = Parcel {
            api_key: &issued.api_key,
            key_id,
            client_id: client,
            version: version_of(&store, key_id),
            api_url: &self.api_url,
            expires_at: issued.record.expires_at,
        };
        let written = name.to_string();
        let put = timeout(LONGEST_PUT, target.put(&parcel)).await;
        match put.unwrap_or(Err(TargetError::TimedOut)) {
            Ok(()) => {}
            Err(source) if source.may_be_written() => {
                return Err(HandOverError::Unknown {
                    key_id: key_id.clone(),
                    target: written,
                    source,
                });
            }
            Err(source) => {
                self.undo(key_id).await?;
                return Err(HandOverError::NotDelivered {
                    target: written,
                    source,
                });
            }
        }
        match target.current().await {
            Ok(Some(held)) if held.is_key(&issued.api_key) => {
                self.settle(key_id, grace, written, false).await
            }
            Ok(_) => Err(HandOverError::NotReadBack {
                key_id: key_id.clone(),
                target: written,
            }),
            Err(source) => Err(HandOverError::Unknown {
                key_id: key_id.clone(),
                target: written,
                source,
            }),
        }
    }

    pub(crate) async fn settle(
        &self,
        id: &KeyId,
        grace: Duration,
        target: String,
        taken_up: bool,
    ) -> Result<Delivered, HandOverError> {
        let settled = async {
            let settled = self.operations.settle_hand_over(id, grace);
            let settled = self.in_turn(settled).await?;
            if settled.result.replaced.is_some() && grace < LONGEST_LEASE {
                settled.everywhere().await?;
            }
            Ok(settled)
        };
        match settled.await {
            Ok(handed_over) => Ok(Delivered::new(handed_over, target, taken_up)),
            Err(source) => Err(HandOverError::NotSettled {
                key_id: id.clone(),
                target,
                source,
            }),
        }
    }

    pub(crate) async fn undo(&self, id: &KeyId) -> Result<(), HandOverError> {
        match self.in_turn(self.operations.undo_hand_over(id)).await {
            Ok(undone) => {
                // Nobody knows the key, so nobody waits until no server accepts it.
                drop(undone.not_waiting());
                Ok(())
            }
            Err(source) => Err(HandOverError::NotUndone {
                key_id: id.clone(),
                source,
            }),
        }
    }
}

impl fmt::Debug for HandOver {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("HandOver").finish_non_exhaustive()
    }
}
