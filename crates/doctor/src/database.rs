//! Checks of the database.

use super::{Check, DiagnosisOptions, keys};
use central_logger_database::{Database, Finding, OpenOptions};
use central_logger_key_store::{KeyList, Owners};
use central_logger_settings::Settings;
use central_logger_times::{Clock, SystemClock};
use std::sync::Arc;

const NAME: &str = "database";

pub(super) async fn checks(settings: &Settings, options: DiagnosisOptions) -> Vec<Check> {
    match checks_of_opened(settings, options).await {
        Ok(checks) => checks,
        Err(check) => vec![check],
    }
}

/// Makes all checks of a database that can be worked with, or returns the one that failed before.
async fn checks_of_opened(
    settings: &Settings,
    options: DiagnosisOptions,
) -> Result<Vec<Check>, Check> {
    let database = open(settings).await?;
    let store = database.keys();
    let listed = store.list(Owners::All).await;
    let KeyList {
        records,
        unreadable,
    } = listed.map_err(|error| Check::error(NAME, &error))?;
    if options.accept_clock {
        let accepted = database.accept_clock().await;
        accepted.map_err(|error| Check::error(NAME, &error))?;
    }
    let now = SystemClock.now();
    let mut checks = vec![
        Check::passed(NAME, format!("{} keys, schema up to date", records.len())),
        keys::rows(&unreadable),
    ];
    let findings = database.findings().await;
    checks.extend(findings.into_iter().map(Check::from));
    if options.deep {
        checks.push(Check::from(database.inspect_blocks().await));
    }
    checks.extend([
        keys::clock(&records, now),
        keys::pepper(&*store, &settings.hasher).await,
        keys::self_service(&*store, &records, now).await,
        keys::deliveries(&*database.activity(), now).await,
        keys::hashes(&*store, &settings.hasher, now).await,
    ]);
    Ok(checks)
}

/// Opens the database, if it exists and its schema is up to date.
async fn open(settings: &Settings) -> Result<Arc<dyn Database>, Check> {
    // Opening would create it, and a check only looks.
    if let Some(path) = settings.database_url.file_to_create() {
        let advice = "does not exist yet: run `central-logger-admin migrate`";
        return Err(Check::failed(NAME, format!("{} {advice}", path.display())));
    }
    let opened = settings.open_database(&OpenOptions::default()).await;
    let database = opened.map_err(|error| Check::error(NAME, &error))?;
    let pending = database.pending_migrations().await;
    let pending = pending.map_err(|error| Check::error(NAME, &error))?;
    if !pending.is_empty() {
        let advice = "the schema is not up to date: run `central-logger-admin migrate`";
        return Err(Check::failed(NAME, advice));
    }
    let ready = database.logs().ready().await;
    ready.map_err(|error| Check::error(NAME, &error))?;
    Ok(database)
}

impl From<Finding> for Check {
    fn from(finding: Finding) -> Self {
        match finding.is_ok {
            true => Self::passed(finding.check, finding.detail),
            false => Self::failed(finding.check, finding.detail),
        }
    }
}
