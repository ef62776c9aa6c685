//! What a client may have of each.

use central_logger_times::ManualClock;
use central_logger_workflows::{MemoryWorkflows, WorkflowError, WorkflowName, Workflows};
use serde_json::json;
use std::sync::Arc;
use time::macros::datetime;

#[tokio::test]
async fn a_client_has_a_thousand_monitors_and_is_told_of_one_more() {
    let clock = Arc::new(ManualClock::new(datetime!(2026-03-01 12:00 UTC)));
    let workflows = Workflows::new(Arc::new(MemoryWorkflows::new()), clock);
    let (acme, widget) = ("acme".parse().unwrap(), "widget".parse().unwrap());
    let monitor = json!({"every": "1h"});
    let members = monitor.as_object().unwrap();
    let name = |number: usize| WorkflowName::new("prod", format!("workflow-{number}"));
    for number in 0..Workflows::MOST_MONITORS {
        let name = name(number);
        let set = workflows.set_monitor(&acme, &name, members, false);
        set.await.unwrap();
    }
    let one_more = name(Workflows::MOST_MONITORS);
    let refused = workflows.set_monitor(&acme, &one_more, members, false);
    let refused = refused.await.unwrap_err();
    assert!(matches!(refused, WorkflowError::TooManyMonitors));
    assert!(refused.to_string().contains("at most 1000 monitors"));
    // One that is there is changed all the same, and another client has its own.
    let first = name(0);
    let changed = workflows.set_monitor(&acme, &first, members, false);
    changed.await.unwrap();
    let of_other = workflows.set_monitor(&widget, &one_more, members, false);
    of_other.await.unwrap();
}
