//! The same entries in the protocols of other systems.

use crate::Failure;
use central_logger_intake::{Head, named};
use central_logger_log_store::{LogEntry, StoredLog};
use central_logger_protobuf::{write_bytes, write_number};
use serde_json::{Value, json};
use time::{Duration, OffsetDateTime, format_description::well_known::Rfc3339, macros::datetime};

/// A way to send entries.
#[derive(Debug, Clone, Copy)]
pub struct Foreign {
    /// What it is called.
    pub name: &'static str,
    protocol: &'static str,
    path: &'static str,
    media_type: &'static str,
    /// The status of its answer.
    pub status: u16,
    body: fn(&[Fields]) -> Result<Vec<u8>, Failure>,
}

/// What an entry says.
struct Fields {
    at: OffsetDateTime,
    is_failure: bool,
    message: String,
    duration_ms: usize,
}

const fn foreign(
    name: &'static str,
    protocol: &'static str,
    (path, media_type, status): (&'static str, &'static str, u16),
    body: fn(&[Fields]) -> Result<Vec<u8>, Failure>,
) -> Foreign {
    Foreign {
        name,
        protocol,
        path,
        media_type,
        status,
        body,
    }
}

const JSON: &str = "application/json";
const PROTOBUF: &str = "application/x-protobuf";

impl Foreign {
    /// All of them.
    #[rustfmt::skip]
    pub const ALL: [Self; 8] = [
        foreign("OTLP protobuf", "otlp", ("/v1/logs", PROTOBUF, 200), otlp_protobuf),
        foreign("OTLP JSON", "otlp", ("/v1/logs", JSON, 200), otlp_json),
        foreign("Elasticsearch", "elastic", ("/_bulk", "application/x-ndjson", 200), elastic),
        foreign("Loki JSON", "loki", ("/loki/api/v1/push", JSON, 204), loki_json),
        foreign("Loki protobuf", "loki", ("/loki/api/v1/push", PROTOBUF, 204), loki_protobuf),
        foreign("Seq CLEF", "seq", ("/ingest/clef", "application/vnd.serilog.clef", 201), clef),
        foreign("Splunk HEC", "splunk", ("/services/collector/event", JSON, 200), splunk),
        foreign("journal", "journald", ("/upload", "application/vnd.fdo.journal", 202), journal),
    ];

    /// Requests with the entries of these numbers, so many in each.
    ///
    /// # Errors
    /// When a body cannot be made.
    pub fn requests(
        &self,
        key: &str,
        (first, requests, entries): (usize, usize, usize),
    ) -> Result<Vec<Vec<u8>>, Failure> {
        let request = |number: usize| {
            let body = (self.body)(&fields(first + number * entries, entries))?;
            let headers = format!("X-API-Key: {key}\r\nContent-Type: {}\r\n", self.media_type);
            Ok(post(self.path, &headers, &body))
        };
        (0..requests).map(request).collect()
    }

    /// As [`requests`](Self::requests), with what is stored of the entries as our own NDJSON, under names or not.
    ///
    /// # Errors
    /// When a body cannot be made.
    pub fn own_requests(
        &self,
        key: &str,
        (first, requests, entries): (usize, usize, usize),
        are_named: bool,
    ) -> Result<Vec<Vec<u8>>, Failure> {
        let request = |number: usize| {
            let first = first + number * entries;
            let body = (self.body)(&fields(first, entries))?;
            let mut headers = format!("X-API-Key: {key}\r\nContent-Type: application/x-ndjson\r\n");
            if are_named {
                headers += &format!("Idempotency-Key: {first}\r\n");
            }
            Ok(post("/api/v1/logs", &headers, self.own(&body)?.as_bytes()))
        };
        (0..requests).map(request).collect()
    }

    /// What is stored of a body, in our own form.
    fn own(&self, body: &[u8]) -> Result<String, Failure> {
        let protocol = named(self.protocol).ok_or("no such protocol")?;
        let head = Head::new("POST", self.path, "");
        let head = head.with_header("content-type", self.media_type.as_bytes());
        let (entries, _) = protocol.read(&head, body, BEGIN)?.into_parts();
        let lines = entries.iter().map(line).collect::<Result<Vec<_>, _>>()?;
        Ok(lines.join("\n"))
    }
}

const BEGIN: OffsetDateTime = datetime!(2026-01-01 00:00 UTC);
const WORKFLOW: &str = "nightly-invoices";

/// As [`entry`](crate::entry), but never at a whole second, which a client with a coarse clock sends.
fn fields(first: usize, count: usize) -> Vec<Fields> {
    let of = |number: usize| Fields {
        at: BEGIN + Duration::milliseconds(number as i64) + Duration::microseconds(250),
        is_failure: number.is_multiple_of(10),
        message: format!("{number:0>160}"),
        duration_ms: number % 5000,
    };
    (first..first + count).map(of).collect()
}

