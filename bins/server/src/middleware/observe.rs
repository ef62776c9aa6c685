//! What is counted of each request when it is answered.

use crate::routes::Services;
use actix_web::{HttpMessage, dev::ServiceResponse, web};
use central_logger_auth::Principal;
use std::time::Duration;

/// Counts an answer, and the time that it took, for the server and for the key of the request.
pub(super) fn count<B>(response: &ServiceResponse<B>, latency: Duration) {
    let request = response.request();
    let Some(services) = request.app_data::<web::Data<Services>>() else {
        return;
    };
    if let Some(requests) = &services.requests {
        requests.count(response, latency);
    }
    if let Some(caller) = request.extensions().get::<Principal>() {
        let now = services.clock.now();
        services.usage.count_answer(caller, now, latency);
    }
}
