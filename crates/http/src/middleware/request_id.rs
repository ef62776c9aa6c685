//! A name for each request, in its answer and in every line that it leaves in the log.

use super::{
    answering::{self, Answered},
    closing, observe, seal,
};
use crate::{
    problem::Problem,
    route::{method_name, pattern},
};
use actix_web::{
    Error, HttpResponse, ResponseError,
    body::BoxBody,
    dev::{ServiceRequest, ServiceResponse},
    http::{
        StatusCode,
        header::{HeaderName, HeaderValue},
    },
    middleware::Next,
};
use futures_util::FutureExt;
use std::{
    panic::AssertUnwindSafe,
    sync::{
        LazyLock,
        atomic::{AtomicU64, Ordering},
    },
    time::Instant,
};
use tracing::Instrument;
use uuid::Uuid;

const X_REQUEST_ID: HeaderName = HeaderName::from_static("x-request-id");
const MAX_LENGTH: usize = 128;

/// Takes the caller's `X-Request-Id` when it is 1 to 128 visible ASCII characters, else makes one,
/// counts the answer and notes it in the log. Whatever panics on the way to the answer is a problem of
/// this request alone.
pub(crate) async fn with_request_id(
    mut request: ServiceRequest,
    next: Next<BoxBody>,
) -> Result<ServiceResponse<Answered>, Error> {
    let began = Instant::now();
    let answering = answering::begin(&mut request);
    let id = sent_id(&request).unwrap_or_else(new_id);
    let span = tracing::info_span!(
        "request",
        id = id.to_str().unwrap_or_default(),
        method = method_name(request.method()),
        // The path may be anything that a stranger wrote, a key even.
        route = pattern(request.path()),
    );
    let (services, method) = (observe::services(&request), request.method().clone());
    async {
        // What a request leaves behind within it is dropped; what requests share has locks that outlive
        // a panic.
        let answer = AssertUnwindSafe(async { next.call(request).await }).catch_unwind();
        let response = match answer.await {
            Ok(Ok(response)) => response,
            Ok(Err(error)) => {
                tracing::error!(%error, "a request could not be served");
                observe::count_failure(services, &method, began.elapsed());
                return Err(Failed(id).into());
            }
            Err(_) => {
                tracing::error!("a request could not be served: what serves it panicked");
                observe::count_failure(services, &method, began.elapsed());
                return Err(Failed(id).into());
            }
        };
        let mut response = answering::hold(response, answering);
        let latency = began.elapsed();
        observe::count(&response, latency);
        let milliseconds = latency.as_secs_f64() * 1000.0;
        let status = response.status().as_u16();
        tracing::debug!(status, milliseconds, "answered");
        seal::seal(response.headers_mut());
        response.headers_mut().insert(X_REQUEST_ID, id);
        closing::close_when_stopping(&mut response);
        Ok(response)
    }
    .instrument(span)
    .await
}

/// A request without an answer, under its id.
#[derive(Debug, thiserror::Error)]
#[error("the request could not be served")]
struct Failed(HeaderValue);

impl ResponseError for Failed {
    fn error_response(&self) -> HttpResponse {
        let detail = "The request could not be served: the server's log says why";
        let problem = Problem::new(StatusCode::INTERNAL_SERVER_ERROR, detail);
        let mut response = problem.to_response();
        seal::seal(response.headers_mut());
        response.headers_mut().insert(X_REQUEST_ID, self.0.clone());
        response
    }
}

fn sent_id(request: &ServiceRequest) -> Option<HeaderValue> {
    let id = request.headers().get(X_REQUEST_ID)?;
    let is_fit = id.len() <= MAX_LENGTH && id.as_bytes().iter().all(u8::is_ascii_graphic);
    (is_fit && !id.is_empty()).then(|| id.clone())
}

/// A number of its own for each request of this process, and of the process a random one: nobody need
/// be unable to guess it, and asking the system for random bytes each time would cost more.
fn new_id() -> HeaderValue {
    static PROCESS: LazyLock<String> = LazyLock::new(|| Uuid::new_v4().simple().to_string());
    static REQUESTS: AtomicU64 = AtomicU64::new(1);
    let request = REQUESTS.fetch_add(1, Ordering::Relaxed);
    let id = format!("{}-{request}", &PROCESS[..12]);
    HeaderValue::try_from(id).unwrap_or(HeaderValue::from_static("unnamed"))
}

#[cfg(test)]
mod tests {
    use super::*;
    use actix_web::{App, HttpServer, middleware::from_fn, rt, web};
    use serde_json::Value;
    use std::{
        io::{Read, Write},
        net::{SocketAddr, TcpStream},
    };

    fn get(address: SocketAddr, path: &str) -> String {
        let mut connection = TcpStream::connect(address).unwrap();
        let head = format!("GET {path} HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n");
        connection.write_all(head.as_bytes()).unwrap();
        let mut answer = String::new();
        connection.read_to_string(&mut answer).unwrap();
        answer
    }

    async fn panics() -> &'static str {
        panic!("as a test asks for it")
    }

    async fn panics_later() -> &'static str {
        rt::task::yield_now().await;
        panic!("as a test asks for it")
    }

    #[derive(serde::Serialize)]
    struct Unspeakable(#[serde(serialize_with = "fail")] ());

    fn fail<S: serde::Serializer>(_: &(), _: S) -> Result<S::Ok, S::Error> {
        Err(serde::ser::Error::custom("as a test asks for it"))
    }

    async fn cannot_be_written() -> web::Json<Unspeakable> {
        web::Json(Unspeakable(()))
    }

    #[actix_web::test]
    async fn a_panic_is_a_problem_of_its_request_alone() {
        let app = || {
            App::new()
                .route("/panics", web::get().to(panics))
                .route("/panics-later", web::get().to(panics_later))
                .route("/cannot-be-written", web::get().to(cannot_be_written))
                .route("/well", web::get().to(async || "well"))
                .wrap(from_fn(crate::middleware::as_problem))
                .wrap(from_fn(crate::middleware::without_body_to_head))
                .wrap(from_fn(with_request_id))
        };
        let server = HttpServer::new(app).workers(1).bind("127.0.0.1:0").unwrap();
        let address = server.addrs()[0];
        let server = server.disable_signals().run();
        let handle = server.handle();
        rt::spawn(server);
        let asked = web::block(move || {
            for path in ["/panics", "/panics-later", "/cannot-be-written"] {
                for _ in 0..3 {
                    let answer = get(address, path);
                    let (head, body) = answer.split_once("\r\n\r\n").unwrap();
                    let head = head.to_ascii_lowercase();
                    assert!(head.starts_with("http/1.1 500 "), "{answer}");
                    assert!(head.contains("content-type: application/problem+json"));
                    assert!(head.contains("x-request-id: "), "{answer}");
                    let problem: Value = serde_json::from_str(body).unwrap();
                    assert_eq!(problem["status"], 500);
                    let well = get(address, "/well");
                    assert!(well.starts_with("HTTP/1.1 200 "), "{well}");
                }
            }
        });
        asked.await.unwrap();
        handle.stop(false).await;
    }
}
