//! What is served where.

use central_logger_intake::{
    CLOUDEVENTS, ELASTIC, JOURNALD, LOKI, OTLP, Probe, Protocol, SEQ, SPLUNK,
};

/// A path, and what is done there.
pub(crate) struct Row {
    pub(crate) pattern: &'static str,
    pub(crate) methods: &'static [&'static str],
    pub(crate) protocol: &'static dyn Protocol,
    pub(crate) what: What,
    /// What it does, for people.
    pub(crate) summary: &'static str,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum What {
    /// Entries are stored.
    Entries,
    /// What is sent is no log, and taken for nothing.
    Nothing,
    /// A question is answered.
    Probe(Probe),
    /// As [`Probe::Root`], for clients of Elasticsearch alone.
    Root,
    /// Without a key.
    Health,
}

const GET: &[&str] = &["GET"];
const GET_POST: &[&str] = &["GET", "POST"];
const GET_PUT: &[&str] = &["GET", "PUT"];
const POST: &[&str] = &["POST"];
const POST_PUT: &[&str] = &["POST", "PUT"];

const fn row(
    pattern: &'static str,
    methods: &'static [&'static str],
    protocol: &'static dyn Protocol,
    what: What,
    summary: &'static str,
) -> Row {
    Row {
        pattern,
        methods,
        protocol,
        what,
        summary,
    }
}

/// Paths with a variable part come last, since each request is compared with the paths in this order.
#[rustfmt::skip]
pub(crate) static ROUTES: [Row; 47] = [
    row("/v1/logs", POST, OTLP, What::Entries, "Store logs of OpenTelemetry"),
    row("/v1/traces", POST, OTLP, What::Nothing, "Take spans of OpenTelemetry for nothing"),
    row("/v1/metrics", POST, OTLP, What::Nothing, "Take metrics of OpenTelemetry for nothing"),
    row("/otlp/v1/logs", POST, OTLP, What::Entries, "Store logs of OpenTelemetry"),
    row("/otlp/v1/traces", POST, OTLP, What::Nothing, "Take spans of OpenTelemetry for nothing"),
    row("/otlp/v1/metrics", POST, OTLP, What::Nothing, "Take metrics of OpenTelemetry for nothing"),
    row("/loki/api/v1/push", POST, LOKI, What::Entries, "Store streams of Loki"),
    row("/api/events/raw", POST, SEQ, What::Entries, "Store events of Seq"),
    row("/ingest/clef", POST, SEQ, What::Entries, "Store events in CLEF"),
    row("/services/collector", POST, SPLUNK, What::Entries, "Store events of Splunk"),
    row("/services/collector/event", POST, SPLUNK, What::Entries, "Store events of Splunk"),
    row("/services/collector/event/1.0", POST, SPLUNK, What::Entries, "Store events of Splunk"),
    row("/services/collector/raw", POST, SPLUNK, What::Entries, "Store lines of Splunk"),
    row("/services/collector/raw/1.0", POST, SPLUNK, What::Entries, "Store lines of Splunk"),
    row("/services/collector/health", GET, SPLUNK, What::Health, "Answer that events can be sent"),
    row("/services/collector/health/1.0", GET, SPLUNK, What::Health, "Answer that events can be sent"),
    row("/upload", POST, JOURNALD, What::Entries, "Store entries of the journal"),
    row("/cloudevents", POST, CLOUDEVENTS, What::Entries, "Store CloudEvents"),
    row("/", GET, ELASTIC, What::Root, "Answer as Elasticsearch does"),
    row("/elastic", GET, ELASTIC, What::Probe(Probe::Root), "Answer as Elasticsearch does"),
    row("/elastic/", GET, ELASTIC, What::Probe(Probe::Root), "Answer as Elasticsearch does"),
    row("/_bulk", POST_PUT, ELASTIC, What::Entries, "Store documents of a bulk request"),
    row("/_cluster/health", GET, ELASTIC, What::Probe(Probe::Health), "Answer that the cluster is well"),
    row("/_license", GET, ELASTIC, What::Probe(Probe::License), "Answer with a basic licence"),
    row("/_xpack", GET, ELASTIC, What::Probe(Probe::XPack), "Answer with the features"),
    row("/elastic/_bulk", POST_PUT, ELASTIC, What::Entries, "Store documents of a bulk request"),
    row("/elastic/_cluster/health", GET, ELASTIC, What::Probe(Probe::Health), "Answer that the cluster is well"),
    row("/elastic/_license", GET, ELASTIC, What::Probe(Probe::License), "Answer with a basic licence"),
    row("/elastic/_xpack", GET, ELASTIC, What::Probe(Probe::XPack), "Answer with the features"),
    row("/_index_template/{name}", GET_PUT, ELASTIC, What::Probe(Probe::Template), "Accept a template or policy without effect"),
    row("/_component_template/{name}", GET_PUT, ELASTIC, What::Probe(Probe::Template), "Accept a template or policy without effect"),
    row("/_template/{name}", GET_PUT, ELASTIC, What::Probe(Probe::Template), "Accept a template or policy without effect"),
    row("/_ilm/policy/{name}", GET_PUT, ELASTIC, What::Probe(Probe::Template), "Accept a template or policy without effect"),
    row("/elastic/_index_template/{name}", GET_PUT, ELASTIC, What::Probe(Probe::Template), "Accept a template or policy without effect"),
    row("/elastic/_component_template/{name}", GET_PUT, ELASTIC, What::Probe(Probe::Template), "Accept a template or policy without effect"),
    row("/elastic/_template/{name}", GET_PUT, ELASTIC, What::Probe(Probe::Template), "Accept a template or policy without effect"),
    row("/elastic/_ilm/policy/{name}", GET_PUT, ELASTIC, What::Probe(Probe::Template), "Accept a template or policy without effect"),
    row("/elastic/{index}/_bulk", POST_PUT, ELASTIC, What::Entries, "Store documents of a bulk request in an index"),
    row("/elastic/{index}/_doc", POST, ELASTIC, What::Entries, "Store a document"),
    row("/elastic/{index}/_doc/{id}", POST_PUT, ELASTIC, What::Entries, "Store a document under an id"),
    row("/elastic/{index}/_create/{id}", POST_PUT, ELASTIC, What::Entries, "Store a document under an id, once"),
    row("/elastic/{index}/_refresh", GET_POST, ELASTIC, What::Probe(Probe::Refresh), "Answer that documents can be found"),
    row("/{index}/_bulk", POST_PUT, ELASTIC, What::Entries, "Store documents of a bulk request in an index"),
    row("/{index}/_doc", POST, ELASTIC, What::Entries, "Store a document"),
    row("/{index}/_doc/{id}", POST_PUT, ELASTIC, What::Entries, "Store a document under an id"),
    row("/{index}/_create/{id}", POST_PUT, ELASTIC, What::Entries, "Store a document under an id, once"),
    row("/{index}/_refresh", GET_POST, ELASTIC, What::Probe(Probe::Refresh), "Answer that documents can be found"),
];

