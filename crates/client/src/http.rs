//! Requests to the server.

use crate::{
    address::{KeySource, LogsUrl, Unset},
    answer::Response,
};
use flate2::{Compression, write::GzEncoder};
use std::{io::ErrorKind, io::Write, sync::Arc, time::Duration};
use ureq::{
    Agent,
    tls::{Certificate, RootCerts, TlsConfig},
};

/// Bodies above this size are compressed on their way through a network. On one machine, to compress and to expand
/// takes longer than what it spares.
const COMPRESS_ABOVE: usize = 1024;
const MAX_ANSWER: u64 = 2 * 1024 * 1024;
const PROBLEM: &str = "application/problem+json";

/// Why there is no answer. The text says what to do.
#[derive(Debug, thiserror::Error)]
pub(crate) enum NoAnswer {
    #[error(transparent)]
    Unset(#[from] Unset),
    #[error("{address} cannot be reached ({source}), and entries are sent later")]
    Unreachable {
        address: String,
        source: Box<ureq::Error>,
    },
}

type Answered = Result<ureq::http::Response<ureq::Body>, ureq::Error>;

/// The connection to the server.
#[derive(Debug)]
pub(crate) struct Http {
    url: Result<LogsUrl, Unset>,
    key: KeySource,
    timeout: Duration,
    /// What the `User-Agent` says.
    agent_name: String,
    /// Made for the first request, since reading the certificates of the system takes a while.
    agent: Option<Agent>,
    /// Whether the last request was answered, so that its connection may be used again.
    is_answered: bool,
}

impl Http {
    pub(crate) fn new(
        url: Result<LogsUrl, Unset>,
        key: KeySource,
        timeout: Duration,
        agent_name: String,
    ) -> Self {
        Self {
            url,
            key,
            timeout,
            agent_name,
            agent: None,
            is_answered: false,
        }
    }

    /// The address for reports.
    pub(crate) fn address(&self) -> String {
        let url = self.url.as_ref();
        url.map(ToString::to_string).unwrap_or_default()
    }

    /// Sends lines of JSON, and waits for the answer for at most `limit`.
    pub(crate) fn send(&mut self, lines: &[u8], limit: Duration) -> Result<Response, NoAnswer> {
        let limit = self.timeout.min(limit);
        let is_near = self.url.as_ref().is_ok_and(LogsUrl::is_this_machine);
        let compressed = (lines.len() > COMPRESS_ABOVE && !is_near)
            .then(|| gzip(lines))
            .flatten();
        self.ask(|agent, url, key| {
            let request = agent.post(url.as_str()).config();
            let request = request.timeout_global(Some(limit)).build();
            let request = request
                .header("X-API-Key", key)
                .header("Content-Type", "application/x-ndjson");
            match &compressed {
                Some(body) => request.header("Content-Encoding", "gzip").send(&body[..]),
                None => request.send(lines),
            }
        })
    }

    /// Asks whose key it is.
    pub(crate) fn whoami(&mut self) -> Result<Response, NoAnswer> {
        self.ask(|agent, url, key| {
            let request = agent.get(url.beside("whoami"));
            request.header("X-API-Key", key).call()
        })
    }

    /// Puts JSON beside the logs where there is nothing.
    pub(crate) fn put_new(&mut self, path: &str, json: &str) -> Result<Response, NoAnswer> {
        self.ask(|agent, url, key| {
            let request = agent.put(url.beside(path)).header("X-API-Key", key);
            let request = request.header("If-None-Match", "*");
            request.content_type("application/json").send(json)
        })
    }

    fn ask(
        &mut self,
        request: impl Fn(&Agent, &LogsUrl, &str) -> Answered,
    ) -> Result<Response, NoAnswer> {
        let url = self.url.clone()?;
        let key = self.key.current()?;
        let new = || agent(url.as_str(), &self.agent_name, self.timeout);
        let agent = self.agent.get_or_insert_with(new);
        let ask = || response(request(agent, &url, &key)?, &key);
        let mut answered = ask();
        // A server may close a connection that waits just as it is used again.
        if self.is_answered && answered.as_ref().is_err_and(|error| is_reset(error)) {
            answered = ask();
        }
        self.is_answered = answered.is_ok();
        answered.map_err(|source| NoAnswer::Unreachable {
            address: url.to_string(),
            source,
        })
    }
}

fn is_reset(error: &ureq::Error) -> bool {
    let is_reset = |kind| matches!(kind, ErrorKind::ConnectionReset | ErrorKind::BrokenPipe);
    matches!(error, ureq::Error::Io(error) if is_reset(error.kind()))
}

fn response(
    answered: ureq::http::Response<ureq::Body>,
    key: &str,
) -> Result<Response, Box<ureq::Error>> {
    let (head, mut body) = answered.into_parts();
    let header = |name| head.headers.get(name).and_then(|value| value.to_str().ok());
    let body = body.with_config().limit(MAX_ANSWER).lossy_utf8(true);
    let status = head.status.as_u16();
    let text = match body.read_to_string() {
        // Of fewer entries, a refusal is shorter.
        Err(ureq::Error::BodyExceedsLimit(_)) => String::new(),
        // Only a whole receipt is one, and what a refusal is for may be in the part that is missing. Of other
        // answers the status decides, whatever becomes of the rest.
        Err(error) if matches!(status, 200..=299 | 400 | 422) => return Err(Box::new(error)),
        text => text.unwrap_or_default(),
    };
    let is_problem = |kind: &str| kind.to_ascii_lowercase().starts_with(PROBLEM);
    Ok(Response {
        status,
        is_problem: header("content-type").is_some_and(is_problem),
        retry_after: header("retry-after").map(str::to_owned),
        date: header("date").map(str::to_owned),
        // The server may send the key back.
        body: text.replace(key, "…"),
    })
}

fn gzip(lines: &[u8]) -> Option<Vec<u8>> {
    let mut encoder = GzEncoder::new(Vec::with_capacity(lines.len() / 4), Compression::fast());
    encoder.write_all(lines).ok()?;
    encoder.finish().ok()
}

/// An agent that follows no redirect, so that the key is sent nowhere else.
fn agent(url: &str, name: &str, timeout: Duration) -> Agent {
    let mut tls = TlsConfig::builder()
        .unversioned_rustls_crypto_provider(Arc::new(rustls::crypto::ring::default_provider()));
    if url.starts_with("https:") {
        let certificates = rustls_native_certs::load_native_certs().certs;
        let roots: Vec<_> = certificates
            .iter()
            .map(|certificate| Certificate::from_der(certificate).to_owned())
            .collect();
        tls = tls.root_certs(RootCerts::new_with_certs(&roots));
    }
    Agent::config_builder()
        .http_status_as_error(false)
        .max_redirects(0)
        .user_agent(name)
        .timeout_global(Some(timeout))
        .tls_config(tls.build())
        .build()
        .into()
}
