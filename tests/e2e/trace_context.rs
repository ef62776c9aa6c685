//! The trace of a caller, in the lines of the log about its requests, and in the problems that answer them.

use crate::{process::Server, site::Site};
use serde_json::Value;

const TRACE_ID: &str = "4bf92f3577b34da6a3ce929d0e0e4736";
const PARENT_ID: &str = "00f067aa0ba902b7";

/// The problem of a refusal, and the span of the line about it.
fn refusal(server: &Server, request_id: &str, traceparent: &str) -> (Value, Value) {
    let headers = [
        ("X-API-Key", "no_key_of_anybody"),
        ("X-Request-Id", request_id),
        ("traceparent", traceparent),
    ];
    let problem = server.call("GET", "/api/v1/whoami", &headers).problem(401);
    loop {
        let line = server.await_log("key refused");
        if line["span"]["id"] == request_id {
            return (problem, line["span"].clone());
        }
    }
}

#[test]
fn lines_about_a_request_and_its_problem_name_its_trace() {
    let site = Site::on_sqlite();
    let server = site.start_process();
    let valid = format!("00-{TRACE_ID}-{PARENT_ID}-01");
    let (problem, span) = refusal(&server, "valid", &valid);
    assert_eq!(problem["trace_id"], TRACE_ID, "{problem}");
    assert_eq!(span["trace_id"], TRACE_ID, "{span}");
    assert_eq!(span["parent_id"], PARENT_ID, "{span}");
    for (place, invalid) in [
        valid.to_uppercase(),
        valid.replace(PARENT_ID, "<script>alert(1)"),
        format!("{valid}-cl_live_4fT9aXk20bQz_secret"),
        valid.replacen("00", "ff", 1),
    ]
    .iter()
    .enumerate()
    {
        let (problem, span) = refusal(&server, &format!("invalid-{place}"), invalid);
        assert_eq!(problem.get("trace_id"), None, "{invalid}: {problem}");
        for member in ["trace_id", "parent_id"] {
            assert!(span[member].is_null(), "{invalid}: {span}");
        }
    }
    server.tell_to_stop();
    let (_, log) = server.wait();
    assert!(
        !log.contains("<script>") && !log.contains("cl_live_"),
        "{log}"
    );
}
