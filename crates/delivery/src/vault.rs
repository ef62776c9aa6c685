//! A secret in HashiCorp Vault or OpenBao, in a key-value store of version 2.
//!
//! <https://developer.hashicorp.com/vault/api-docs/secret/kv/kv-v2>

mod sign_in;

use crate::{
    CallError, Parcel, Secret, Target, TargetError, ValueTemplate, Variables,
    service::{Answer, Service, json_request, parse},
    value_template::{fill, key_in},
};
use async_trait::async_trait;
use http::{HeaderName, HeaderValue, Method, Request, StatusCode, request::Builder};
use serde_json::{Map, Value, json};
use sign_in::Credentials;
use tokio::sync::OnceCell;
use url::Url;

/// The field with the key.
const KEY: &str = "LOGGER_API_KEY";
/// The field with the URL that logs are sent to.
const URL: &str = "LOGGER_API_URL";

const TOKEN: HeaderName = HeaderName::from_static("x-vault-token");
const NAMESPACE: HeaderName = HeaderName::from_static("x-vault-namespace");

pub(crate) struct VaultTarget {
    service: Service,
    /// Of the API, with the path in front of it if the operator has set one.
    base: Url,
    namespace: Option<String>,
    credentials: Credentials,
    token: OnceCell<Secret>,
    mount: String,
    path: String,
    /// The fields that are written, each by a template.
    fields: Map<String, Value>,
}

/// The fields by which keys are written. The key alone goes where the libraries read it from.
fn fields(template: &ValueTemplate) -> Result<Map<String, Value>, TargetError> {
    let usual = [(KEY, "{key}"), (URL, "{url}")];
    let usual = usual.map(|(name, text)| (name.to_owned(), Value::from(text)));
    match *template == ValueTemplate::default() {
        true => Ok(Map::from_iter(usual)),
        false => template.fields().ok_or_else(|| {
            let reason =
                "a template for Vault is a JSON object of texts, such as {\"key\":\"{key}\"}";
            TargetError::Setting(reason.to_owned())
        }),
    }
}

/// A secret as it is now.
#[derive(Default)]
struct Current {
    version: u64,
    fields: Map<String, Value>,
    custom_metadata: Map<String, Value>,
}

impl VaultTarget {
    pub(crate) fn new(
        variables: &Variables,
        mount: String,
        path: String,
        template: &ValueTemplate,
    ) -> Result<Self, TargetError> {
        let address = variables.get("VAULT_ADDR").ok_or_else(|| {
            TargetError::Setting("VAULT_ADDR is not set: write https://HOST:8200".to_owned())
        })?;
        Ok(Self {
            service: Service::of_operator(&address, "VAULT_ADDR")?,
            base: parse(&address, "VAULT_ADDR")?,
            namespace: variables.get("VAULT_NAMESPACE"),
            credentials: Credentials::find(variables)?,
            token: OnceCell::new(),
            mount,
            path,
            fields: fields(template)?,
        })
    }

    /// A request of `/v1/…`.
    fn request(&self, method: Method, parts: &[&str]) -> Builder {
        let mut url = self.base.clone();
        if let Ok(mut path) = url.path_segments_mut() {
            path.pop_if_empty().push("v1");
            path.extend(parts.iter().flat_map(|part| part.split('/')));
        }
        let mut request = Request::builder().method(method).uri(url.path());
        if let Some(namespace) = &self.namespace {
            request = request.header(NAMESPACE, namespace);
        }
        request
    }

    async fn token(&self) -> Result<&Secret, TargetError> {
        let sign_in = || self.credentials.sign_in(self);
        let token = self.token.get_or_try_init(sign_in).await;
        token.map_err(TargetError::SignIn)
    }

    async fn authorised(&self, method: Method, parts: &[&str]) -> Result<Builder, TargetError> {
        let token = HeaderValue::from_str(self.token().await?.expose());
        let mut token = token.map_err(|_| TargetError::SignIn(CallError::Answer))?;
        token.set_sensitive(true);
        Ok(self.request(method, parts).header(TOKEN, token))
    }

    async fn post(&self, parts: &[&str], body: &Value) -> Result<Answer, TargetError> {
        let request = self.authorised(Method::POST, parts).await?;
        let request = json_request(request, body).map_err(TargetError::Write)?;
        self.service.call(request).await.map_err(TargetError::Write)
    }

