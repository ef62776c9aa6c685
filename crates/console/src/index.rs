//! The way into the console.

use actix_web::{HttpRequest, HttpResponse, http::header::LOCATION};
use central_logger_auth::AnyPrincipal;
use central_logger_auth_actix::Head;
use central_logger_people::{Refused, address, console, gate};

/// Leads people to their first page.
pub(crate) async fn index(request: HttpRequest) -> Result<HttpResponse, Refused> {
    let console = console(&request)?;
    let admitted = gate(&console).admit_any(&Head(&request)).await;
    let admitted = admitted.map_err(|rejection| Refused::by_gate(&request, &rejection))?;
    let first = match admitted {
        AnyPrincipal::Client(_) => address::WORKFLOWS,
        AnyPrincipal::Provider(_) => address::provider::FIRST,
    };
    Ok(HttpResponse::SeeOther()
        .insert_header((LOCATION, first))
        .finish())
}
