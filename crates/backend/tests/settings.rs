//! Settings from flags and files. What the environment does is shown with the real programs.
#![allow(clippy::unwrap_used, clippy::expect_used)]

use central_logger_backend::{
    DatabaseUrl, Environment, Flags, Found, ListenFlags, Listening, Origin, Settings, StaticSource,
    TlsFiles,
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
    let url = settings.public_url.unwrap();
    assert_eq!(url.as_str(), "https://logs.example.com");
}

#[test]
fn a_wrong_value_is_told_with_its_place_and_a_right_one() {
    let files = Files::new();
    let said = refusal(&files.flags("LOGGER_KEY_PREFIX=Acme\n"));
    for part in [
        "LOGGER_KEY_PREFIX in ",
        "env line 1: ",
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
    let said = refusal(&files.flags("# A comment\nDATABASE_URL hunter2"));
    assert!(
        said.ends_with("line 2 is not of the form NAME=VALUE"),
        "{said}"
    );
    Settings::read(&files.flags("hunter2\nmy.var=1\nOTHER='open\n")).unwrap();
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
        said.starts_with("--pepper-file: ") && !said.contains("hunter2"),
        "{said}"
    );
    let said = refusal(&read(None, Some(&pepper)));
    assert!(said.contains("set LOGGER_PEPPER_FILE"), "{said}");
    assert!(refusal(&read(Some("absent"), None)).contains("absent"));
}

#[test]
fn an_empty_flag_is_no_setting_at_all() {
    let empty = || Some(String::new());
    for flags in [
        Flags {
            database_url: empty(),
            ..Flags::default()
        },
        Flags {
            database_url_file: empty(),
            ..Flags::default()
        },
        Flags {
            pepper_file: empty(),
            ..Flags::default()
        },
        Flags {
            pepper_previous_file: Some(" ".into()),
            ..Flags::default()
        },
        Flags {
            key_prefix: empty(),
            ..Flags::default()
        },
        Flags {
            public_url: empty(),
            ..Flags::default()
        },
    ] {
        let said = refusal(&flags);
        assert!(
            said.contains(" is empty: give it a value, or leave it out"),
            "{said}"
        );
    }
    let environment = Environment::read(None).unwrap();
    for proxies in [
        vec!["".to_owned()],
        vec!["10.0.0.0/8".to_owned(), "".to_owned()],
    ] {
        let flags = ListenFlags {
            trusted_proxies: proxies,
            ..ListenFlags::default()
        };
        let said = Listening::read(&environment, &flags)
            .unwrap_err()
            .to_string();
        assert!(said.starts_with("--trusted-proxy is empty"), "{said}");
    }
    // In a file it counts as none.
    let files = Files::new();
    Settings::read(&files.flags("DATABASE_URL=\nLOGGER_PUBLIC_URL=\n")).unwrap();
}

#[test]
fn a_public_url_is_absolute() {
    let files = Files::new();
    for url in [
        "logs.example.com",
        "https://logs.example.com?x",
        "ftp://logs.example.com",
    ] {
        let said = refusal(&files.flags(&format!("LOGGER_PUBLIC_URL={url}\n")));
        assert!(
            said.contains("for example LOGGER_PUBLIC_URL=https://"),
            "{said}"
        );
    }
}

#[test]
fn the_database_url_may_stand_in_a_file_of_its_own() {
    let files = Files::new();
    let url = files
        .write("url", "sqlite:from_file.db\n")
        .display()
        .to_string();
    let in_file = Some(DatabaseUrl::Sqlite("from_file.db".into()));
    let read = |flags: &Flags| {
        Settings::read(flags)
            .map(|settings| settings.database_url)
            .ok()
    };
    let flag = Flags {
        database_url_file: Some(url.clone()),
        ..Flags::default()
    };
    assert_eq!(read(&flag), in_file);
    let named = format!("DATABASE_URL_FILE={url}\n");
    assert_eq!(read(&files.flags(&named)), in_file);
    // What beats what is as ever.
    let flag = Flags {
        database_url_file: Some(url.clone()),
        ..files.flags("DATABASE_URL=sqlite:x.db\n")
    };
    assert_eq!(read(&flag), in_file);
    let flag = Flags {
        database_url: Some("sqlite:x.db".into()),
        ..files.flags(&named)
    };
    assert_eq!(read(&flag), Some(DatabaseUrl::Sqlite("x.db".into())));

    let said = refusal(&files.flags(&format!("DATABASE_URL=sqlite:x.db\n{named}")));
    assert!(
        said.contains("line 1 and DATABASE_URL_FILE in ") && said.contains("line 2"),
        "{said}"
    );
    for content in ["", "mysql://me:hunter2@db/x", "\u{fffd}hunter2"] {
        files.write("url", content);
        let said = refusal(&files.flags(&named));
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
        let named = || Some(file.to_owned());
        for flags in [
            Flags {
                env_file: Some(file.into()),
                ..Flags::default()
            },
            Flags {
                pepper_file: named(),
                ..Flags::default()
            },
            Flags {
                database_url_file: named(),
                ..Flags::default()
            },
        ] {
            assert!(refusal(&flags).contains(file), "{file}");
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
    let flags = Flags {
        env_file: Some(format!("/dev/fd/{fd}").into()),
        ..Flags::default()
    };
    let settings = Settings::read(&flags).unwrap();
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
    let flag = Flags {
        database_url: Some(format!("sqlite:{path}")),
        ..Flags::default()
    };
    let in_file = files.flags(&format!("\nDATABASE_URL=sqlite:{path}\n"));
    for (flags, origin) in [(flag, "--database-url: "), (in_file, "env line 2: ")] {
        let error = Settings::read(&flags)
            .unwrap()
            .open_database()
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
    let flag = |url: &str| Flags {
        database_url: Some(url.into()),
        ..Flags::default()
    };
    let advice = |flags: &Flags| Settings::read(flags).unwrap().exposed_password();
    let told = advice(&flag(URL)).unwrap();
    assert!(
        told.contains("PGPASSFILE") && !told.contains("hunter2"),
        "{told}"
    );
    assert_eq!(advice(&flag("postgres://me@db/logger")), None);
    assert_eq!(advice(&files.flags(&format!("DATABASE_URL={URL}\n"))), None);
}
