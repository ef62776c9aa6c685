use crate::{HandOver, HandOverError};
use central_logger_delivery::{Target, TargetName, ValueTemplate};
use central_logger_key_store::KeyStatus;
use central_logger_keys::{ClientId, KeyId};
use central_logger_operations::{OperationError, clients::ClientFilter};
use central_logger_text::Report;
use serde::Serialize;

/// Whether keys of a client could be handed over.
#[derive(Debug, Clone, Serialize)]
pub struct TargetCheck {
    /// The client.
    pub client_id: ClientId,
    /// Where its keys go.
    pub target: String,
    /// Whether they could.
    pub ok: bool,
    /// Why not.
    pub reason: Option<String>,
}

impl HandOver {
    /// Checks the target of a client, or those of all clients that have one. Nothing is changed there.
    ///
    /// # Errors
    /// When a client is named that has none, or a store fails.
    pub async fn check(&self, one: Option<&ClientId>) -> Result<Vec<TargetCheck>, HandOverError> {
        let mut targets = Vec::new();
        match one {
            Some(client) => {
                let target = self.operations.target_of(client).await?;
                let target = target.ok_or_else(|| HandOverError::NoTarget(client.clone()))?;
                targets.push((client.clone(), target));
            }
            None => {
                let listing = self.operations.clients(&ClientFilter::default()).await?;
                let all = listing.clients.into_iter();
                targets.extend(all.filter_map(|client| Some((client.client_id, client.deliver?))));
            }
        }
        let mut checks = Vec::new();
        for (client_id, target) in targets {
            let checked = self.check_target(&client_id, &target).await;
            let reason = checked.err().map(|error| Report(&error).to_string());
            checks.push(TargetCheck {
                ok: reason.is_none(),
                client_id,
                target,
                reason,
            });
        }
        Ok(checks)
    }

    async fn check_target(&self, client: &ClientId, target: &str) -> Result<(), HandOverError> {
        let (name, template) = self.parsed(client, target).await?;
        if name.mail_address().is_some() {
            let mail = self.mail.as_ref().ok_or(HandOverError::NoMail)?;
            return mail
                .mailer
                .check()
                .await
                .map_err(|source| HandOverError::NotMailed {
                    target: name.to_string(),
                    source: Box::new(source),
                });
        }
        let target = self.open(&name, &template)?;
        let checked = target.check().await;
        checked.map_err(|source| unusable(&name, source))
    }

    /// Returns the target that is named, else that of the client, and what is written there.
    pub(crate) async fn target_name(
        &self,
        client: &ClientId,
        named: Option<&TargetName>,
    ) -> Result<(TargetName, ValueTemplate), HandOverError> {
        let text = match named {
            Some(name) => name.to_string(),
            None => {
                let set = self.operations.target_of(client).await?;
                set.ok_or_else(|| HandOverError::NoTarget(client.clone()))?
            }
        };
        self.parsed(client, &text).await
    }

    pub(crate) async fn parsed(
        &self,
        client: &ClientId,
        text: &str,
    ) -> Result<(TargetName, ValueTemplate), HandOverError> {
        let name: TargetName = text.parse().map_err(|source| HandOverError::Target {
            client: client.clone(),
            source,
        })?;
        let record = self.operations.client_record(client).await?;
        let template = record.and_then(|record| record.deliver_template);
        let template = template.map(|text| text.parse()).transpose();
        let template = template.map_err(OperationError::from)?;
        Ok((name, template.unwrap_or_default()))
    }

    pub(crate) fn open(
        &self,
        name: &TargetName,
        template: &ValueTemplate,
    ) -> Result<Box<dyn Target>, HandOverError> {
        let target = self.targets.open(name, template);
        target.map_err(|source| unusable(name, source))
    }

    /// Refuses a target that holds what somebody may need: something that is no key of the client, or a key
    /// that is good and not the one that is replaced.
    pub(crate) async fn check_held(
        &self,
        (name, target): (&TargetName, &dyn Target),
        client: &ClientId,
        replaced: Option<&KeyId>,
    ) -> Result<(), HandOverError> {
        let held = target.current().await;
        let Some(held) = held.map_err(|source| unusable(name, source))? else {
            return Ok(());
        };
        let target = name.to_string();
        match self.operations.recognise(client, held.expose()).await? {
            None => Err(HandOverError::Foreign {
                target,
                client: client.clone(),
            }),
            Some(key) if Some(&key.key_id) == replaced => Ok(()),
            Some(key) if key.status == KeyStatus::Active => Err(HandOverError::OtherKey {
                target,
                holds: key.key_id,
            }),
            Some(_) => Ok(()),
        }
    }
}

pub(crate) fn unusable(
    name: &TargetName,
    source: central_logger_delivery::TargetError,
) -> HandOverError {
    HandOverError::Unusable {
        target: name.to_string(),
        source,
    }
}
