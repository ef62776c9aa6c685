//! Requests of nobody who is signed in.

use crate::{address, elsewhere};
use actix_web::{
    HttpRequest, HttpResponse, ResponseError,
    http::{Method, StatusCode, header::LOCATION},
};
use central_logger_auth::{Refusal, Rejection};
use central_logger_http_api::Problem;
use central_logger_pages::Failure;
use std::fmt;

/// Why there is no page for a request.
#[derive(Debug)]
pub enum Refused {
    /// Nobody is signed in, and the browser may have kept the cookie back.
    Elsewhere {
        /// What they asked for.
        address: String,
    },
    /// Nobody is signed in.
    SignedOut {
        /// Where they go when they are.
        next: String,
    },
    /// Anything else.
    Failed(Failure),
}

impl Refused {
    /// Nobody is signed in.
    pub fn signed_out(request: &HttpRequest) -> Self {
        let address = request.uri().path_and_query();
        let address = address.map_or(address::CONSOLE, |address| address.as_str());
        match elsewhere::is_from(request) {
            true => Self::Elsewhere {
                address: address.to_owned(),
            },
            false => Self::SignedOut {
                // What a form has sent is not sent again.
                next: match *request.method() {
                    Method::GET | Method::HEAD => address.to_owned(),
                    _ => address::CONSOLE.to_owned(),
                },
            },
        }
    }

    /// What the gate has refused.
    pub fn by_gate(request: &HttpRequest, rejection: &Rejection) -> Self {
        match rejection {
            Rejection::Refused(
                Refusal::Missing
                | Refusal::Invalid(_)
                | Refusal::SessionEnded
                | Refusal::ProviderKey
                | Refusal::ClientKey,
            ) => Self::signed_out(request),
            Rejection::Refused(Refusal::CrossSite) => Self::foreign(),
            rejection => Self::Failed(of_rejection(rejection)),
        }
    }

    /// A form that no page of this session has sent.
    pub fn foreign() -> Self {
        Self::Failed(Failure::new(
            StatusCode::FORBIDDEN,
            "No page of this session has sent this form: open the page again, and send it from there",
        ))
    }
}

/// What the gate answers to programs, as a page.
pub fn of_rejection(rejection: &Rejection) -> Failure {
    let answer = rejection.answer();
    let status = StatusCode::from_u16(answer.status);
    let status = status.unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
    let detail = serde_json::from_str::<serde_json::Value>(&answer.body);
    let detail = detail.unwrap_or_default()["detail"]
        .as_str()
        .map(str::to_owned);
    let seconds = answer
        .headers
        .iter()
        .find(|(name, _)| *name == "retry-after");
    let seconds = seconds.and_then(|(_, seconds)| seconds.parse().ok());
    let problem = Problem::new(status, detail.unwrap_or_default());
    match seconds {
        Some(seconds) => problem.with_retry_after(seconds),
        None => problem,
    }
    .into()
}

impl fmt::Display for Refused {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Elsewhere { .. } => f.write_str("the page was reached from another site"),
            Self::SignedOut { .. } => f.write_str("nobody is signed in"),
            Self::Failed(failure) => failure.fmt(f),
        }
    }
}

impl ResponseError for Refused {
    fn status_code(&self) -> StatusCode {
        match self {
            Self::Elsewhere { .. } => StatusCode::OK,
            Self::SignedOut { .. } => StatusCode::SEE_OTHER,
            Self::Failed(failure) => failure.status_code(),
        }
    }

    fn error_response(&self) -> HttpResponse {
        match self {
            Self::Elsewhere { address } => elsewhere::ask_again(address),
            Self::SignedOut { next } => HttpResponse::SeeOther()
                .insert_header((LOCATION, address::signing_in_for(next)))
                .finish(),
            Self::Failed(failure) => failure.error_response(),
        }
    }
}