fn line(entry: &LogEntry) -> Result<String, Failure> {
    let stored = StoredLog::new(&"bench".parse()?, BEGIN, entry);
    let mut entry: Value = serde_json::from_str(&serde_json::to_string(&stored)?)?;
    if let Some(members) = entry.as_object_mut() {
        for name in ["id", "client_id", "received_at"] {
            members.remove(name);
        }
    }
    Ok(entry.to_string())
}

fn post(path: &str, headers: &str, body: &[u8]) -> Vec<u8> {
    let length = body.len();
    let mut request =
        format!("POST {path} HTTP/1.1\r\nHost: bench\r\n{headers}Content-Length: {length}\r\n\r\n")
            .into_bytes();
    request.extend_from_slice(body);
    request
}

impl Fields {
    fn unix_ns(&self) -> u64 {
        u64::try_from(self.at.unix_timestamp_nanos()).unwrap_or_default()
    }

    fn text(&self) -> Result<String, Failure> {
        Ok(self.at.format(&Rfc3339)?)
    }

    fn level(&self) -> &'static str {
        match self.is_failure {
            true => "ERROR",
            false => "INFO",
        }
    }

    fn severity(&self) -> u8 {
        match self.is_failure {
            true => 17,
            false => 9,
        }
    }
}

fn in_lines(
    entries: &[Fields],
    line: impl Fn(&Fields) -> Result<String, Failure>,
) -> Result<Vec<u8>, Failure> {
    let lines = entries.iter().map(line).collect::<Result<Vec<_>, _>>()?;
    Ok((lines.join("\n") + "\n").into_bytes())
}

fn otlp_json(entries: &[Fields]) -> Result<Vec<u8>, Failure> {
    let attribute = |name: &str, value: Value| json!({"key": name, "value": value});
    let record = |entry: &Fields| {
        json!({
            "timeUnixNano": entry.unix_ns().to_string(),
            "severityNumber": entry.severity(),
            "severityText": entry.level(),
            "body": {"stringValue": entry.message},
            "attributes": [attribute("duration_ms", json!({"intValue": entry.duration_ms.to_string()}))],
        })
    };
    let records: Vec<_> = entries.iter().map(record).collect();
    let resource = [
        attribute("service.name", json!({"stringValue": WORKFLOW})),
        attribute(
            "deployment.environment.name",
            json!({"stringValue": "production"}),
        ),
    ];
    let scopes = json!([{"scope": {"name": "bench"}, "logRecords": records}]);
    let logs = json!({"resource": {"attributes": resource}, "scopeLogs": scopes});
    Ok(serde_json::to_vec(&json!({"resourceLogs": [logs]}))?)
}

/// The numbers are those of the fields in `opentelemetry/proto/logs/v1/logs.proto`.
fn otlp_protobuf(entries: &[Fields]) -> Result<Vec<u8>, Failure> {
    let of_text = |text: &str| {
        let mut value = Vec::new();
        write_bytes(&mut value, 1, text.as_bytes());
        value
    };
    let attribute = |name: &str, value: &[u8]| {
        let mut pair = Vec::new();
        write_bytes(&mut pair, 1, name.as_bytes());
        write_bytes(&mut pair, 2, value);
        pair
    };
    let (mut resource, mut scope, mut scope_logs) = (Vec::new(), Vec::new(), Vec::new());
    for (name, text) in [
        ("service.name", WORKFLOW),
        ("deployment.environment.name", "production"),
    ] {
        write_bytes(&mut resource, 1, &attribute(name, &of_text(text)));
    }
    write_bytes(&mut scope, 1, b"bench");
    write_bytes(&mut scope_logs, 1, &scope);
    for entry in entries {
        let mut record = vec![0x09];
        record.extend(entry.unix_ns().to_le_bytes());
        write_number(&mut record, 2, entry.severity().into());
        write_bytes(&mut record, 3, entry.level().as_bytes());
        write_bytes(&mut record, 5, &of_text(&entry.message));
        let mut duration = Vec::new();
        write_number(&mut duration, 3, entry.duration_ms as u64);
        write_bytes(&mut record, 6, &attribute("duration_ms", &duration));
        write_bytes(&mut scope_logs, 2, &record);
    }
    let (mut logs, mut request) = (Vec::new(), Vec::new());
    write_bytes(&mut logs, 1, &resource);
    write_bytes(&mut logs, 2, &scope_logs);
    write_bytes(&mut request, 1, &logs);
    Ok(request)
}

/// As the loggers of Elastic write their lines.
fn elastic(entries: &[Fields]) -> Result<Vec<u8>, Failure> {
    in_lines(entries, |entry| {
        let document = json!({
            "@timestamp": entry.text()?,
            "log.level": entry.level(),
            "message": entry.message,
            "service.name": WORKFLOW,
            "service.environment": "production",
            "duration_ms": entry.duration_ms,
        });
        Ok(format!(
            "{{\"create\":{{\"_index\":\"logs\"}}}}\n{document}"
        ))
    })
}

