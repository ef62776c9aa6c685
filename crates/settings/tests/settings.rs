//! Settings from flags and files. What the environment does is shown with the real programs.
#![allow(clippy::unwrap_used, clippy::expect_used)]

use central_logger_database::{DatabaseUrl, OpenOptions};
use central_logger_settings::{
    Environment, Flags, Found, Listening, Origin, SettingError, Settings, StaticSource, TlsFiles,
    mailer,
};
use central_logger_text::Report;
use central_logger_times::SystemClock;
use std::{fs, path::PathBuf, process::Command, sync::Arc};
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

    fn env_file(&self, content: &str) -> Given {
        Given {
            env_file: Some(self.write("env", content)),
            flags: Flags::default(),
        }
    }
}

/// What a program is given.
#[derive(Default)]
struct Given {
    env_file: Option<PathBuf>,
    flags: Flags,
}

impl Given {
    fn flag(self, name: &'static str, value: &str) -> Self {
        let flags = self.flags.with(name, Some(value.to_owned()));
        Self { flags, ..self }
    }

    fn environment(&self) -> Result<Environment, SettingError> {
        Ok(Environment::read(self.env_file.as_deref())?.with_flags(self.flags.clone()))
    }

    fn settings(&self) -> Result<Settings, SettingError> {
        Settings::read(self.environment()?)
    }
}

fn flag(name: &'static str, value: &str) -> Given {
    Given::default().flag(name, value)
}

fn url(text: &str) -> DatabaseUrl {
    text.parse().unwrap()
}

fn refusal(given: &Given) -> String {
    let error = given.settings().unwrap_err();
    let said = Report(&error).to_string();
    assert!(!said.contains('\n'), "{said}");
    said
}

#[test]
fn a_flag_beats_the_file_which_beats_the_default() {
    let files = Files::new();
    let settings = files
        .env_file("LOGGER_KEY_PREFIX=acme\n")
        .settings()
        .unwrap();
    assert_eq!(settings.key_prefix.as_str(), "acme");
    assert_eq!(settings.database_url, url("sqlite:data/central-logger.db"));
    let given = files
        .env_file("LOGGER_KEY_PREFIX=acme\n")
        .flag("--key-prefix", "flag")
        .flag("--public-url", "https://logs.example.com/");
    let settings = given.settings().unwrap();
    assert_eq!(settings.key_prefix.as_str(), "flag");
    let url = settings.public_url.unwrap();
    assert_eq!(url.as_str(), "https://logs.example.com");
}

#[test]
fn a_wrong_value_is_told_with_its_place_and_a_right_one() {
    let files = Files::new();
    let said = refusal(&files.env_file("LOGGER_KEY_PREFIX=Acme\n"));
    for part in [
        "LOGGER_KEY_PREFIX in ",
        "env line 1: ",
        "'Acme'",
        "for example LOGGER_KEY_PREFIX=cl",
    ] {
        assert!(said.contains(part), "{said}");
    }
    let said = refusal(&flag("--key-prefix", "9"));
    assert!(
        said.starts_with("invalid value '9' for --key-prefix: "),
        "{said}"
    );
    assert!(said.contains("for example --key-prefix cl"), "{said}");
}

#[test]
fn a_wrong_database_url_is_not_repeated() {
    let said = refusal(&flag("--database-url", "mysql://root:hunter2@db/x"));
    assert!(
        said.starts_with("invalid value for --database-url: ")
            && said.contains("unknown scheme: this build opens postgres://")
            && said.contains(" or sqlite:PATH")
            && !said.contains("hunter2"),
        "{said}"
    );
}

#[test]
fn a_file_that_is_named_must_be_there_and_be_right() {
    let files = Files::new();
    let absent = Given {
        env_file: Some(files.0.path().join("absent")),
        ..Given::default()
    };
    assert!(refusal(&absent).contains("absent"));
    let said = refusal(&files.env_file("# A comment\nDATABASE_URL hunter2"));
    assert!(
        said.ends_with("line 2 is not of the form NAME=VALUE"),
        "{said}"
    );
    files
        .env_file("hunter2\nmy.var=1\nOTHER='open\n")
        .settings()
        .unwrap();
}

