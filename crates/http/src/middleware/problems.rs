//! The framework's own errors as problems, like all others, and the request that a problem is about.

use super::{request_id::RequestId, trace_context::TraceContext};
use actix_web::{
    HttpResponse,
    body::{BoxBody, MessageBody},
    dev::ServiceResponse,
    http::{StatusCode, header},
    web::Bytes,
};
use central_logger_http_api::{
    Problem,
    problem::{InOwnShape, MEDIA_TYPE},
};

/// A request, as the problem that answers it names it.
#[derive(Debug)]
pub(super) struct Asked {
    pub(super) id: RequestId,
    /// The trace that it belongs to, if the caller names one.
    pub(super) trace: Option<TraceContext>,
}

impl Asked {
    /// Adds `instance` and `trace_id` to a problem, whoever has made it. Other answers stay as they are.
    pub(super) fn named_in(&self, response: HttpResponse) -> HttpResponse {
        let media_type = response.headers().get(header::CONTENT_TYPE);
        if media_type.is_none_or(|found| found.as_bytes() != MEDIA_TYPE.as_bytes()) {
            return response;
        }
        response.map_body(|_, body| match body.try_into_bytes() {
            Ok(problem) => BoxBody::new(self.add_to(problem)),
            Err(body) => body,
        })
    }

    fn add_to(&self, problem: Bytes) -> Bytes {
        let Some(members) = problem.strip_suffix(b"}") else {
            return problem;
        };
        let id = in_urn(&self.id.to_string());
        let mut text = [members, br#","instance":"urn:request:"#, id.as_bytes()].concat();
        if let Some(trace) = &self.trace {
            text.extend_from_slice(br#"","trace_id":""#);
            text.extend_from_slice(trace.trace_id().as_bytes());
        }
        text.extend_from_slice(br#""}"#);
        text.into()
    }
}

/// A text of visible ASCII characters as it stands in a URN, and in JSON.
fn in_urn(text: &str) -> String {
    let is_plain = |character: char| {
        character.is_ascii_alphanumeric() || "-._~!$&'()*+,;=:@/".contains(character)
    };
    let mut written = String::with_capacity(text.len());
    for character in text.chars() {
        match is_plain(character) {
            true => written.push(character),
            false => written += &format!("%{:02X}", u32::from(character)),
        }
    }
    written
}

/// Puts a problem in the place of any error that is none yet, and keeps its headers, such as
/// `Allow`.
pub(super) fn in_place_of_errors(response: ServiceResponse) -> ServiceResponse {
    if !is_foreign_error(&response) {
        return response;
    }
    let status = response.status();
    let (request, foreign) = response.into_parts();
    match foreign.error() {
        Some(error) if status.is_server_error() => {
            tracing::error!(%error, "the framework could not answer");
        }
        Some(error) => tracing::debug!(%error, "answered by the framework"),
        None if status.is_server_error() => tracing::error!("the framework could not answer"),
        None => {}
    }
    let mut response = Problem::new(status, describe(status)).to_response();
    for (name, value) in foreign.headers() {
        if name != header::CONTENT_TYPE && name != header::CONTENT_LENGTH {
            response.headers_mut().append(name.clone(), value.clone());
        }
    }
    ServiceResponse::new(request, response)
}

fn is_foreign_error(response: &ServiceResponse) -> bool {
    if response.response().extensions().contains::<InOwnShape>() {
        return false;
    }
    let status = response.status();
    let media_type = response.headers().get(header::CONTENT_TYPE);
    (status.is_client_error() || status.is_server_error())
        && media_type.is_none_or(|found| {
            // The framework has no pages: one is for a person, as its route has made it.
            let is_page = found.as_bytes().starts_with(b"text/html");
            !is_page && found.as_bytes() != MEDIA_TYPE.as_bytes()
        })
}

fn describe(status: StatusCode) -> &'static str {
    match status {
        StatusCode::METHOD_NOT_ALLOWED => {
            "This path does not take this method; the header Allow lists those it takes"
        }
        StatusCode::BAD_REQUEST => "The request cannot be understood",
        status if status.is_server_error() => {
            "The request could not be served: the server's log says why"
        }
        _ => "The request cannot be served",
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use actix_web::http::header::HeaderValue;
    use serde_json::{Value, json};

    fn named(response: HttpResponse, id: &'static str, trace: Option<TraceContext>) -> Value {
        let id = RequestId::Sent(HeaderValue::from_static(id));
        let body = Asked { id, trace }.named_in(response).into_body();
        serde_json::from_slice(&body.try_into_bytes().unwrap()).unwrap()
    }

    #[test]
    fn a_problem_names_its_request_and_its_trace() {
        let problem = || Problem::new(StatusCode::NOT_FOUND, "There is none").to_response();
        let plain = named(problem(), "order-7", None);
        assert_eq!(plain["instance"], "urn:request:order-7");
        assert_eq!(
            (plain["status"].as_u64(), plain.get("trace_id")),
            (Some(404), None)
        );
        let traced = named(problem(), "a:b/7", Some(TraceContext::sample()));
        assert_eq!(traced["instance"], "urn:request:a:b/7");
        assert_eq!(traced["trace_id"], "4bf92f3577b34da6a3ce929d0e0e4736");
        let odd = named(problem(), r#"<"\#%?>"#, None);
        assert_eq!(odd["instance"], "urn:request:%3C%22%5C%23%25%3F%3E");
    }

    #[test]
    fn no_other_answer_does() {
        let answer = HttpResponse::Ok().json(json!({"a": 1}));
        assert_eq!(named(answer, "order-7", None), json!({"a": 1}));
    }
}
