//! A layer for services of tower.

use crate::{client::Client, client::Handle, entry::Entry, run::Run};
use ::http::{Request, Response};
use pin_project_lite::pin_project;
use std::{
    pin::Pin,
    task::{Context, Poll, ready},
};
use tower_layer::Layer;
use tower_service::Service;

/// A layer of tower that logs each request as a run: `FAILED` when the answer is 500 or above, or when there is none.
///
/// The function names the workflow of a request. Use the pattern of its route, such as `GET /items/{id}`, and not its
/// path, which may have secrets and has no end of values.
///
/// # Examples
///
/// ```
/// use central_logger_client::Client;
/// use http::{Request, Response};
/// use tower::{ServiceBuilder, service_fn};
///
/// let client = Client::builder().build();
/// let service = ServiceBuilder::new()
///     .layer(client.tower_layer(|request: &Request<String>| format!("{} /items/{{id}}", request.method())))
///     .service(service_fn(async |_: Request<String>| {
///         Ok::<_, std::convert::Infallible>(Response::new("three"))
///     }));
/// # let _ = service;
/// # client.close(std::time::Duration::ZERO);
/// ```
#[derive(Clone)]
pub struct TowerLayer<F> {
    handle: Handle,
    name: F,
}

/// The service that [`TowerLayer`] makes of another.
///
/// # Examples
///
/// ```
/// use central_logger_client::{Client, TowerService};
/// use tower::Layer;
///
/// let client = Client::builder().build();
/// let layer = client.tower_layer(|_: &http::Request<String>| "items".to_owned());
/// let service: TowerService<_, _> = layer.layer("a service");
/// # let _ = service;
/// # client.close(std::time::Duration::ZERO);
/// ```
#[derive(Clone)]
pub struct TowerService<S, F> {
    inner: S,
    handle: Handle,
    name: F,
}

impl Client {
    /// A layer that logs each request as a run of the workflow that `name` gives.
    pub fn tower_layer<F>(&self, name: F) -> TowerLayer<F> {
        TowerLayer {
            handle: self.handle(),
            name,
        }
    }
}

impl<S, F: Clone> Layer<S> for TowerLayer<F> {
    type Service = TowerService<S, F>;

    fn layer(&self, inner: S) -> Self::Service {
        TowerService {
            inner,
            handle: self.handle.clone(),
            name: self.name.clone(),
        }
    }
}

impl<S, F, B, A> Service<Request<B>> for TowerService<S, F>
where
    S: Service<Request<B>, Response = Response<A>>,
    F: Fn(&Request<B>) -> String,
{
    type Response = S::Response;
    type Error = S::Error;
    type Future = RunFuture<S::Future>;

    fn poll_ready(&mut self, context: &mut Context<'_>) -> Poll<Result<(), S::Error>> {
        self.inner.poll_ready(context)
    }

    fn call(&mut self, request: Request<B>) -> Self::Future {
        let name = (self.name)(&request);
        let entry = Entry::default()
            .workflow(&name)
            .with("method", request.method().as_str())
            .with("route", &name);
        let run = self.handle.start_run(entry);
        RunFuture {
            inner: self.inner.call(request),
            run: Some(run),
        }
    }
}

pin_project! {
    /// The answer of a request that is logged.
    ///
    /// # Examples
    ///
    /// ```
    /// fn is_future<F: Future>() {}
    /// is_future::<central_logger_client::RunFuture<std::future::Ready<Result<http::Response<()>, ()>>>>();
    /// ```
    pub struct RunFuture<F> {
        #[pin]
        inner: F,
        // Dropped with the future when nobody waits for the answer any more.
        run: Option<Run>,
    }
}

impl<F: Future<Output = Result<Response<A>, E>>, A, E> Future for RunFuture<F> {
    type Output = F::Output;

    fn poll(self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Self::Output> {
        let this = self.project();
        let answered = ready!(this.inner.poll(context));
        if let Some(run) = this.run.take() {
            match &answered {
                Ok(response) => run.answer(response.status().as_u16()),
                Err(_) => run.fail("service", "the service has failed", Entry::default()),
            }
        }
        Poll::Ready(answered)
    }
}
