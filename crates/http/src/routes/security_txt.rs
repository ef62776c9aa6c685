//! Where to report a vulnerability, as `security.txt` of RFC 9116 has it.

use crate::services::Services;
use actix_web::{
    HttpResponse,
    http::{
        StatusCode,
        header::{CACHE_CONTROL, ContentType},
    },
    web,
};
use central_logger_http_api::Problem;
use central_logger_times::Timestamp;
use time::{Duration, OffsetDateTime, Time};

pub(super) const PATH: &str = "/.well-known/security.txt";

/// RFC 9116 recommends less than a year. Who keeps the file can see then that it is old.
const LIFETIME: Duration = Duration::days(180);

/// Say where to report a vulnerability
#[utoipa::path(
    get,
    path = PATH,
    operation_id = "securityTxt",
    tag = "server",
    description = "As RFC 9116 has it; 404 if the provider has set no contact.",
    responses((status = 200, description = "Success.", body = String, content_type = "text/plain"), (status = 404)),
)]
pub(super) async fn security_txt(services: web::Data<Services>) -> Result<HttpResponse, Problem> {
    let contact = services.security_contact.as_ref().ok_or_else(|| {
        Problem::new(StatusCode::NOT_FOUND, "This server says nothing about that")
    })?;
    let expires = expiry(services.clock.now());
    Ok(HttpResponse::Ok()
        .content_type(ContentType::plaintext())
        .insert_header((CACHE_CONTROL, "no-cache"))
        .body(format!("Contact: {contact}\nExpires: {expires}\n")))
}

/// The same all day.
fn expiry(now: OffsetDateTime) -> Timestamp {
    Timestamp::clamped(now.replace_time(Time::MIDNIGHT)).saturating_add(LIFETIME)
}

#[cfg(test)]
mod tests {
    use super::*;
    use time::macros::datetime;

    #[test]
    fn it_expires_in_half_a_year() {
        let expires = expiry(datetime!(2026-03-01 12:34:56.789 UTC));
        assert_eq!(expires.to_string(), "2026-08-28T00:00:00Z");
        assert_eq!(expiry(Timestamp::MAX.get()), Timestamp::MAX);
    }
}
