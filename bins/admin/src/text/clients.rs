use super::{audit::name_or_dash, minute, minute_or};
use crate::table::table;
use central_logger_client_records::{ClientPolicy, quota::QuotaDimension};
use central_logger_operations::clients::ClientView;
use central_logger_text::shown;

/// Clients, one in each row.
pub(crate) fn client_table(clients: &[ClientView]) -> String {
    let header = [
        "CLIENT",
        "NAME",
        "KEYS",
        "DUE",
        "ENTRIES 24 H",
        "REFUSED 24 H",
        "KEEP",
        "SELF-SERVICE",
        "LAST SEEN",
    ];
    let row = |client: &ClientView| {
        [
            client.client_id.to_string(),
            name_or_dash(client.name.as_ref()),
            client.keys.active.to_string(),
            client.keys.due.to_string(),
            client.entries_24h.to_string(),
            client.refused_24h.to_string(),
            client.keep.to_string(),
            on_or_off(client.policy.self_service).to_owned(),
            minute_or(client.last_seen_at, "never"),
        ]
    };
    table(header, clients.iter().map(row))
}

/// All that is known of a client, one member in each line.
pub(crate) fn client_lines(client: &ClientView) -> String {
    let keys = &client.keys;
    let quota = &client.quota.quota;
    let limit = |dimension, what: &str| {
        let limit = quota.limit(dimension);
        limit.map(|limit| format!("at most {limit} {what}"))
    };
    let lines = lines([
        ("Client", Some(client.client_id.to_string())),
        ("Name", client.name.clone()),
        ("External id", client.external_id.clone()),
        ("Mail", client.mail.clone()),
        (
            "By mail",
            client.mail.as_ref().map(|_| client.mail_scopes.to_string()),
        ),
        ("Keys go to", client.deliver.clone()),
        ("As", client.deliver_template.clone()),
        ("First seen", client.first_seen_at.map(minute)),
        ("Last seen", Some(minute_or(client.last_seen_at, "never"))),
        (
            "Keys",
            Some(format!(
                "{} active, {} due for rotation",
                keys.active, keys.due
            )),
        ),
        (
            "Last 24 h",
            Some(format!(
                "{} entries stored, {} requests refused",
                client.entries_24h, client.refused_24h
            )),
        ),
        ("Per day", limit(QuotaDimension::RequestsPerDay, "requests")),
        (
            "Per month",
            limit(QuotaDimension::RequestsPerMonth, "requests"),
        ),
        (
            "Entries/day",
            limit(QuotaDimension::EntriesPerDay, "entries"),
        ),
        ("Bytes/day", limit(QuotaDimension::BytesPerDay, "bytes")),
        ("Logs kept", Some(client.keep.to_string())),
    ]);
    format!("{lines}\n{}", policy_lines(&client.policy))
}

/// A policy, one member in each line.
pub(crate) fn policy_lines(policy: &ClientPolicy) -> String {
    let text = |flag| Some(on_or_off(flag).to_owned());
    let none = || "no limit".to_owned();
    let max_keys = policy.max_keys.map(|number| number.to_string());
    lines([
        ("Self-service", text(policy.self_service)),
        ("Max. keys", Some(max_keys.unwrap_or_else(none))),
        (
            "Max. life",
            Some(policy.max_lifetime_text().unwrap_or_else(none)),
        ),
        ("Must expire", text(policy.require_expiry)),
        ("Renewable", text(policy.renewable)),
        ("If leaked", Some(policy.on_leak.as_str().to_owned())),
    ])
}

fn lines<const N: usize>(lines: [(&str, Option<String>); N]) -> String {
    let written = lines
        .into_iter()
        .filter_map(|(name, value)| Some(format!("{name:<12} {}", shown(&value?))));
    written.collect::<Vec<_>>().join("\n")
}

fn on_or_off(flag: bool) -> &'static str {
    match flag {
        true => "on",
        false => "off",
    }
}
