//! A name for each request, in its answer and in every line that it leaves in the log.

use super::{
    answering::{self, Answered},
    closing, observe, seal,
};
use crate::{metrics, routes};
use actix_web::{
    Error,
    body::BoxBody,
    dev::{ServiceRequest, ServiceResponse},
    http::header::{HeaderName, HeaderValue},
    middleware::Next,
};
use std::{
    sync::{
        LazyLock,
        atomic::{AtomicU64, Ordering},
    },
    time::Instant,
};
use tracing::Instrument;
use uuid::Uuid;

const X_REQUEST_ID: HeaderName = HeaderName::from_static("x-request-id");
const MAX_LENGTH: usize = 128;

/// Takes the caller's `X-Request-Id` when it is 1 to 128 visible ASCII characters, else makes one,
/// counts the answer and notes it in the log.
pub(crate) async fn with_request_id(
    mut request: ServiceRequest,
    next: Next<BoxBody>,
) -> Result<ServiceResponse<Answered>, Error> {
    let began = Instant::now();
    let answering = answering::begin(&mut request);
    let id = sent_id(&request).unwrap_or_else(new_id);
    let span = tracing::info_span!(
        "request",
        id = id.to_str().unwrap_or_default(),
        method = metrics::method(request.method()),
        // The path may be anything that a stranger wrote, a key even.
        route = routes::pattern(request.path()),
    );
    async {
        let response = next.call(request).await?;
        let mut response = answering::hold(response, answering);
        let latency = began.elapsed();
        observe::count(&response, latency);
        let milliseconds = latency.as_secs_f64() * 1000.0;
        let status = response.status().as_u16();
        tracing::debug!(status, milliseconds, "answered");
        seal::seal(response.headers_mut());
        response.headers_mut().insert(X_REQUEST_ID, id);
        closing::close_when_stopping(&mut response);
        Ok(response)
    }
    .instrument(span)
    .await
}

fn sent_id(request: &ServiceRequest) -> Option<HeaderValue> {
    let id = request.headers().get(X_REQUEST_ID)?;
    let is_fit = id.len() <= MAX_LENGTH && id.as_bytes().iter().all(u8::is_ascii_graphic);
    (is_fit && !id.is_empty()).then(|| id.clone())
}

/// A number of its own for each request of this process, and of the process a random one: nobody need
/// be unable to guess it, and asking the system for random bytes each time would cost more.
fn new_id() -> HeaderValue {
    static PROCESS: LazyLock<String> = LazyLock::new(|| Uuid::new_v4().simple().to_string());
    static REQUESTS: AtomicU64 = AtomicU64::new(1);
    let request = REQUESTS.fetch_add(1, Ordering::Relaxed);
    let id = format!("{}-{request}", &PROCESS[..12]);
    HeaderValue::try_from(id).unwrap_or(HeaderValue::from_static("unnamed"))
}
