//! Rules for what workflow engines send, by their documentation.

use super::Rules;

/// The names of the rules that [`Rules::of`] knows, and the rules.
const KNOWN: [(&str, &str); 3] = [
    // https://docs.github.com/en/webhooks/webhook-events-and-payloads#workflow_run
    ("github", include_str!("known/github.json")),
    // https://docs.n8n.io/integrations/builtin/core-nodes/n8n-nodes-base.errortrigger/, and an HTTP Request
    // node that sends `{{ $workflow }}` and `{{ $execution }}`.
    ("n8n", include_str!("known/n8n.json")),
    // https://airflow.apache.org/docs/apache-airflow/stable/administration-and-deployment/logging-monitoring/callbacks.html,
    // a callback that posts the run.
    ("airflow", include_str!("known/airflow.json")),
];

impl Rules {
    /// The names of rules that are known.
    pub const KNOWN: [&str; 3] = [KNOWN[0].0, KNOWN[1].0, KNOWN[2].0];

    /// Returns the rules for what an engine of this name sends.
    pub fn of(engine: &str) -> Option<Self> {
        let (_, text) = KNOWN.iter().find(|(name, _)| *name == engine)?;
        // A test reads each of them.
        text.parse().ok()
    }
}
