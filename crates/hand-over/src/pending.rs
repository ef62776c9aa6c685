//! Keys that an interrupted run has left pending.

use crate::{Delivered, HandOver, HandOverError};
use central_logger_delivery::{Target, TargetError, version_of};
use central_logger_keys::{ClientId, KeyId};
use central_logger_operations::{OperationError, keys::KeyView};
use std::time::Duration;
use time::OffsetDateTime;

/// The longest time that writing to a target takes.
pub(crate) const LONGEST_PUT: Duration = Duration::from_secs(20);

/// After so long, no run is at a pending key any more: it has ended, or was interrupted. Longer than
/// [`LONGEST_PUT`], since clocks differ.
const TAKEN_OVER_AFTER: time::Duration = time::Duration::seconds(30);

impl HandOver {
    /// Ends the hand-over of a key that is pending, if its target holds it. Gives the key up if the target
    /// provably does not.
    pub(crate) async fn take_up(
        &self,
        pending: &KeyView,
        grace: time::Duration,
    ) -> Result<Option<Delivered>, HandOverError> {
        let id = &pending.key_id;
        let Some(client) = &pending.client_id else {
            return Err(OperationError::ProviderKey(id.clone()).into());
        };
        let text = pending.pending_target.as_deref().unwrap_or_default();
        let (name, template) = self.parsed(client, text).await?;
        let target = self.open(&name, &template)?;
        let held = self.holds(&*target, client, id).await?;
        match held.map_err(|source| Self::unknown(id, text, source))? {
            true => self
                .settle(id, grace, name.to_string(), true)
                .await
                .map(Some),
            false => {
                self.give_up(id, pending.created_at).await?;
                Ok(None)
            }
        }
    }

    /// Whether programs read the key from the target. What an interrupted run has left there, but not as what
    /// they read, is made that first.
    async fn holds(
        &self,
        target: &dyn Target,
        client: &ClientId,
        id: &KeyId,
    ) -> Result<Result<bool, TargetError>, HandOverError> {
        let version = version_of(&self.operations.store_identity().await?, id);
        let is_it = async |held: Result<Option<central_logger_delivery::Secret>, TargetError>| {
            let held = match held {
                Ok(held) => held,
                Err(error) => return Ok(Err(error)),
            };
            let Some(held) = held else {
                return Ok(Ok(false));
            };
            let key = self.operations.recognise(client, held.expose()).await?;
            Ok::<_, HandOverError>(Ok(key.is_some_and(|key| key.key_id == *id)))
        };
        match is_it(target.current().await).await? {
            Ok(false) => {}
            known => return Ok(known),
        }
        match is_it(target.staged(version).await).await? {
            Ok(true) => {}
            known => return Ok(known),
        }
        match target.promote(version).await {
            Ok(()) => is_it(target.current().await).await,
            Err(error) => Ok(Err(error)),
        }
    }

    /// Revokes a pending key that its target does not hold, unless another run may still be writing it.
    async fn give_up(&self, id: &KeyId, created_at: OffsetDateTime) -> Result<(), HandOverError> {
        let until = created_at + TAKEN_OVER_AFTER;
        match self.clock.now() < until {
            true => Err(HandOverError::UnderWay {
                key_id: id.clone(),
                until,
            }),
            false => self.undo(id).await,
        }
    }

    fn unknown(id: &KeyId, target: &str, source: TargetError) -> HandOverError {
        HandOverError::Unknown {
            key_id: id.clone(),
            target: target.to_owned(),
            source,
        }
    }
}
