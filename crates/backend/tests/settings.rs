//! Settings from flags and files. What the environment does is shown with the real programs.
#![allow(clippy::unwrap_used, clippy::expect_used)]

use central_logger_backend::{DatabaseUrl, Flags, Settings};
use central_logger_key_store::Report;
use std::{fs, path::PathBuf};
use tempfile::TempDir;

struct Files(TempDir);

impl Files {
    fn new() -> Self {
        Self(tempfile::tempdir().unwrap())
    }

    fn write(&self, name: &str, content: impl AsRef<[u8]>) -> PathBuf {
        let path = self.0.path().join(name);
        fs::write(&path, content).unwrap();
        path
    }

    fn flags(&self, env_file: &str) -> Flags {
        Flags {
            env_file: Some(self.write("env", env_file)),
            ..Flags::default()
        }
    }
}

fn refusal(flags: &Flags) -> String {
    let error = Settings::read(flags).unwrap_err();
    let said = Report(&error).to_string();
    assert!(!said.contains('\n'), "{said}");
    said
}

#[test]
fn a_flag_beats_the_file_which_beats_the_default() {
    let files = Files::new();
    let settings = Settings::read(&files.flags("LOGGER_KEY_PREFIX=acme\n")).unwrap();
    assert_eq!(settings.key_prefix.as_str(), "acme");
    assert_eq!(
        settings.database_url,
        DatabaseUrl::Sqlite("data/central-logger.db".into())
    );
    let flags = Flags {
        key_prefix: Some("flag".into()),
        public_url: Some("https://logs.example.com/".into()),
        ..files.flags("LOGGER_KEY_PREFIX=acme\n")
    };
    let settings = Settings::read(&flags).unwrap();
    assert_eq!(settings.key_prefix.as_str(), "flag");
    assert_eq!(
        settings.public_url.as_deref(),
        Some("https://logs.example.com")
    );
}

#[test]
fn a_wrong_value_is_told_with_its_place_and_a_right_one() {
    let files = Files::new();
    let said = refusal(&files.flags("LOGGER_KEY_PREFIX=Acme\n"));
    for part in [
        "LOGGER_KEY_PREFIX in ",
        "'Acme'",
        "for example LOGGER_KEY_PREFIX=cl",
    ] {
        assert!(said.contains(part), "{said}");
    }
    let flags = Flags {
        key_prefix: Some("9".into()),
        ..Flags::default()
    };
    let said = refusal(&flags);
    assert!(said.starts_with("--key-prefix: '9'"), "{said}");
    assert!(said.contains("for example --key-prefix cl"), "{said}");
}

#[test]
fn a_wrong_database_url_is_not_repeated() {
    let flags = Flags {
        database_url: Some("mysql://root:hunter2@db/x".into()),
        ..Flags::default()
    };
    let said = refusal(&flags);
    assert!(said.starts_with("--database-url: "), "{said}");
    assert!(
        said.contains("postgres://") && !said.contains("hunter2"),
        "{said}"
    );
}

#[test]
fn a_file_that_is_named_must_be_there_and_be_right() {
    let files = Files::new();
    let flags = Flags {
        env_file: Some(files.0.path().join("absent")),
        ..Flags::default()
    };
    assert!(refusal(&flags).contains("absent"));
    assert!(refusal(&files.flags("hunter2")).ends_with("line 1 is not of the form NAME=VALUE"));
}

#[test]
fn peppers_are_read_and_checked() {
    let files = Files::new();
    let pepper = files.write("pepper", [7; 32]).display().to_string();
    let short = files.write("short", "hunter2").display().to_string();
    let read = |pepper: Option<&str>, previous: Option<&str>| Flags {
        pepper_file: pepper.map(str::to_owned),
        pepper_previous_file: previous.map(str::to_owned),
        ..Flags::default()
    };
    Settings::read(&read(Some(&pepper), None)).unwrap();
    let said = refusal(&read(Some(&short), None));
    assert!(
        said.starts_with("LOGGER_PEPPER_FILE: ") && !said.contains("hunter2"),
        "{said}"
    );
    let said = refusal(&read(None, Some(&pepper)));
    assert!(said.contains("set LOGGER_PEPPER_FILE"), "{said}");
    assert!(refusal(&read(Some("absent"), None)).contains("absent"));
}
