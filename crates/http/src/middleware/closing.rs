//! Letting go of connections when the server stops.

use crate::services::Services;
use actix_web::{dev::ServiceResponse, http::ConnectionType, web};

/// Ends the connection after this answer when the server is stopping, and says so, so that a client
/// that keeps connections sends its next request over another.
pub(super) fn close_when_stopping<B>(response: &mut ServiceResponse<B>) {
    let services = response.request().app_data::<web::Data<Services>>();
    let is_stopping = services.is_some_and(|services| *services.stopping.borrow());
    if is_stopping {
        let head = response.response_mut().head_mut();
        head.set_connection_type(ConnectionType::Close);
    }
}
