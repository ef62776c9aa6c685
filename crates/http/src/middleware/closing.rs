//! Letting go of connections when the server stops.

use crate::services::Services;
use actix_web::{dev::ServiceResponse, http::ConnectionType};

/// Ends the connection after this answer when the server is stopping, and says so, so that a client
/// that keeps connections sends its next request over another.
pub(super) fn close_when_stopping<B>(response: &mut ServiceResponse<B>, services: &Services) {
    // It changes once. In contrast to a look at the value, this takes no lock that threads share.
    if matches!(services.stopping.has_changed(), Ok(true)) {
        let head = response.response_mut().head_mut();
        head.set_connection_type(ConnectionType::Close);
    }
}
