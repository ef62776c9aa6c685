//! Streams of server-sent events.

use crate::{
    http::Answer,
    process::{PATIENCE, Server},
};
use serde_json::Value;
use std::io::{BufRead, BufReader};
use ureq::{Agent, BodyReader};

/// A stream that goes on.
pub(crate) struct Events(BufReader<BodyReader<'static>>);

impl Server {
    /// Follows the logs, and returns when that has begun.
    pub(crate) fn follow(&self, key: &str, query: &str, last: Option<&str>) -> Events {
        self.try_follow(key, query, last).unwrap()
    }

    /// Follows the logs as these headers say who it is.
    pub(crate) fn follow_as(
        &self,
        headers: &[(&str, &str)],
        query: &str,
        last: Option<&str>,
    ) -> Events {
        self.open(headers, query, last).unwrap()
    }

    /// Follows the logs, unless that is refused.
    pub(crate) fn try_follow(
        &self,
        key: &str,
        query: &str,
        last: Option<&str>,
    ) -> Result<Events, ureq::Error> {
        self.open(&[("X-API-Key", key)], query, last)
    }

    fn open(
        &self,
        headers: &[(&str, &str)],
        query: &str,
        last: Option<&str>,
    ) -> Result<Events, ureq::Error> {
        let patient = Agent::config_builder()
            .timeout_global(Some(PATIENCE))
            .build();
        let mut request = Agent::from(patient).get(format!("{}/api/v1/logs/tail{query}", self.url));
        for (name, value) in headers {
            request = request.header(*name, *value);
        }
        if let Some(last) = last {
            request = request.header("Last-Event-ID", last);
        }
        let answer = request.call()?;
        let media_type = answer.headers()["content-type"].to_str().unwrap();
        assert_eq!(media_type, "text/event-stream");
        let mut events = Events(BufReader::new(answer.into_body().into_reader()));
        assert_eq!(events.line().as_deref(), Some(": following"));
        assert_eq!(events.line().as_deref(), Some(""));
        Ok(events)
    }

    /// What is answered to a tail that is refused.
    pub(crate) fn follow_in_vain(
        &self,
        key: &str,
        headers: &[(&str, &str)],
        query: &str,
    ) -> Answer {
        let headers = [&[("X-API-Key", key)], headers].concat();
        self.call("GET", &format!("/api/v1/logs/tail{query}"), &headers)
    }
}

impl Events {
    /// The next entry, or nothing at the end of the stream. Its event has its id.
    pub(crate) fn next(&mut self) -> Option<Value> {
        loop {
            let line = self.line()?;
            if line.is_empty() || line.starts_with(':') {
                continue;
            }
            let id = line
                .strip_prefix("id: ")
                .expect("an event begins with its id");
            let data = self.line().unwrap();
            let data = data
                .strip_prefix("data: ")
                .expect("and goes on with its data");
            let entry: Value = serde_json::from_str(data).unwrap();
            assert_eq!(entry["id"], id);
            assert_eq!(self.line().as_deref(), Some(""));
            return Some(entry);
        }
    }

    fn line(&mut self) -> Option<String> {
        let mut line = String::new();
        match self.0.read_line(&mut line).unwrap() {
            0 => None,
            _ => Some(line.strip_suffix('\n').unwrap().to_owned()),
        }
    }
}