fn loki_json(entries: &[Fields]) -> Result<Vec<u8>, Failure> {
    let stream = |is_failure: bool| {
        let entries = entries
            .iter()
            .filter(|entry| entry.is_failure == is_failure);
        let values: Vec<_> = entries
            .map(|entry| {
                let metadata = json!({"duration_ms": entry.duration_ms.to_string()});
                json!([entry.unix_ns().to_string(), entry.message, metadata])
            })
            .collect();
        let level = if is_failure { "error" } else { "info" };
        let labels = json!({"service_name": WORKFLOW, "env": "production", "level": level});
        json!({"stream": labels, "values": values})
    };
    let streams = [stream(true), stream(false)];
    Ok(serde_json::to_vec(&json!({"streams": streams}))?)
}

/// The numbers are those of the fields in `pkg/push/push.proto`.
fn loki_protobuf(entries: &[Fields]) -> Result<Vec<u8>, Failure> {
    let mut push = Vec::new();
    for (is_failure, level) in [(true, "error"), (false, "info")] {
        let mut stream = Vec::new();
        let labels =
            format!("{{service_name=\"{WORKFLOW}\", env=\"production\", level=\"{level}\"}}");
        write_bytes(&mut stream, 1, labels.as_bytes());
        for entry in entries
            .iter()
            .filter(|entry| entry.is_failure == is_failure)
        {
            let (mut time, mut pair, mut written) = (Vec::new(), Vec::new(), Vec::new());
            write_number(&mut time, 1, entry.unix_ns() / 1_000_000_000);
            write_number(&mut time, 2, entry.unix_ns() % 1_000_000_000);
            write_bytes(&mut pair, 1, b"duration_ms");
            write_bytes(&mut pair, 2, entry.duration_ms.to_string().as_bytes());
            write_bytes(&mut written, 1, &time);
            write_bytes(&mut written, 2, entry.message.as_bytes());
            write_bytes(&mut written, 3, &pair);
            write_bytes(&mut stream, 2, &written);
        }
        write_bytes(&mut push, 1, &stream);
    }
    Ok(snap::raw::Encoder::new().compress_vec(&push)?)
}

fn clef(entries: &[Fields]) -> Result<Vec<u8>, Failure> {
    in_lines(entries, |entry| {
        Ok(json!({
            "@t": entry.text()?,
            "@l": entry.level(),
            "@m": entry.message,
            "app": WORKFLOW,
            "env": "production",
            "duration_ms": entry.duration_ms,
        })
        .to_string())
    })
}

fn splunk(entries: &[Fields]) -> Result<Vec<u8>, Failure> {
    in_lines(entries, |entry| {
        let event = json!({
            "message": entry.message,
            "level": entry.level(),
            "service": WORKFLOW,
            "env": "production",
            "duration_ms": entry.duration_ms,
        });
        let time = entry.unix_ns() as f64 / 1e9;
        Ok(json!({"time": time, "sourcetype": "_json", "event": event}).to_string())
    })
}

fn journal(entries: &[Fields]) -> Result<Vec<u8>, Failure> {
    in_lines(entries, |entry| {
        let (us, priority) = (entry.unix_ns() / 1000, if entry.is_failure { 3 } else { 6 });
        let lines = [
            format!(
                "__CURSOR=s=0639c7b7d2a54c44a8ed1b41d7e3a7b5;i={us:x};b=1;m={us:x};t={us:x};x=1"
            ),
            format!("__REALTIME_TIMESTAMP={us}"),
            format!("PRIORITY={priority}"),
            format!("SYSLOG_IDENTIFIER={WORKFLOW}"),
            format!("MESSAGE={}", entry.message),
            format!("DURATION_MS={}", entry.duration_ms),
        ];
        Ok(lines.join("\n") + "\n")
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_protocol_brings_the_same_entries() -> Result<(), Failure> {
        for foreign in Foreign::ALL {
            let own = foreign.own(&(foreign.body)(&fields(10, 2))?)?;
            let lines: Vec<Value> = own.lines().map(str::parse).collect::<Result<_, _>>()?;
            assert_eq!(lines.len(), 2, "{}", foreign.name);
            for line in lines {
                assert_eq!(line["workflow"], WORKFLOW, "{}", foreign.name);
                let message = line["message"].as_str().ok_or("no message")?;
                let number: i64 = message.parse()?;
                let status = if number == 10 { "ERROR" } else { "INFO" };
                let at = format!("2026-01-01T00:00:00.0{number}25Z");
                assert_eq!(line["executed_at"], at, "{}", foreign.name);
                assert!(
                    line["status"] == status || foreign.protocol == "journald",
                    "{} {line}",
                    foreign.name
                );
            }
        }
        Ok(())
    }
}
