//! What clients ask before they send.

use super::answer;
use crate::{Head, Reply};
use serde_json::{Value, json};

/// A question of a client of Elasticsearch that is not about entries.
///
/// # Examples
///
/// ```
/// use central_logger_intake::{Head, Probe};
///
/// let reply = Probe::Root.reply(&Head::new("GET", "/", ""));
/// assert_eq!(reply.status, 200);
/// assert!(reply.headers.contains(&("x-elastic-product", "Elasticsearch")));
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Probe {
    /// `GET /`: which server it is.
    Root,
    /// `GET /_cluster/health`.
    Health,
    /// `GET /_license`.
    License,
    /// `GET /_xpack`.
    XPack,
    /// `GET` and `PUT` of templates and policies, which have no meaning here: any is there, and any is
    /// accepted.
    Template,
    /// `GET` and `POST /{index}/_refresh`, with which bulk helpers end: what is stored is found at once.
    Refresh,
}

/// The version whose bulk API is spoken.
const VERSION: &str = "8.19.0";

impl Probe {
    /// Returns the answer.
    pub fn reply(self, head: &Head) -> Reply {
        answer::reply(head, 200, &self.value(head))
    }

    fn value(self, head: &Head) -> Value {
        match self {
            Self::Root => json!({
                "name": "central-logger",
                "cluster_name": "central-logger",
                "cluster_uuid": "Y2VudHJhbC1sb2dnZXIAAA",
                "version": {
                    "number": VERSION,
                    "build_flavor": "default",
                    "build_type": "docker",
                    "build_hash": "0000000000000000000000000000000000000000",
                    "build_date": "2025-07-23T22:05:50.810336307Z",
                    "build_snapshot": false,
                    "lucene_version": "9.12.2",
                    "minimum_wire_compatibility_version": "7.17.0",
                    "minimum_index_compatibility_version": "7.0.0",
                },
                "tagline": "You Know, for Search",
            }),
            Self::Health => json!({
                "cluster_name": "central-logger",
                "status": "green",
                "timed_out": false,
                "number_of_nodes": 1,
                "number_of_data_nodes": 1,
                "active_primary_shards": 1,
                "active_shards": 1,
                "relocating_shards": 0,
                "initializing_shards": 0,
                "unassigned_shards": 0,
                "delayed_unassigned_shards": 0,
                "number_of_pending_tasks": 0,
                "number_of_in_flight_fetch": 0,
                "task_max_waiting_in_queue_millis": 0,
                "active_shards_percent_as_number": 100.0,
            }),
            Self::License => json!({
                "license": {
                    "status": "active",
                    "uid": "00000000-0000-0000-0000-000000000000",
                    "type": "basic",
                    "mode": "basic",
                    "issue_date": "2025-01-01T00:00:00.000Z",
                    "issue_date_in_millis": 1_735_689_600_000_i64,
                    "max_nodes": 1000,
                    "issued_to": "central-logger",
                    "issuer": "central-logger",
                    "start_date_in_millis": -1,
                },
            }),
            Self::XPack => json!({
                "build": {"hash": "0000000000000000000000000000000000000000", "date": "2025-07-23T22:05:50.810336307Z"},
                "license": {"uid": "00000000-0000-0000-0000-000000000000", "type": "basic", "mode": "basic", "status": "active"},
                "features": {
                    "ilm": {"available": true, "enabled": true},
                    "security": {"available": true, "enabled": true},
                },
                "tagline": "You know, for X",
            }),
            Self::Refresh => json!({"_shards": {"total": 1, "successful": 1, "failed": 0}}),
            Self::Template if head.method() == "PUT" => json!({"acknowledged": true}),
            Self::Template => of_template(head.path()),
        }
    }
}

/// A template or policy of the name that was asked for.
fn of_template(path: &str) -> Value {
    let mut parts = path.rsplit('/');
    let (name, kind) = (parts.next().unwrap_or_default(), parts.next());
    match kind {
        Some("_index_template") => json!({
            "index_templates": [{"name": name, "index_template": {"index_patterns": ["*"], "composed_of": [], "data_stream": {}}}],
        }),
        Some("_component_template") => json!({
            "component_templates": [{"name": name, "component_template": {"template": {}}}],
        }),
        _ => json!({name: {"version": 1, "policy": {"phases": {}}, "index_patterns": ["*"]}}),
    }
}
