//! Reading a request body: its type, its encoding, its size.

use crate::problem::Problem;
use actix_web::{
    HttpMessage, HttpRequest,
    http::{StatusCode, header},
    web::{Bytes, Payload},
};

/// The largest body, in bytes.
const MAX_BODY: usize = 10 * 1024 * 1024;

/// The whole body of a request that says it is JSON.
pub(crate) async fn read_json(request: &HttpRequest, payload: Payload) -> Result<Bytes, Problem> {
    refuse_other_types(request)?;
    let announced = request
        .headers()
        .get(header::CONTENT_LENGTH)
        .and_then(|length| length.to_str().ok()?.parse::<usize>().ok());
    if announced.is_some_and(|length| length > MAX_BODY) {
        return Err(too_large());
    }
    let body = payload.to_bytes_limited(MAX_BODY).await;
    body.map_err(|_| too_large())?.map_err(|error| {
        tracing::info!(%error, "body cut off");
        Problem::new(
            StatusCode::BAD_REQUEST,
            "The body ended early; nothing was stored",
        )
    })
}

fn refuse_other_types(request: &HttpRequest) -> Result<(), Problem> {
    let unsupported = |detail| Err(Problem::new(StatusCode::UNSUPPORTED_MEDIA_TYPE, detail));
    if !request
        .content_type()
        .eq_ignore_ascii_case("application/json")
    {
        return unsupported("Send JSON, with the header Content-Type: application/json");
    }
    match request.headers().get(header::CONTENT_ENCODING) {
        Some(encoding) if !encoding.as_bytes().eq_ignore_ascii_case(b"identity") => {
            unsupported("Send the body as it is, without a Content-Encoding")
        }
        _ => Ok(()),
    }
}

fn too_large() -> Problem {
    Problem::new(
        StatusCode::PAYLOAD_TOO_LARGE,
        "A body has at most 10 MiB: send the entries in several requests",
    )
}
