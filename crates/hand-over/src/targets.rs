use crate::{HandOver, HandOverError, due::AT_A_TIME};
use central_logger_delivery::{Target, TargetName, ValueTemplate};
use central_logger_key_store::KeyStatus;
use central_logger_keys::{ClientId, KeyId};
use central_logger_operations::{OperationError, clients::ClientFilter};
use central_logger_text::Report;
use futures_util::{StreamExt, stream};
use serde::Serialize;
use tokio::sync::OnceCell;

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
    /// Checks the target of a client, or those of all clients that have one: whether a key could be put there,
    /// and whether what is there may be replaced. Nothing is changed there.
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
        let of_mail = OnceCell::new();
        let checks = stream::iter(targets).map(|target| self.checked(target, &of_mail));
        Ok(checks.buffered(AT_A_TIME).collect().await)
    }

    async fn checked(
        &self,
        (client_id, target): (ClientId, String),
        of_mail: &OnceCell<Option<String>>,
    ) -> TargetCheck {
        let reason = match self.parsed(&client_id, &target).await {
            // All clients have the same mail server, which need not be asked for each.
            Ok((name, _)) if name.mail_address().is_some() => {
                let trouble = of_mail.get_or_init(|| self.trouble_with_mail()).await;
                trouble.clone()
            }
            Ok((name, template)) => {
                let checked = self.check_target(&client_id, &name, &template).await;
                checked.err().map(|error| Report(&error).to_string())
            }
            Err(error) => Some(Report(&error).to_string()),
        };
        TargetCheck {
            ok: reason.is_none(),
            client_id,
            target,
            reason,
        }
    }

    async fn trouble_with_mail(&self) -> Option<String> {
        let Some(mail) = &self.mail else {
            return Some(HandOverError::NoMail.to_string());
        };
        let checked = mail.mailer.check().await;
        checked.err().map(|error| Report(&error).to_string())
    }

    async fn check_target(
        &self,
        client: &ClientId,
        name: &TargetName,
        template: &ValueTemplate,
    ) -> Result<(), HandOverError> {
        let target = self.open(name, template)?;
        let checked = target.check().await;
        checked.map_err(|source| unusable(name, source))?;
        let held = target.current().await;
        let Some(held) = held.map_err(|source| unusable(name, source))? else {
            return Ok(());
        };
        match self.operations.recognise(client, held.expose()).await? {
            Some(_) => Ok(()),
            None => Err(HandOverError::Foreign {
                target: name.to_string(),
                client: client.clone(),
            }),
        }
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