#[test]
fn peppers_are_read_and_checked() {
    let files = Files::new();
    let pepper = files.write("pepper", [7; 32]).display().to_string();
    let short = files.write("short", "hunter2").display().to_string();
    flag("--pepper-file", &pepper).settings().unwrap();
    let said = refusal(&flag("--pepper-file", &short));
    assert!(
        said.starts_with("--pepper-file: ") && !said.contains("hunter2"),
        "{said}"
    );
    let said = refusal(&flag("--pepper-previous-file", &pepper));
    assert!(said.contains("set LOGGER_PEPPER_FILE"), "{said}");
    assert!(refusal(&flag("--pepper-file", "absent")).contains("absent"));
}

#[test]
fn an_empty_flag_is_no_setting_at_all() {
    for (name, value, example) in [
        (
            "--database-url",
            "",
            "postgres://logger:secret@127.0.0.1:5432/logger",
        ),
        ("--database-url-file", "", "/run/secrets/database-url"),
        ("--pepper-file", "", "/etc/central-logger/pepper"),
        (
            "--pepper-previous-file",
            " ",
            "/etc/central-logger/pepper.old",
        ),
        ("--key-prefix", "", "cl"),
        ("--public-url", "", "https://logs.example.com"),
    ] {
        let said = refusal(&flag(name, value));
        assert_eq!(
            said,
            format!(
                "{name} is empty: give it a value, or leave it out (for example {name} {example})"
            )
        );
    }
    for proxies in [&[""][..], &["10.0.0.0/8", ""]] {
        let proxies = proxies.iter().map(|proxy| (*proxy).to_owned());
        let flags = Flags::default().with("--trusted-proxy", proxies);
        let environment = Environment::read(None).unwrap().with_flags(flags);
        let said = Listening::read(&environment).unwrap_err().to_string();
        assert!(
            said.starts_with("--trusted-proxy is empty")
                && said.ends_with("(for example --trusted-proxy 10.0.0.0/8)"),
            "{said}"
        );
    }
    // In a file it counts as none.
    let files = Files::new();
    files
        .env_file("DATABASE_URL=\nLOGGER_PUBLIC_URL=\n")
        .settings()
        .unwrap();
}

#[test]
fn a_public_url_is_absolute() {
    let files = Files::new();
    for url in [
        "logs.example.com",
        "https://logs.example.com?x",
        "ftp://logs.example.com",
    ] {
        let said = refusal(&files.env_file(&format!("LOGGER_PUBLIC_URL={url}\n")));
        assert!(
            said.contains("for example LOGGER_PUBLIC_URL=https://"),
            "{said}"
        );
    }
}

#[test]
fn the_database_url_may_stand_in_a_file_of_its_own() {
    let files = Files::new();
    let file = files
        .write("url", "sqlite:from_file.db\n")
        .display()
        .to_string();
    let in_file = Some(url("sqlite:from_file.db"));
    let read = |given: &Given| Some(given.settings().ok()?.database_url);
    assert_eq!(read(&flag("--database-url-file", &file)), in_file);
    let named = format!("DATABASE_URL_FILE={file}\n");
    assert_eq!(read(&files.env_file(&named)), in_file);
    // What beats what is as ever.
    let given = files.env_file("DATABASE_URL=sqlite:x.db\n");
    assert_eq!(read(&given.flag("--database-url-file", &file)), in_file);
    let given = files.env_file(&named).flag("--database-url", "sqlite:x.db");
    assert_eq!(read(&given), Some(url("sqlite:x.db")));

    let said = refusal(&files.env_file(&format!("DATABASE_URL=sqlite:x.db\n{named}")));
    assert!(
        said.contains("line 1 and DATABASE_URL_FILE in ") && said.contains("line 2"),
        "{said}"
    );
    for content in ["", "mysql://me:hunter2@db/x", "\u{fffd}hunter2"] {
        files.write("url", content);
        let said = refusal(&files.env_file(&named));
        assert!(
            said.contains("DATABASE_URL_FILE in ") && said.contains("postgres://"),
            "{said}"
        );
        assert!(!said.contains("hunter2"), "{said}");
    }
}

#[cfg(unix)]
#[test]
fn files_that_cannot_be_read_end_in_one_error() {
    let files = Files::new();
    let pipe = files.0.path().join("pipe");
    assert!(
        Command::new("mkfifo")
            .arg(&pipe)
            .status()
            .unwrap()
            .success()
    );
    let pipe = pipe.display().to_string();
    let folder = files.0.path().display().to_string();
    for file in [&*pipe, &folder, "/dev/zero", "/dev/full"] {
        let env_file = Given {
            env_file: Some(file.into()),
            ..Given::default()
        };
        for given in [
            env_file,
            flag("--pepper-file", file),
            flag("--database-url-file", file),
        ] {
            assert!(refusal(&given).contains(file), "{file}");
        }
        let tls = TlsFiles {
            certificate: Found {
                value: file.into(),
                origin: Origin::Flag("--tls-cert"),
            },
            key: Found {
                value: file.into(),
                origin: Origin::Flag("--tls-key"),
            },
        };
        assert!(tls.load().unwrap_err().to_string().contains(file), "{file}");
    }
}

