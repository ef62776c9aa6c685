use super::{DeliveryError, EgressPolicy, WebhookError};
use central_logger_outbound::{Endpoint, EndpointError, SendError};
use http::{
    HeaderMap, HeaderValue, Method, Request, StatusCode, Uri,
    header::{CONTENT_TYPE, RETRY_AFTER},
    uri::PathAndQuery,
};
use std::error::Error;
use url::{Position, Url};

/// The URL to which webhooks are posted.
pub(super) struct Receiver {
    endpoint: Endpoint,
    path: PathAndQuery,
}

/// The head of an answer.
pub(super) struct Answer {
    pub(super) status: StatusCode,
    pub(super) retry_after: Option<HeaderValue>,
}

impl Receiver {
    pub(super) fn new(url: &str, egress: EgressPolicy) -> Result<Self, WebhookError> {
        let url = Url::parse(url).map_err(malformed)?;
        let path = &url[Position::BeforePath..Position::AfterQuery];
        Ok(Self {
            endpoint: Endpoint::new(&url, egress)?,
            path: path.parse().map_err(malformed)?,
        })
    }

    pub(super) fn origin(&self) -> &str {
        self.endpoint.origin()
    }

    /// Posts the JSON in `body` with these headers over a connection of its own, which ends with it or
    /// when this future is dropped.
    pub(super) async fn post(
        &self,
        headers: HeaderMap,
        body: String,
    ) -> Result<Answer, DeliveryError> {
        let mut request = Request::new(body);
        *request.method_mut() = Method::POST;
        *request.uri_mut() = Uri::from(self.path.clone());
        *request.headers_mut() = headers;
        let json = HeaderValue::from_static("application/json");
        request.headers_mut().insert(CONTENT_TYPE, json);
        let head = self.endpoint.send_for_head(request).await?;
        Ok(Answer {
            status: head.status,
            retry_after: head.headers.get(RETRY_AFTER).cloned(),
        })
    }
}

fn malformed(cause: impl Error + Send + Sync + 'static) -> WebhookError {
    WebhookError::Url(Box::new(cause))
}

impl From<EndpointError> for WebhookError {
    fn from(error: EndpointError) -> Self {
        match error {
            EndpointError::Url(cause) => Self::Url(cause),
            EndpointError::Scheme => Self::Scheme,
            EndpointError::Userinfo => Self::Userinfo,
            EndpointError::NotPublic => Self::NotPublic,
            EndpointError::Tls(error) => Self::Tls(error),
        }
    }
}

impl From<SendError> for DeliveryError {
    fn from(error: SendError) -> Self {
        match error {
            SendError::Unresolved(error) => Self::Unresolved(error),
            SendError::Refused(address) => Self::Refused(address),
            SendError::Connection(error) => Self::Connection(error),
            SendError::Tls(error) => Self::Tls(error),
            SendError::Answer(cause) => Self::Answer(cause),
            SendError::TooLong(_) => Self::Answer(error.into()),
        }
    }
}
