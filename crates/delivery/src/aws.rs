//! A secret in AWS Secrets Manager.
//!
//! <https://docs.aws.amazon.com/secretsmanager/latest/apireference/Welcome.html>

mod credentials;
mod profile;
mod sigv4;

use crate::{
    CallError, Parcel, Secret, Target, TargetError, ValueTemplate, Variables,
    service::{Answer, Service},
};
use async_trait::async_trait;
use central_logger_times::Clock;
use http::Request;
use profile::Profile;
use serde_json::{Value, json};
use sigv4::{AwsCredentials, Scope, Unsigned, amz_date, authorization};
use std::sync::Arc;
use tokio::sync::OnceCell;
use uuid::Uuid;

const CURRENT: &str = "AWSCURRENT";
const PENDING: &str = "AWSPENDING";
const JSON: &str = "application/x-amz-json-1.1";

pub(crate) struct AwsTarget {
    variables: Variables,
    clock: Arc<dyn Clock>,
    profile: Profile,
    region: String,
    service: Service,
    credentials: OnceCell<AwsCredentials>,
    name: String,
    template: ValueTemplate,
}

/// A version of the secret.
struct Version {
    id: String,
    value: Option<Secret>,
}

impl AwsTarget {
    pub(crate) fn new(
        variables: &Variables,
        clock: Arc<dyn Clock>,
        name: String,
        region: Option<&str>,
        template: ValueTemplate,
    ) -> Result<Self, TargetError> {
        let profile = Profile::read(variables)?;
        // arn:aws:secretsmanager:REGION:ACCOUNT:secret:NAME
        let of_arn = name.starts_with("arn:").then(|| name.split(':').nth(3));
        let region = region.or(of_arn.flatten()).map(str::to_owned);
        let region = region
            .or_else(|| variables.get("AWS_REGION"))
            .or_else(|| variables.get("AWS_DEFAULT_REGION"))
            .or_else(|| profile.get("region"));
        let region = region.ok_or_else(|| {
            let reason =
                "no region is set: write ?region=eu-central-1 behind the name, or AWS_REGION";
            TargetError::Setting(reason.to_owned())
        })?;
        Ok(Self {
            service: credentials::service(variables, "secretsmanager", &region)?,
            variables: variables.clone(),
            clock,
            profile,
            region,
            credentials: OnceCell::new(),
            name,
            template,
        })
    }

    /// Makes a signed call of an action.
    async fn call(
        &self,
        action: &str,
        body: &Value,
        failed: fn(CallError) -> TargetError,
    ) -> Result<Answer, TargetError> {
        let find = || credentials::find(&self.variables, &self.profile, &self.region);
        let credentials = self.credentials.get_or_try_init(find).await?;
        let request = self.signed(action, &body.to_string(), credentials);
        let request = request.ok_or(TargetError::SignIn(CallError::Answer))?;
        self.service.call(request).await.map_err(failed)
    }

    fn signed(
        &self,
        action: &str,
        body: &str,
        credentials: &AwsCredentials,
    ) -> Option<Request<String>> {
        let at = self.clock.now();
        let (date, target) = (amz_date(at), format!("secretsmanager.{action}"));
        let host = self.service.endpoint().host().to_str().ok()?;
        let token = credentials.session_token.as_ref();
        let mut headers = vec![
            ("content-type", JSON),
            ("host", host),
            ("x-amz-date", &date),
        ];
        headers.extend(token.map(|token| ("x-amz-security-token", token.expose())));
        headers.push(("x-amz-target", &target));
        let unsigned = Unsigned {
            method: "POST",
            query: "",
            headers: &headers,
            body,
        };
        let scope = Scope {
            region: &self.region,
            service: "secretsmanager",
            at,
        };
        let authorization = authorization(&unsigned, &scope, credentials);
        let mut request = Request::post("/").header("authorization", authorization);
        for (name, value) in headers.into_iter().filter(|(name, _)| *name != "host") {
            request = request.header(name, value);
        }
        request.body(body.to_owned()).ok()
    }

    /// [GetSecretValue](https://docs.aws.amazon.com/secretsmanager/latest/apireference/API_GetSecretValue.html)
    async fn get(&self, which: (&str, &str)) -> Result<Option<Version>, TargetError> {
        let body = json!({"SecretId": self.name, which.0: which.1});
        let answer = self
            .call("GetSecretValue", &body, TargetError::Read)
            .await?;
        if error_of(&answer) == "ResourceNotFoundException" {
            return Ok(None);
        }
        let said = success(&answer).map_err(TargetError::Read)?;
        let value = said["SecretString"].as_str();
        Ok(Some(Version {
            id: said["VersionId"].as_str().unwrap_or_default().to_owned(),
            value: value.map(|value| self.template.key_in(value)),
        }))
    }

