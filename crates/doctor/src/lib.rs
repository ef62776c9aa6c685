#![doc = include_str!("../README.md")]
#![cfg_attr(test, allow(clippy::unwrap_used, clippy::expect_used))]

mod check;
mod database;
mod keys;
mod permissions;
mod settings;

pub use check::{Check, Severity};

use central_logger_settings::{SettingError, Settings};
use serde::Serialize;

/// The outcome of all checks.
#[derive(Debug, Serialize)]
pub struct Diagnosis {
    /// Whether no check failed.
    pub ok: bool,
    /// The checks, in the order in which they were made.
    pub checks: Vec<Check>,
}

/// How checks are made.
#[derive(Debug, Clone, Copy, Default)]
pub struct DiagnosisOptions {
    /// Whether logs are deleted by the clock of this machine again, although it has jumped ahead.
    pub accept_clock: bool,
    /// Whether every block of logs is read.
    pub deep: bool,
}

/// Checks an installation by its settings, or the error with which reading them failed. A check that
/// fails says how to fix the problem. Nothing is changed but what `options` ask for.
pub async fn diagnose(
    settings: &Result<Settings, SettingError>,
    options: DiagnosisOptions,
) -> Diagnosis {
    let checks = match settings {
        Err(error) => vec![Check::error("settings", error)],
        Ok(settings) => {
            let mut checks = settings::checks(settings).await;
            checks.extend(database::checks(settings, options).await);
            checks
        }
    };
    Diagnosis {
        ok: checks.iter().all(Check::ok),
        checks,
    }
}

impl Diagnosis {
    /// Returns how many checks failed.
    pub fn failures(&self) -> usize {
        self.checks.iter().filter(|check| !check.ok()).count()
    }
}
