//! The checks of an installation on SQLite.
#![allow(clippy::unwrap_used, clippy::expect_used)]

use central_logger_database::OpenOptions;
use central_logger_doctor::{Check, Diagnosis, DiagnosisOptions, Severity, diagnose};
use central_logger_settings::{Environment, Flags, SettingError, Settings};
use std::{fs, path::Path};
use tempfile::TempDir;

struct Installation(TempDir);

impl Installation {
    fn new() -> Self {
        let installation = Self(tempfile::tempdir().unwrap());
        installation.set_env("");
        installation
    }

    fn path(&self) -> &Path {
        self.0.path()
    }

    /// Sets the content of `.env`, which only its owner can read.
    fn set_env(&self, content: &str) {
        let path = self.path().join(".env");
        fs::write(&path, content).unwrap();
        #[cfg(unix)]
        {
            use std::os::unix::fs::PermissionsExt;
            fs::set_permissions(&path, fs::Permissions::from_mode(0o600)).unwrap();
        }
    }

    fn settings(&self) -> Result<Settings, SettingError> {
        let environment = Environment::read(Some(&self.path().join(".env")))?;
        let url = format!("sqlite:{}", self.path().join("keys.db").display());
        let flags = Flags::default().with("--database-url", Some(url));
        Settings::read(environment.with_flags(flags))
    }

    async fn migrate(&self) {
        let settings = self.settings().unwrap();
        let database = settings.open_database(&OpenOptions::default()).await;
        database.unwrap().migrate().await.unwrap();
    }

    async fn diagnose(&self) -> Diagnosis {
        diagnose(&self.settings(), DiagnosisOptions::default()).await
    }
}

#[track_caller]
fn check<'a>(diagnosis: &'a Diagnosis, name: &str) -> &'a Check {
    let mut checks = diagnosis.checks.iter();
    checks
        .find(|check| check.name == name)
        .unwrap_or_else(|| panic!("{diagnosis:?}"))
}

#[tokio::test]
async fn a_database_that_is_not_there_is_not_made() {
    let installation = Installation::new();
    let diagnosis = installation.diagnose().await;
    let database = check(&diagnosis, "database");
    assert_eq!(database.severity, Severity::Failure);
    assert!(database.detail.contains("central-logger-admin migrate"));
    assert!(!installation.path().join("keys.db").exists());
    assert_eq!((diagnosis.ok, diagnosis.failures()), (false, 1));
}

#[tokio::test]
async fn a_new_installation_passes_every_check() {
    let installation = Installation::new();
    installation.migrate().await;
    let diagnosis = installation.diagnose().await;
    assert!(diagnosis.ok, "{diagnosis:?}");
    for name in [
        "settings",
        "API_KEYS",
        "TLS",
        "alerts",
        "permissions",
        "database",
        "rows",
        "clock",
        "pepper",
        "self-service",
        "deliveries",
        "hashes",
    ] {
        assert_eq!(check(&diagnosis, name).severity, Severity::Ok, "{name}");
    }
    let json = serde_json::to_value(&diagnosis).unwrap();
    assert_eq!(json["ok"], true);
    let expected = serde_json::json!({"name": "settings", "ok": true, "detail": "all are valid"});
    assert_eq!(json["checks"][0], expected);
}

#[tokio::test]
async fn what_is_wrong_is_named_and_the_rest_is_checked_all_the_same() {
    let installation = Installation::new();
    installation.migrate().await;
    let env = "API_KEYS={\"key1\": \"client1\"}\nLOGGER_TLS_CERT=cert.pem\n";
    installation.set_env(env);
    let diagnosis = installation.diagnose().await;
    assert!(
        check(&diagnosis, "API_KEYS")
            .detail
            .contains("static-client1")
    );
    assert!(check(&diagnosis, "TLS").detail.contains("LOGGER_TLS_KEY"));
    assert_eq!(check(&diagnosis, "database").severity, Severity::Ok);
    assert_eq!(diagnosis.failures(), 2);

    let env = "LOGGER_BIND=0.0.0.0:8000\n";
    installation.set_env(env);
    let diagnosis = installation.diagnose().await;
    assert_eq!(check(&diagnosis, "TLS").severity, Severity::Warning);
    assert!(diagnosis.ok, "a warning is no failure");
}

#[tokio::test]
async fn settings_that_cannot_be_read_are_the_only_check() {
    let installation = Installation::new();
    installation.set_env("LOGGER_KEY_PREFIX=Not a prefix\n");
    let diagnosis = installation.diagnose().await;
    assert_eq!(diagnosis.checks.len(), 1);
    assert_eq!(check(&diagnosis, "settings").severity, Severity::Failure);
}
