//! How a program sends with a key: with our own libraries, and by the protocols of others.

use maud::{Markup, html};

/// Each ready to be copied.
pub(crate) fn snippets(base_url: &str, key: &str) -> Markup {
    let all = [
        (
            ".env",
            format!("LOGGER_API_URL={base_url}/api/v1/logs\nLOGGER_API_KEY={key}\n"),
        ),
        (
            "curl",
            format!(
                "curl {base_url}/api/v1/logs \\\n  -H 'X-API-Key: {key}' \\\n  -H 'Content-Type: application/json' \\\n  \
                 -d \"{{\\\"environment\\\": \\\"production\\\", \\\"executed_at\\\": \\\"$(date -u +%Y-%m-%dT%H:%M:%SZ)\\\", \
                 \\\"status\\\": \\\"SUCCESS\\\", \\\"workflow\\\": \\\"hello\\\"}}\"\n"
            ),
        ),
        (
            "Python",
            format!(
                "from central_logger import Client, workflow\n\nclient = Client(\"{base_url}\", \"{key}\")\n\
                 with workflow(\"hello\", client=client) as run:\n    run.log(\"it works\")\n"
            ),
        ),
        (
            "Node",
            format!(
                "import {{ Client, workflow }} from \"central-logger\";\n\n\
                 const client = new Client({{ url: \"{base_url}\", key: \"{key}\" }});\n\
                 await workflow(\"hello\", (run) => run.log({{ message: \"it works\" }}), {{ client }});\n"
            ),
        ),
        (
            "Rust",
            format!(
                "let client = Client::builder()\n    .url(\"{base_url}\")\n    .key(\"{key}\")\n    \
                 .workflow(\"hello\")\n    .build();\nclient.log(Entry::new(\"it works\"));\n"
            ),
        ),
        (
            "A job",
            format!(
                "LOGGER_API_URL={base_url} LOGGER_API_KEY={key} \\\n  central-logger-send run --workflow hello -- ./job\n"
            ),
        ),
        (
            "OpenTelemetry",
            format!(
                "OTEL_EXPORTER_OTLP_LOGS_ENDPOINT={base_url}/v1/logs\nOTEL_EXPORTER_OTLP_LOGS_PROTOCOL=http/protobuf\n\
                 OTEL_EXPORTER_OTLP_HEADERS=x-api-key={key}\n"
            ),
        ),
        (
            "OpenTelemetry collector",
            format!(
                "exporters:\n  otlphttp: {{ endpoint: \"{base_url}\", headers: {{ x-api-key: {key} }} }}\n"
            ),
        ),
        (
            "Vector",
            format!(
                "sinks:\n  logs: {{ type: elasticsearch, inputs: [app], endpoints: [\"{base_url}/elastic\"], \
                 auth: {{ strategy: basic, user: any, password: {key} }}, bulk: {{ action: create }} }}\n"
            ),
        ),
        (
            "systemd-journal-upload",
            format!(
                "[Upload]\nURL={}\n",
                base_url.replacen("://", &format!("://any:{key}@"), 1)
            ),
        ),
        (
            "Elasticsearch (Filebeat, Logstash)",
            format!(
                "output.elasticsearch:\n  hosts: [\"{base_url}/elastic\"]\n  api_key: \"id:{key}\"\n"
            ),
        ),
        (
            "Loki (Promtail, Alloy)",
            format!("clients:\n  - url: {base_url}/loki/api/v1/push\n    bearer_token: {key}\n"),
        ),
        (
            "Seq (Serilog)",
            format!(".WriteTo.Seq(\"{base_url}\", apiKey: \"{key}\")\n"),
        ),
        (
            "Splunk HEC",
            format!(
                "curl {base_url}/services/collector \\\n  -H 'Authorization: Splunk {key}' \\\n  \
                 -d '{{\"event\": \"it works\", \"source\": \"hello\"}}'\n"
            ),
        ),
        (
            "CloudEvents",
            format!(
                "curl {base_url}/cloudevents \\\n  -H 'X-API-Key: {key}' \\\n  \
                 -H 'Content-Type: application/cloudevents+json' \\\n  \
                 -d '{{\"specversion\": \"1.0\", \"id\": \"1\", \"source\": \"hello\", \"type\": \"example\"}}'\n"
            ),
        ),
    ];
    html! {
        div.panel.tabs {
            @for (place, (title, text)) in all.iter().enumerate() {
                @let id = format!("snippet-{place}");
                details name="snippet" open[place == 0] {
                    summary { (title) }
                    div.copyable {
                        pre id=(id) { (text) }
                        button type="button" hidden data-copy=(id) { "Copy" }
                    }
                }
            }
        }
        p.hint { "More clients are in the documentation of the server, under shippers." }
    }
}
