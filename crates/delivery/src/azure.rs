//! A secret in Azure Key Vault.
//!
//! <https://learn.microsoft.com/en-us/rest/api/keyvault/secrets/operation-groups>

mod challenge;
mod token;

use crate::{
    CallError, Parcel, Secret, Target, TargetError, ValueTemplate, Variables,
    service::{Answer, Service, json_request, parse},
};
use async_trait::async_trait;
use challenge::{Challenge, is_in_cloud};
use http::{
    HeaderValue, Request, StatusCode,
    header::{AUTHORIZATION, WWW_AUTHENTICATE},
    request::Builder,
};
use serde_json::{Value, json};
use token::Credentials;
use tokio::sync::OnceCell;

const VERSION: &str = "api-version=7.4";
/// A vault that the operator has set, beside those in the domains of the cloud.
const OWN_VAULT: &str = "LOGGER_AZURE_VAULT_URL";

pub(crate) struct AzureTarget {
    variables: Variables,
    service: Service,
    /// The host of the vault; none for one that the operator has set.
    host: Option<String>,
    token: OnceCell<Secret>,
    path: String,
    template: ValueTemplate,
}

impl AzureTarget {
    pub(crate) fn new(
        variables: &Variables,
        vault: &str,
        name: &str,
        template: ValueTemplate,
    ) -> Result<Self, TargetError> {
        let url = parse(vault, "the vault")?;
        let host = url.host_str().unwrap_or_default().to_owned();
        let own = variables.get(OWN_VAULT);
        let own = own.map(|own| parse(&own, OWN_VAULT)).transpose()?;
        let is_own = own.is_some_and(|own| own.origin() == url.origin());
        let service = match is_own {
            true => Service::of_operator(vault, OWN_VAULT)?,
            false if is_in_cloud(&host) => Service::public(vault)?,
            false => {
                return Err(TargetError::Setting(format!(
                    "the vault is in no domain of Azure, such as vault.azure.net: credentials go to \
                     another host only if the operator sets it ({OWN_VAULT})"
                )));
            }
        };
        Ok(Self {
            variables: variables.clone(),
            service,
            host: (!is_own).then_some(host),
            token: OnceCell::new(),
            path: format!("/secrets/{name}?{VERSION}"),
            template,
        })
    }

    /// Asks without a token, as the documentation has it: the answer says where to get one.
    /// <https://learn.microsoft.com/en-us/azure/key-vault/general/authentication-requests-and-responses>
    async fn sign_in(&self) -> Result<Secret, TargetError> {
        let request = Request::get(&self.path).body(String::new());
        let request = request.map_err(|_| TargetError::SignIn(CallError::Answer))?;
        let answer = self.service.call(request).await;
        let answer = answer.map_err(TargetError::SignIn)?;
        if answer.status != StatusCode::UNAUTHORIZED {
            return Err(TargetError::SignIn(answer.error("no challenge")));
        }
        let header = answer.headers.get(WWW_AUTHENTICATE);
        let header = header.and_then(|value| value.to_str().ok());
        let challenge = Challenge::parse(header.unwrap_or_default());
        let challenge = challenge.ok_or(TargetError::SignIn(CallError::Answer))?;
        if let Some(host) = &self.host {
            challenge.check_resource(host)?;
        }
        Credentials::find(&self.variables)?
            .token(&self.variables, &challenge)
            .await
    }

    async fn authorised(&self, request: Builder) -> Result<Builder, TargetError> {
        let token = self.token.get_or_try_init(|| self.sign_in()).await?;
        let value = HeaderValue::from_str(&format!("Bearer {}", token.expose()));
        let mut value = value.map_err(|_| TargetError::SignIn(CallError::Answer))?;
        value.set_sensitive(true);
        Ok(request.header(AUTHORIZATION, value))
    }

    /// [Get Secret](https://learn.microsoft.com/en-us/rest/api/keyvault/secrets/get-secret/get-secret)
    async fn get(&self) -> Result<Option<Value>, TargetError> {
        let request = self.authorised(Request::get(&self.path)).await?;
        let request = request.body(String::new());
        let request = request.map_err(|_| TargetError::Read(CallError::Answer))?;
        let answer = self
            .service
            .call(request)
            .await
            .map_err(TargetError::Read)?;
        match answer.status {
            StatusCode::NOT_FOUND => Ok(None),
            _ => success(&answer).map(Some).map_err(TargetError::Read),
        }
    }
}

#[async_trait]
impl Target for AzureTarget {
    async fn current(&self) -> Result<Option<Secret>, TargetError> {
        let said = self.get().await?;
        let value = said.as_ref().and_then(|said| said["value"].as_str());
        Ok(value.map(|value| self.template.key_in(value)))
    }

    /// [Set Secret](https://learn.microsoft.com/en-us/rest/api/keyvault/secrets/set-secret/set-secret): a new
    /// version, which is the current one at once.
    async fn put(&self, parcel: &Parcel<'_>) -> Result<(), TargetError> {
        let mut body = json!({
            "value": self.template.fill(parcel).expose(),
            "contentType": "text/plain",
            "tags": {
                "key_id": parcel.key_id, "client_id": parcel.client_id, "made_by": "central-logger",
            },
            "attributes": {"enabled": true},
        });
        if let Some(end) = parcel.expires_at {
            body["attributes"]["exp"] = end.unix_timestamp().into();
        }
        let request = self.authorised(Request::put(&self.path)).await?;
        let request = json_request(request, &body).map_err(TargetError::Read)?;
        let answer = self
            .service
            .call(request)
            .await
            .map_err(TargetError::Write)?;
        success(&answer).map(drop).map_err(TargetError::Write)
    }

    async fn check(&self) -> Result<(), TargetError> {
        self.get().await.map(drop)
    }
}

fn success(answer: &Answer) -> Result<Value, CallError> {
    match answer.status.is_success() {
        true => answer.json(),
        false => {
            let said = answer.failure();
            Err(answer.error(said["error"]["code"].as_str().unwrap_or_default()))
        }
    }
}
