//! Events of Seq: raw ones, and CLEF (compact log event format).

mod clef;
mod raw;
mod template;

use crate::{Batch, Head, Protocol, Refusal, Reply, Stored, json};
use serde_json::json;
use time::OffsetDateTime;

#[derive(Debug)]
pub(crate) struct Seq;

impl Protocol for Seq {
    fn name(&self) -> &'static str {
        "seq"
    }

    fn read(&self, head: &Head, body: &[u8], now: OffsetDateTime) -> Result<Batch, Refusal> {
        let body = json::body(body);
        let is_clef = head.path().ends_with("/clef")
            || head.content_type() == "application/vnd.serilog.clef"
            || head.parameter("clef").is_some();
        match is_clef {
            true => clef::read(&body, now),
            false => raw::read(&body, now),
        }
    }

    fn accepted(&self, _: &Head, _: &Stored) -> Reply {
        Reply::json(201, &json!({"MinimumLevelAccepted": null}))
    }

    fn refused(&self, _: &Head, refusal: &Refusal) -> Option<Reply> {
        let detail = match refusal.index {
            Some(index) => format!("event {index}: {}; nothing was stored", refusal.detail),
            None => refusal.detail.clone(),
        };
        let status = match refusal.status {
            422 => 400,
            status => status,
        };
        Some(Reply::json(status, &json!({"Error": detail})))
    }
}
