//! What is done about each request, whatever it asks for.

use super::{
    answering::{self, Answered},
    closing, head, observe,
    problems::{self, Asked},
    request_id::RequestId,
    request_log::{LoggedRequest, in_request},
    seal,
    trace_context::TraceContext,
};
use crate::patterns::PATTERNS;
use actix_web::{
    Error, HttpResponse, ResponseError,
    body::BoxBody,
    dev::{ServiceRequest, ServiceResponse},
    http::{Method, StatusCode},
    middleware::Next,
};
use central_logger_http_api::{Problem, route::method_name};
use futures_util::FutureExt;
use std::{panic::AssertUnwindSafe, time::Instant};

/// Names the request, has it answered, makes a problem of any other error, counts the answer and notes it
/// in the log. Whatever panics on the way to the answer is a problem of this request alone.
///
/// One middleware and not one for each of these, since each puts the future within it on the heap.
pub(crate) async fn each_request(
    mut request: ServiceRequest,
    next: Next<BoxBody>,
) -> Result<ServiceResponse<Answered>, Error> {
    let began = Instant::now();
    let answering = answering::begin(&mut request);
    let asked = Asked {
        id: RequestId::of(&request),
        trace: TraceContext::of(&request),
    };
    let method = method_name(request.method());
    let is_head = request.method() == Method::HEAD;
    let services = observe::services(&request);
    let logged = LoggedRequest {
        id: asked.id.clone(),
        method,
        // The path may be anything that a stranger wrote, a key even.
        route: PATTERNS.of(request.path()),
        trace: asked.trace.clone(),
    };
    let answer = async {
        // What a request leaves behind within it is dropped; what requests share has locks that outlive
        // a panic.
        let answer = AssertUnwindSafe(async { next.call(request).await }).catch_unwind();
        let response = match answer.await {
            Ok(Ok(response)) => response,
            Ok(Err(error)) => {
                tracing::error!(%error, "a request could not be served");
                observe::count_failure(services, method, began.elapsed());
                return Err(Failed(asked).into());
            }
            Err(_) => {
                tracing::error!("a request could not be served: what serves it panicked");
                observe::count_failure(services, method, began.elapsed());
                return Err(Failed(asked).into());
            }
        };
        let (request, response) = problems::in_place_of_errors(response).into_parts();
        let response = ServiceResponse::new(request, asked.named_in(response));
        let response = head::without_body(response, is_head);
        let mut response = answering::hold(response, answering, &asked);
        let latency = began.elapsed();
        if let Some(services) = &services {
            observe::count(&response, services, latency);
            closing::close_when_stopping(&mut response, services);
        }
        let milliseconds = latency.as_secs_f64() * 1000.0;
        let status = response.status().as_u16();
        tracing::debug!(status, milliseconds, "answered");
        let is_https = services.is_some_and(|services| services.sessions.cookies.is_secure());
        seal::seal(response.headers_mut(), is_https);
        asked.id.add_to(response.headers_mut());
        Ok(response)
    };
    in_request(logged, answer).await
}

/// A request without an answer.
#[derive(Debug, thiserror::Error)]
#[error("the request could not be served")]
struct Failed(Asked);

impl ResponseError for Failed {
    fn error_response(&self) -> HttpResponse {
        let detail = "The request could not be served: the server's log says why";
        let problem = Problem::new(StatusCode::INTERNAL_SERVER_ERROR, detail);
        let mut response = self.0.named_in(problem.to_response());
        seal::seal(response.headers_mut(), false);
        self.0.id.add_to(response.headers_mut());
        response
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::middleware::request_log::tests::logs;
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
    async fn a_panic_is_a_problem_of_its_request_alone_and_told_in_the_log() {
        let logs = logs();
        let app = || {
            App::new()
                .route("/panics", web::get().to(panics))
                .route("/panics-later", web::get().to(panics_later))
                .route("/cannot-be-written", web::get().to(cannot_be_written))
                .route("/well", web::get().to(async || "well"))
                .wrap(from_fn(each_request))
        };
        let server = HttpServer::new(app).workers(1).bind("127.0.0.1:0").unwrap();
        let address = server.addrs()[0];
        let server = server.disable_signals().run();
        let handle = server.handle();
        rt::spawn(server);
        let asked = web::block(move || {
            let panicked = "a request could not be served: what serves it panicked";
            for (path, logged) in [
                ("/panics", panicked),
                ("/panics-later", panicked),
                ("/cannot-be-written", "the framework could not answer"),
            ] {
                for _ in 0..3 {
                    let answer = get(address, path);
                    let (head, body) = answer.split_once("\r\n\r\n").unwrap();
                    let head = head.to_ascii_lowercase();
                    assert!(head.starts_with("http/1.1 500 "), "{answer}");
                    assert!(head.contains("content-type: application/problem+json"));
                    let mut headers = head.lines();
                    let id = headers.find_map(|line| line.strip_prefix("x-request-id: "));
                    let lines = logs.lines_of(id.unwrap());
                    let [line] = &lines[..] else {
                        panic!("{path}: {lines:?}");
                    };
                    assert_eq!(line["level"], "ERROR", "{line}");
                    assert_eq!(line["fields"]["message"], logged, "{line}");
                    assert_eq!(line["span"]["method"], "GET", "{line}");
                    let problem: Value = serde_json::from_str(body).unwrap();
                    assert_eq!(problem["status"], 500);
                    let instance = format!("urn:request:{}", id.unwrap());
                    assert_eq!(problem["instance"], instance);
                    let well = get(address, "/well");
                    assert!(well.starts_with("HTTP/1.1 200 "), "{well}");
                }
            }
        });
        asked.await.unwrap();
        handle.stop(false).await;
    }
}
