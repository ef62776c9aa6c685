//! Answers to `HEAD`.

use actix_web::{
    body::{BodySize, BoxBody, MessageBody},
    dev::ServiceResponse,
    web::Bytes,
};
use std::{
    convert::Infallible,
    pin::Pin,
    task::{Context, Poll},
};

/// Lets go of the body of an answer to `HEAD`, which is told the length alone. The framework would not
/// send it, but read it to its end, and some have none.
pub(super) fn without_body(response: ServiceResponse, is_head: bool) -> ServiceResponse {
    if !is_head {
        return response;
    }
    response.map_body(|_, body| BoxBody::new(Length(body.size())))
}

/// How long a body would be.
struct Length(BodySize);

impl MessageBody for Length {
    type Error = Infallible;

    fn size(&self) -> BodySize {
        self.0
    }

    fn poll_next(
        self: Pin<&mut Self>,
        _: &mut Context<'_>,
    ) -> Poll<Option<Result<Bytes, Infallible>>> {
        Poll::Ready(None)
    }
}