/// The patterns of these routes.
pub const PATTERNS: [&str; 48] = [
    "/api/v1/intake",
    "/v1/logs",
    "/v1/traces",
    "/v1/metrics",
    "/otlp/v1/logs",
    "/otlp/v1/traces",
    "/otlp/v1/metrics",
    "/loki/api/v1/push",
    "/api/events/raw",
    "/ingest/clef",
    "/services/collector",
    "/services/collector/event",
    "/services/collector/event/1.0",
    "/services/collector/raw",
    "/services/collector/raw/1.0",
    "/services/collector/health",
    "/services/collector/health/1.0",
    "/upload",
    "/cloudevents",
    "/",
    "/elastic",
    "/elastic/",
    "/_bulk",
    "/_cluster/health",
    "/_license",
    "/_xpack",
    "/elastic/_bulk",
    "/elastic/_cluster/health",
    "/elastic/_license",
    "/elastic/_xpack",
    "/_index_template/{name}",
    "/_component_template/{name}",
    "/_template/{name}",
    "/_ilm/policy/{name}",
    "/elastic/_index_template/{name}",
    "/elastic/_component_template/{name}",
    "/elastic/_template/{name}",
    "/elastic/_ilm/policy/{name}",
    "/elastic/{index}/_bulk",
    "/elastic/{index}/_doc",
    "/elastic/{index}/_doc/{id}",
    "/elastic/{index}/_create/{id}",
    "/elastic/{index}/_refresh",
    "/{index}/_bulk",
    "/{index}/_doc",
    "/{index}/_doc/{id}",
    "/{index}/_create/{id}",
    "/{index}/_refresh",
];

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_row_has_its_pattern() {
        assert_eq!(PATTERNS[0], crate::report::PATH);
        assert_eq!(ROUTES.each_ref().map(|row| row.pattern), PATTERNS[1..]);
    }
}
