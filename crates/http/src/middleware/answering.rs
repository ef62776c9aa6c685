//! Answers until their end: what they hold of the memory for answers, and that the connection waits for no
//! further request meanwhile.

use super::problems::Asked;
use crate::services::Services;
use actix_web::{
    HttpMessage,
    body::{BodySize, BoxBody, MessageBody},
    dev::{Payload, ServiceRequest, ServiceResponse},
    http::{Method, header::TRANSFER_ENCODING},
    web::{self, Bytes},
};
use central_logger_auth::Principal;
use central_logger_http_api::{
    Problem,
    room::{NoRoom, Share},
};
use central_logger_http_connections::{Answering, Connection};
use futures_util::{Stream, stream::poll_fn};
use pin_project_lite::pin_project;
use std::{
    pin::Pin,
    task::{Context, Poll, ready},
};

pin_project! {
    /// The body of an answer.
    pub(crate) struct Answered {
        #[pin]
        content: Content,
        _share: Option<Share>,
        _answering: Option<Answering>,
    }
}

pin_project! {
    #[project = Projected]
    enum Content {
        /// What is there as a whole.
        Whole { bytes: Bytes, length: u64 },
        /// What comes in parts, and what is left of the last.
        Parts { #[pin] body: BoxBody, left: Bytes },
    }
}

/// A larger answer holds memory until it is read.
const LARGE: u64 = 64 << 10;
/// How much of it is given away at a time, since that is copied.
const PIECE: usize = 32 << 10;

/// To be called before a request is handled.
pub(super) fn begin(request: &mut ServiceRequest) -> Option<Answering> {
    let connection = request.conn_data::<Connection>()?.clone();
    if request.head().expect() && connection.holds_body_back() {
        let mut body = request.take_payload();
        let connection = connection.clone();
        let wanted = poll_fn(move |context| {
            connection.want_body();
            Pin::new(&mut body).poll_next(context)
        });
        let payload = Box::pin(wanted);
        request.set_payload(Payload::Stream { payload });
    }
    let has_open_end = request.headers().contains_key(TRANSFER_ENCODING);
    Some(connection.begin(has_open_end))
}

/// To be called with the answer. If it is large, and its client has no more room for it, it becomes a
/// problem, unless something was done for it.
pub(super) fn hold(
    response: ServiceResponse<BoxBody>,
    mut answering: Option<Answering>,
    asked: &Asked,
) -> ServiceResponse<Answered> {
    let is_of_client = response.request().extensions().contains::<Principal>();
    if let (true, Some(answering)) = (is_of_client, &mut answering) {
        answering.drain_for_client();
    }
    let size = large_size(response.response().body());
    let share = size.and_then(|size| share_of(&response, size));
    let (response, share) = match share {
        None => (response, None),
        Some(Ok(share)) => (response, Some(share)),
        Some(Err(no_room)) => {
            let problem = asked.named_in(Problem::from(no_room).to_response());
            (response.into_response(problem), None)
        }
    };
    response.map_body(|_, body| Answered::new(body, share, answering))
}

fn share_of(response: &ServiceResponse, size: usize) -> Option<Result<Share, NoRoom>> {
    let request = response.request();
    let services = request.app_data::<web::Data<Services>>()?;
    let found = request.extensions();
    let client = found.get::<Principal>()?.client_id();
    let mut share = services.rooms.answers.share(client);
    Some(match *request.method() {
        Method::GET | Method::HEAD => share.resize(size).map(|()| share),
        _ => {
            share.take(size);
            Ok(share)
        }
    })
}

fn large_size(body: &BoxBody) -> Option<usize> {
    match body.size() {
        BodySize::Sized(size) if size > LARGE => usize::try_from(size).ok(),
        _ => None,
    }
}

impl Answered {
    fn new(body: BoxBody, share: Option<Share>, answering: Option<Answering>) -> Self {
        let content = match large_size(&body) {
            None => Content::parts(body),
            Some(_) => match body.try_into_bytes() {
                Ok(bytes) => Content::Whole {
                    length: bytes.len() as u64,
                    bytes,
                },
                Err(body) => Content::parts(body),
            },
        };
        Self {
            content,
            _share: share,
            _answering: answering,
        }
    }
}

impl Content {
    fn parts(body: BoxBody) -> Self {
        let left = Bytes::new();
        Self::Parts { body, left }
    }
}

impl MessageBody for Answered {
    type Error = Box<dyn std::error::Error>;

    fn size(&self) -> BodySize {
        match &self.content {
            Content::Whole { length, .. } => BodySize::Sized(*length),
            Content::Parts { body, .. } => body.size(),
        }
    }

    fn poll_next(
        self: Pin<&mut Self>,
        context: &mut Context<'_>,
    ) -> Poll<Option<Result<Bytes, Self::Error>>> {
        let bytes = match self.project().content.project() {
            Projected::Whole { bytes, .. } => bytes,
            Projected::Parts { mut body, left } => {
                // A part may be empty, and is no end.
                while left.is_empty() {
                    match ready!(body.as_mut().poll_next(context)) {
                        Some(Ok(part)) => *left = part,
                        ended => return Poll::Ready(ended),
                    }
                }
                left
            }
        };
        let piece = bytes.split_to(PIECE.min(bytes.len()));
        Poll::Ready((!piece.is_empty()).then_some(Ok(piece)))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use actix_web::body::{BodyStream, to_bytes};
    use futures_util::stream;
    use std::convert::Infallible;

    #[actix_web::test]
    async fn an_answer_comes_whole_in_pieces() {
        let large = Bytes::from(vec![b'a'; 3 * PIECE + 1]);
        let parts = ["", "one", "", "two", ""].map(|part| Ok::<_, Infallible>(part.into()));
        let parts = parts.into_iter().chain([Ok(large.clone())]);
        for (body, expected) in [
            (BoxBody::new(large.clone()), large.clone()),
            (BoxBody::new("small"), "small".into()),
            (
                BoxBody::new(BodyStream::new(stream::iter(parts))),
                [&b"onetwo"[..], &large].concat().into(),
            ),
        ] {
            let answered = Answered::new(body, None, None);
            let received = to_bytes(answered).await;
            assert_eq!(received.ok(), Some(expected));
        }
    }
}
