//! The dashboard, the rules and the page that speak of the metrics.

use crate::{
    exposition::{Exposition, Measured},
    http::GUIDE_ENTRY,
    promql::Query,
    site::Site,
};
use serde::Deserialize;
use serde_json::Value;
use std::collections::{BTreeMap, BTreeSet};

on_both_databases! {
    the_dashboard_names_what_is_told,
    the_rules_name_what_is_told,
    the_page_lists_what_is_told_and_nothing_else,
}

const DASHBOARD: &str = include_str!("../../docs/grafana-dashboard.json");
const RULES: &str = include_str!("../../docs/prometheus-rules.yml");
const PAGE: &str = include_str!("../../docs/monitoring.md");

/// A scrape of a server with which everything has happened that the rules speak of.
fn eventful(site: &Site) -> Exposition {
    let key = site.issue("acme_corp").key;
    let measured = Measured::start(site);
    let server = &measured.server;
    server.post(&key, GUIDE_ENTRY).json(201);
    server.get("wrong", "/api/v1/whoami").problem(401);
    let unseen = site.issue("widget_co").key;
    site.execute("ALTER TABLE api_keys RENAME TO lost_keys");
    let failed = server.get(&unseen, "/api/v1/whoami");
    assert!(failed.status >= 500, "{failed:?}");
    measured.scrape()
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct Rules {
    groups: Vec<Group>,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct Group {
    #[serde(rename = "name")]
    _name: String,
    rules: Vec<Rule>,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct Rule {
    alert: String,
    expr: String,
    #[serde(rename = "for")]
    lasting: String,
    labels: BTreeMap<String, String>,
    annotations: BTreeMap<String, String>,
}

fn the_dashboard_names_what_is_told(site: &Site) {
    let (told, has_pool) = (eventful(site), site.database_url.is_some());
    let dashboard: Value = serde_json::from_str(DASHBOARD).unwrap();
    let panels = dashboard["panels"].as_array().unwrap();
    let targets = panels
        .iter()
        .filter_map(|panel| panel["targets"].as_array());
    let targets: Vec<_> = targets.flatten().collect();
    assert!(targets.len() > 30);
    for target in targets {
        assert_eq!(target["datasource"]["uid"], "${datasource}");
        let labels = check(&told, has_pool, target["expr"].as_str().unwrap());
        for label in quoted(target["legendFormat"].as_str().unwrap(), "{{", "}}") {
            assert!(labels.contains(label), "{label} of {target}");
        }
    }
    for variable in dashboard["templating"]["list"].as_array().unwrap() {
        if let Some(query) = variable["query"]["query"].as_str() {
            let asked = quoted(query, "label_values(", ")").next().unwrap();
            let (metric, label) = asked.split_once(", ").unwrap();
            assert!(
                told.of(metric).count() > 0 && label == "instance",
                "{query}"
            );
        }
    }
}

fn the_rules_name_what_is_told(site: &Site) {
    let (told, has_pool) = (eventful(site), site.database_url.is_some());
    let rules: Rules = serde_saphyr::from_str(RULES).unwrap();
    let mut alerts = BTreeSet::new();
    for rule in rules.groups.into_iter().flat_map(|group| group.rules) {
        let labels = check(&told, has_pool, &rule.expr);
        assert!(rule.lasting.ends_with('m'), "{rule:?}");
        assert!(["warning", "critical"].contains(&&*rule.labels["severity"]));
        for annotation in ["summary", "description"] {
            for label in quoted(&rule.annotations[annotation], "$labels.", " ") {
                assert!(labels.contains(label), "{label} of {rule:?}");
            }
        }
        assert!(alerts.insert(rule.alert));
    }
    assert!(alerts.len() > 10);
}

fn the_page_lists_what_is_told_and_nothing_else(site: &Site) {
    let told = eventful(site);
    assert_eq!(documented(site.database_url.is_some()), exposed(&told));
}

/// Holds an expression against what is told, and gives the labels of its result.
fn check(told: &Exposition, has_pool: bool, expression: &str) -> BTreeSet<String> {
    let query = Query::read(expression);
    let mut labels = BTreeSet::from(["instance", "job"].map(str::to_owned));
    for selector in &query.selectors {
        let metric = &selector.metric;
        // Prometheus makes these itself.
        let is_foreign = metric == "up";
        if is_foreign || (is_of_pool(metric) && !has_pool) {
            continue;
        }
        let mut samples = told.of(metric).peekable();
        assert!(samples.peek().is_some(), "{metric} of {expression}");
        let samples: Vec<_> = samples.collect();
        for matcher in &selector.matchers {
            let (label, is_variable) = (&matcher.label, matcher.value.starts_with('$'));
            let mut values = samples.iter().filter_map(|sample| sample.labels.get(label));
            let is_met = values.any(|value| matcher.names(value));
            assert!(is_met || is_variable, "{label} of {expression}");
            assert!(
                !is_variable || labels.contains(label),
                "{label} of {expression}"
            );
        }
        let own = samples.iter().flat_map(|sample| sample.labels.keys());
        labels.extend(own.cloned());
    }
    if has_pool
        || !query
            .selectors
            .iter()
            .any(|selector| is_of_pool(&selector.metric))
    {
        for label in &query.grouped_by {
            assert!(labels.contains(label), "{label} of {expression}");
        }
    }
    match query.grouped_by.is_empty() {
        true => labels,
        false => query.grouped_by.into_iter().collect(),
    }
}

fn is_of_pool(metric: &str) -> bool {
    metric.starts_with("central_logger_store_")
}

/// What stands between two marks, each time.
fn quoted<'a>(text: &'a str, open: &'a str, close: &'a str) -> impl Iterator<Item = &'a str> {
    let parts = text.split(open).skip(1);
    parts.map(move |part| part.split(close).next().unwrap())
}

/// Name, type and labels of each metric that is told.
fn exposed(told: &Exposition) -> BTreeSet<(String, String, BTreeSet<String>)> {
    let metrics = told.types.iter().map(|(name, kind)| {
        let (name, sample) = match &**kind {
            "counter" => (format!("{name}_total"), format!("{name}_total")),
            "info" => (format!("{name}_info"), format!("{name}_info")),
            "histogram" => (name.clone(), format!("{name}_count")),
            _ => (name.clone(), name.clone()),
        };
        let labels = told.of(&sample).flat_map(|sample| sample.labels.keys());
        let labels = labels.cloned().collect();
        (name, kind.clone(), labels)
    });
    metrics.collect()
}

/// The same, as the page has it.
fn documented(has_pool: bool) -> BTreeSet<(String, String, BTreeSet<String>)> {
    let rows = PAGE
        .lines()
        .filter(|line| line.starts_with("| `central_logger_"));
    let rows = rows.map(|row| {
        let cells: Vec<_> = row.split('|').map(str::trim).collect();
        let labels = cells[3].split(", ").filter(|label| !label.is_empty());
        (
            cells[1].trim_matches('`').to_owned(),
            cells[2].to_owned(),
            labels
                .map(|label| label.trim_matches('`').to_owned())
                .collect(),
        )
    });
    rows.filter(|(name, ..)| has_pool || !is_of_pool(name))
        .collect()
}