    /// [UpdateSecretVersionStage](https://docs.aws.amazon.com/secretsmanager/latest/apireference/API_UpdateSecretVersionStage.html)
    async fn make_current(&self, version: Uuid, before: Option<&str>) -> Result<(), TargetError> {
        let mut body = json!({
            "SecretId": self.name, "VersionStage": CURRENT, "MoveToVersionId": version,
        });
        if let Some(before) = before {
            body["RemoveFromVersionId"] = before.into();
        }
        let promote = TargetError::Promote;
        let answer = self
            .call("UpdateSecretVersionStage", &body, promote)
            .await?;
        success(&answer).map(drop).map_err(promote)
    }

    /// [CreateSecret](https://docs.aws.amazon.com/secretsmanager/latest/apireference/API_CreateSecret.html)
    async fn create(&self, parcel: &Parcel<'_>) -> Result<(), TargetError> {
        let body = json!({
            "Name": self.name,
            "ClientRequestToken": parcel.version,
            "SecretString": self.template.fill(parcel).expose(),
            "Tags": [
                {"Key": "client_id", "Value": parcel.client_id},
                {"Key": "made_by", "Value": "central-logger"},
            ],
        });
        let answer = self.call("CreateSecret", &body, TargetError::Write).await?;
        match error_of(&answer).as_str() {
            "ResourceExistsException" => Err(TargetError::Changed),
            _ => success(&answer).map(drop).map_err(TargetError::Write),
        }
    }

    /// [PutSecretValue](https://docs.aws.amazon.com/secretsmanager/latest/apireference/API_PutSecretValue.html)
    async fn stage(&self, parcel: &Parcel<'_>) -> Result<(), TargetError> {
        let body = json!({
            "SecretId": self.name,
            "ClientRequestToken": parcel.version,
            "SecretString": self.template.fill(parcel).expose(),
            "VersionStages": [PENDING],
        });
        let answer = self
            .call("PutSecretValue", &body, TargetError::Write)
            .await?;
        success(&answer).map(drop).map_err(TargetError::Write)
    }
}

#[async_trait]
impl Target for AwsTarget {
    async fn current(&self) -> Result<Option<Secret>, TargetError> {
        let current = self.get(("VersionStage", CURRENT)).await?;
        Ok(current.and_then(|version| version.value))
    }

    async fn put(&self, parcel: &Parcel<'_>) -> Result<(), TargetError> {
        let exists = self.describe(TargetError::Read).await?;
        if !exists {
            return self.create(parcel).await;
        }
        let before = self.get(("VersionStage", CURRENT)).await?;
        self.stage(parcel).await?;
        let before = before.map(|version| version.id);
        self.make_current(parcel.version, before.as_deref()).await
    }

    async fn staged(&self, version: Uuid) -> Result<Option<Secret>, TargetError> {
        let staged = self.get(("VersionId", &version.to_string())).await?;
        Ok(staged.and_then(|version| version.value))
    }

    async fn promote(&self, version: Uuid) -> Result<(), TargetError> {
        let before = self.get(("VersionStage", CURRENT)).await?;
        let before = before.map(|version| version.id);
        self.make_current(version, before.as_deref()).await
    }

    async fn check(&self) -> Result<(), TargetError> {
        self.describe(TargetError::Read).await?;
        self.current().await.map(drop)
    }
}

impl AwsTarget {
    /// [DescribeSecret](https://docs.aws.amazon.com/secretsmanager/latest/apireference/API_DescribeSecret.html):
    /// whether there is such a secret.
    async fn describe(&self, failed: fn(CallError) -> TargetError) -> Result<bool, TargetError> {
        let body = json!({"SecretId": self.name});
        let answer = self.call("DescribeSecret", &body, failed).await?;
        match error_of(&answer).as_str() {
            "ResourceNotFoundException" => Ok(false),
            _ => success(&answer).map(|_| true).map_err(failed),
        }
    }
}

/// What the service calls a failure; behind a `#` if it names its service, too.
fn error_of(answer: &Answer) -> String {
    if answer.status.is_success() {
        return String::new();
    }
    let said = answer.failure();
    let name = said["__type"].as_str().unwrap_or_default();
    name.rsplit('#').next().unwrap_or_default().to_owned()
}

fn success(answer: &Answer) -> Result<Value, CallError> {
    match answer.status.is_success() {
        true => answer.json(),
        false => Err(answer.error(&error_of(answer))),
    }
}
