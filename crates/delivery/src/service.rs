//! Calls of other services, whose answers are read with suspicion.

use crate::{CallError, Secret, TargetError};
use central_logger_outbound::{EgressPolicy, Endpoint};
use http::{HeaderMap, Request, StatusCode, header::CONTENT_TYPE};
use serde_json::Value;
use std::time::Duration;
use tokio::time::timeout;
use url::Url;
use zeroize::Zeroizing;

/// The time for a call as a whole.
const TIME_LIMIT: Duration = Duration::from_secs(8);
/// The most bytes that are read of an answer: the secrets of AWS and Vault have 64 KiB and 1 MiB at most.
const MAX_ANSWER: usize = 2 << 20;
/// The most characters that are repeated of what a service calls an error.
const MAX_CODE: usize = 64;

/// A service at an origin.
pub(crate) struct Service {
    endpoint: Endpoint,
}

/// What it answered.
pub(crate) struct Answer {
    pub(crate) status: StatusCode,
    pub(crate) headers: HeaderMap,
    body: Zeroizing<Vec<u8>>,
}

impl Service {
    /// A service that the operator has set, wherever it is.
    pub(crate) fn of_operator(url: &str, setting: &str) -> Result<Self, TargetError> {
        let url = parse(url, setting)?;
        let endpoint = Endpoint::new(&url, EgressPolicy::Anywhere)?;
        Ok(Self { endpoint })
    }

    /// A service of a cloud, on the public internet.
    pub(crate) fn public(url: &str) -> Result<Self, TargetError> {
        let url = parse(url, "the address of the service")?;
        let endpoint = Endpoint::new(&url, EgressPolicy::PublicOnly)?;
        Ok(Self { endpoint })
    }

    pub(crate) fn endpoint(&self) -> &Endpoint {
        &self.endpoint
    }

    /// Makes a call, whose URI is a path and a query.
    pub(crate) async fn call(&self, request: Request<String>) -> Result<Answer, CallError> {
        let sent = timeout(TIME_LIMIT, self.endpoint.send(request, MAX_ANSWER)).await;
        let (head, body) = sent.map_err(|_| CallError::Timeout)??.into_parts();
        Ok(Answer {
            status: head.status,
            headers: head.headers,
            body: Zeroizing::new(body.to_vec()),
        })
    }
}

/// Returns the URL in a setting.
pub(crate) fn parse(url: &str, setting: &str) -> Result<Url, TargetError> {
    let malformed = |_| TargetError::Setting(format!("{setting} is no URL: write https://HOST"));
    Url::parse(url).map_err(malformed)
}

/// A request with a body of JSON.
pub(crate) fn json_request(
    request: http::request::Builder,
    body: &Value,
) -> Result<Request<String>, CallError> {
    let request = request.header(CONTENT_TYPE, "application/json");
    request
        .body(body.to_string())
        .map_err(|_| CallError::Answer)
}

impl Answer {
    /// Returns the JSON in the body of a success.
    pub(crate) fn json(&self) -> Result<Value, CallError> {
        self.need_success()?;
        serde_json::from_slice(&self.body).map_err(|_| CallError::Answer)
    }

    /// Returns the body of a success as text.
    pub(crate) fn text(&self) -> Result<Secret, CallError> {
        self.need_success()?;
        let text = str::from_utf8(&self.body).map_err(|_| CallError::Answer)?;
        Ok(text.to_owned().into())
    }

    /// Returns the JSON in the body of a failure, or null.
    pub(crate) fn failure(&self) -> Value {
        serde_json::from_slice(&self.body).unwrap_or_default()
    }

    /// Refuses any other status than 2xx.
    pub(crate) fn need_success(&self) -> Result<(), CallError> {
        match self.status.is_success() {
            true => Ok(()),
            false => Err(self.error("")),
        }
    }

    /// The failure, as the service calls it: of that no more is repeated than could be a name.
    pub(crate) fn error(&self, code: &str) -> CallError {
        let is_name = |c: &char| c.is_ascii_alphanumeric() || matches!(c, '_' | '-' | '.');
        CallError::Status {
            status: self.status.as_u16(),
            code: code.chars().filter(is_name).take(MAX_CODE).collect(),
        }
    }
}