    /// Read Secret Version. A secret whose last version is deleted answers 404, with the version.
    async fn read(&self) -> Result<Current, TargetError> {
        let parts = [&self.mount, "data", &self.path];
        let request = self.authorised(Method::GET, &parts).await?;
        let request = request.body(String::new());
        let request = request.map_err(|_| TargetError::Read(CallError::Answer))?;
        let answer = self
            .service
            .call(request)
            .await
            .map_err(TargetError::Read)?;
        let body = match answer.status {
            StatusCode::NOT_FOUND => answer.failure(),
            _ => answer.json().map_err(TargetError::Read)?,
        };
        let object = |value: &Value| value.as_object().cloned().unwrap_or_default();
        let metadata = &body["data"]["metadata"];
        Ok(Current {
            version: metadata["version"].as_u64().unwrap_or_default(),
            fields: object(&body["data"]["data"]),
            custom_metadata: object(&metadata["custom_metadata"]),
        })
    }

    /// Create/Update Secret, if nobody has since it was read.
    async fn write(&self, current: &Current, parcel: &Parcel<'_>) -> Result<(), TargetError> {
        let mut fields = current.fields.clone();
        for (name, template) in &self.fields {
            let value = fill(template.as_str().unwrap_or_default(), parcel);
            fields.insert(name.clone(), value.into());
        }
        let body = json!({"options": {"cas": current.version}, "data": fields});
        let parts = [&self.mount, "data", &self.path];
        let answer = self.post(&parts, &body).await?;
        let said = answer.failure();
        let errors = said["errors"].as_array().into_iter().flatten();
        let mut errors = errors.filter_map(Value::as_str);
        match answer.status == StatusCode::BAD_REQUEST
            && errors.any(|error| error.contains("check-and-set"))
        {
            true => Err(TargetError::Changed),
            false => answer.need_success().map_err(TargetError::Write),
        }
    }

    /// Create/Update Metadata: what people see of the secret. It may be forbidden, and is left out then.
    async fn describe(&self, current: Current, parcel: &Parcel<'_>) {
        let mut custom = current.custom_metadata;
        custom.insert("key_id".to_owned(), parcel.key_id.as_str().into());
        custom.insert("client_id".to_owned(), parcel.client_id.as_str().into());
        let parts = [&self.mount, "metadata", &self.path];
        let body = json!({"custom_metadata": custom});
        let described = self.post(&parts, &body).await;
        let described =
            described.and_then(|answer| answer.need_success().map_err(TargetError::Write));
        if let Err(error) = described {
            tracing::debug!(%error, "the metadata of the secret is left as it is");
        }
    }
}

#[async_trait]
impl Target for VaultTarget {
    async fn current(&self) -> Result<Option<Secret>, TargetError> {
        let held = self.read().await?.fields;
        let mut keys = self.fields.iter().filter_map(|(name, template)| {
            let held = held.get(name)?.as_str()?;
            let template = template.as_str().filter(|text| text.contains("{key}"))?;
            Some(key_in(template, held).unwrap_or(held).to_owned().into())
        });
        Ok(keys.next())
    }

    async fn put(&self, parcel: &Parcel<'_>) -> Result<(), TargetError> {
        let current = self.read().await?;
        self.write(&current, parcel).await?;
        self.describe(current, parcel).await;
        Ok(())
    }

    /// Query Token Self Capabilities: <https://developer.hashicorp.com/vault/api-docs/system/capabilities-self>
    async fn check(&self) -> Result<(), TargetError> {
        let current = self.read().await?;
        let path = format!("{}/data/{}", self.mount, self.path);
        let parts = ["sys", "capabilities-self"];
        let answer = self.post(&parts, &json!({"paths": [path]})).await?;
        let said = answer.json().map_err(TargetError::Read)?;
        let capabilities = said["data"]["capabilities"].as_array();
        let capabilities = capabilities.or(said["capabilities"].as_array());
        let needed = match current.version {
            0 => "create",
            _ => "update",
        };
        let mut named = capabilities.into_iter().flatten().filter_map(Value::as_str);
        match named.any(|named| named == needed || named == "root") {
            true => Ok(()),
            false => Err(TargetError::NoCapability(needed)),
        }
    }
}
