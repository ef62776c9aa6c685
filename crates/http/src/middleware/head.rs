//! Answers to `HEAD`.

use actix_web::{
    Error,
    body::{BodySize, BoxBody, MessageBody},
    dev::{ServiceRequest, ServiceResponse},
    http::Method,
    middleware::Next,
    web::Bytes,
};
use std::{
    convert::Infallible,
    pin::Pin,
    task::{Context, Poll},
};

/// Lets go of the body of an answer to `HEAD`, which is told the length alone. The framework would not
/// send it, but read it to its end, and some have none.
pub(crate) async fn without_body_to_head<B: MessageBody + 'static>(
    request: ServiceRequest,
    next: Next<B>,
) -> Result<ServiceResponse<BoxBody>, Error> {
    let is_head = request.method() == Method::HEAD;
    let response = next.call(request).await?;
    Ok(response.map_body(|_, body| match is_head {
        true => BoxBody::new(Length(body.size())),
        false => body.boxed(),
    }))
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
