use http_body::{Body, Frame, SizeHint};
use pin_project_lite::pin_project;
use std::{
    pin::Pin,
    task::{Context, Poll},
};

pin_project! {
    /// The body of a response of [`ApiKeyService`](crate::ApiKeyService): the inner service's own,
    /// or a problem.
    ///
    /// # Examples
    ///
    /// ```
    /// use central_logger_auth_tower::ApiKeyLayer;
    /// use http::{Request, Response};
    /// use http_body_util::BodyExt;
    /// use std::convert::Infallible;
    /// use tower::{Layer, ServiceExt, service_fn};
    /// # use central_logger_auth::Authenticator;
    /// # use std::sync::Arc;
    ///
    /// # #[tokio::main(flavor = "current_thread")]
    /// # async fn main() -> Result<(), Box<dyn std::error::Error>> {
    /// # use central_logger_static_keys::{ApiKeys, StaticKeys};
    /// # use central_logger_times::{Clock as _, SystemClock};
    /// # let keys = ApiKeys::parse(r#"{"xyz789_real_key": "acme_corp"}"#)?;
    /// # let store = StaticKeys::new(&keys, SystemClock.now());
    /// # let authenticator = Arc::new(Authenticator::new(Arc::new(store)));
    /// let hello = async |_: Request<()>| Ok::<_, Infallible>(Response::new("hello".to_owned()));
    /// let guarded = ApiKeyLayer::new(authenticator).layer(service_fn(hello));
    /// let response = guarded.oneshot(Request::new(())).await?;
    /// let refused = response.into_body().collect().await?.to_bytes();
    /// assert!(refused.starts_with(b"{"), "a problem, not the service's own");
    /// # Ok(())
    /// # }
    /// ```
    #[derive(Debug)]
    pub struct GuardedBody<B> {
        #[pin]
        kind: Kind<B>,
    }
}

pin_project! {
    #[project = Projected]
    #[derive(Debug)]
    enum Kind<B> {
        Passed { #[pin] body: B },
        Refused { #[pin] problem: String },
    }
}

impl<B> GuardedBody<B> {
    pub(crate) fn passed(body: B) -> Self {
        Self {
            kind: Kind::Passed { body },
        }
    }

    pub(crate) fn refused(problem: String) -> Self {
        Self {
            kind: Kind::Refused { problem },
        }
    }
}

impl<B: Body<Data = Bytes>> Body for GuardedBody<B> {
    type Data = Bytes;
    type Error = B::Error;

    fn poll_frame(
        self: Pin<&mut Self>,
        context: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, B::Error>>> {
        match self.project().kind.project() {
            Projected::Passed { body } => body.poll_frame(context),
            Projected::Refused { problem } => {
                problem.poll_frame(context).map_err(|never| match never {})
            }
        }
    }

    fn is_end_stream(&self) -> bool {
        match &self.kind {
            Kind::Passed { body } => body.is_end_stream(),
            Kind::Refused { problem } => problem.is_end_stream(),
        }
    }

    fn size_hint(&self) -> SizeHint {
        match &self.kind {
            Kind::Passed { body } => body.size_hint(),
            Kind::Refused { problem } => Body::size_hint(problem),
        }
    }
}

/// The chunks of a [`String`] as a body.
type Bytes = <String as Body>::Data;
