//! What is counted of each request when it is answered.

use crate::services::Services;
use actix_web::{
    HttpMessage,
    dev::{ServiceRequest, ServiceResponse},
    web,
};
use central_logger_auth::Principal;
use std::time::Duration;

/// What counts the answer to a request, which may be lost on its way.
pub(super) fn services(request: &ServiceRequest) -> Option<web::Data<Services>> {
    request.app_data::<web::Data<Services>>().cloned()
}

/// Counts a request that was lost, for the server.
pub(super) fn count_failure(
    services: Option<web::Data<Services>>,
    method: &'static str,
    latency: Duration,
) {
    if let Some(requests) = services
        .as_ref()
        .and_then(|services| services.requests.as_ref())
    {
        requests.count_failure(method, latency);
    }
}

/// Counts an answer, and the time that it took, for the server and for the key of the request.
pub(super) fn count<B>(response: &ServiceResponse<B>, services: &Services, latency: Duration) {
    let request = response.request();
    if let Some(requests) = &services.requests {
        requests.count(response, latency);
    }
    if let Some(caller) = request.extensions().get::<Principal>() {
        let now = services.clock.now();
        services.usage.count_answer(caller, now, latency);
    }
}