#[cfg(unix)]
#[test]
fn a_pipe_is_read_once() {
    let (reader, mut writer) = std::io::pipe().unwrap();
    let content = br#"LOGGER_KEY_PREFIX=acme
API_KEYS={"xyz789_real_key": "acme_corp"}"#;
    std::io::Write::write_all(&mut writer, content).unwrap();
    drop(writer);
    let fd = std::os::fd::AsRawFd::as_raw_fd(&reader);
    let given = Given {
        env_file: Some(format!("/dev/fd/{fd}").into()),
        ..Given::default()
    };
    let settings = given.settings().unwrap();
    assert_eq!(settings.key_prefix.as_str(), "acme");
    let source = StaticSource::open(&settings.environment, Arc::new(SystemClock)).unwrap();
    assert_eq!(source.keys().len(), 1);
}

#[tokio::test]
async fn a_database_that_cannot_be_opened_is_named_where_it_was_found() {
    let files = Files::new();
    let path = files
        .write("letter.db", "x".repeat(4096))
        .display()
        .to_string();
    let flag = flag("--database-url", &format!("sqlite:{path}"));
    let in_file = files.env_file(&format!("\nDATABASE_URL=sqlite:{path}\n"));
    for (given, origin) in [(flag, "--database-url: "), (in_file, "env line 2: ")] {
        let error = given
            .settings()
            .unwrap()
            .open_database(&OpenOptions::default())
            .await
            .unwrap_err();
        let said = Report(&error).to_string();
        assert!(
            said.contains(origin) && said.contains("letter.db"),
            "{said}"
        );
    }
}

#[test]
fn a_password_on_the_command_line_is_warned_of() {
    let files = Files::new();
    const URL: &str = "postgres://me:hunter2@db/logger";
    let advice = |given: &Given| given.settings().unwrap().exposed_password();
    let told = advice(&flag("--database-url", URL)).unwrap();
    assert!(
        told.contains("PGPASSFILE") && !told.contains("hunter2"),
        "{told}"
    );
    assert_eq!(
        advice(&flag("--database-url", "postgres://me@db/logger")),
        None
    );
    assert_eq!(
        advice(&files.env_file(&format!("DATABASE_URL={URL}\n"))),
        None
    );
}

#[test]
fn mail_needs_a_server_and_a_sender_and_tells_no_password() {
    let files = Files::new();
    let password = files.write("password", "pass word\n");
    let url = "smtps://logger:s3cret@mail.example.com";
    let from = "Logs <logs@example.com>";
    let read = |given: Given| mailer(&given.environment().unwrap());
    assert!(read(Given::default()).unwrap().is_none());
    let whole = flag("--smtp-url", url).flag("--smtp-from", from);
    let shown = format!("{:?}", read(whole).unwrap().unwrap());
    assert!(shown.contains("mail.example.com") && !shown.contains("s3cret"));
    let in_file = flag("--smtp-url", "smtps://logger@mail.example.com").flag("--smtp-from", from);
    let password = password.to_str().unwrap();
    assert!(read(in_file.flag("--smtp-password-file", password)).is_ok());

    for (given, said) in [
        (flag("--smtp-url", url), "go together"),
        (flag("--smtp-from", from), "go together"),
        (
            flag("--smtp-url", "smtp://u:s3cret@mail.example.com").flag("--smtp-from", from),
            "without TLS",
        ),
        (
            flag("--smtp-url", "smtps://logger@mail.example.com").flag("--smtp-from", from),
            "no password",
        ),
        (
            flag("--smtp-url", url).flag("--smtp-from", "logs"),
            "ops@acme.example",
        ),
        (
            flag("--smtp-url", url)
                .flag("--smtp-from", from)
                .flag("--smtp-password-file", "/none"),
            "--smtp-password-file",
        ),
    ] {
        let error = Report(&read(given).unwrap_err()).to_string();
        assert!(error.contains(said) && !error.contains("s3cret"), "{error}");
    }
}
