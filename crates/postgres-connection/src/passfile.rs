//! A password that stands in no URL, found where libpq finds it: in `PGPASSWORD`, in the file that
//! `PGPASSFILE` names, or in `~/.pgpass`.

use central_logger_input_file::{InputFile, InputFileError};
use std::{
    env,
    path::{Path, PathBuf},
};
use tokio_postgres::{Config, config::Host};
use zeroize::Zeroizing;

const MAX_SIZE: u64 = 1 << 20;

/// Gives `config` a password, if it has none and one is to be found.
pub fn supply_password(config: &mut Config) {
    if config.get_password().is_some() {
        return;
    }
    if let Some(password) = env::var("PGPASSWORD")
        .ok()
        .filter(|password| !password.is_empty())
    {
        config.password(Zeroizing::new(password).as_bytes());
        return;
    }
    let Some(path) = path() else {
        return;
    };
    match read(&path) {
        Ok(content) => {
            if let Some(password) = find(&String::from_utf8_lossy(&content), config) {
                config.password(password.as_bytes());
            }
        }
        Err(Unusable::Absent) => {}
        Err(Unusable::Exposed) => tracing::warn!(
            path = %path.display(),
            "the file of passwords is passed over, since others may read it: chmod 600"
        ),
        Err(Unusable::Unreadable(error)) => tracing::warn!(
            %error,
            path = %path.display(),
            "the file of passwords is passed over"
        ),
    }
}

enum Unusable {
    Absent,
    /// Others than its owner may read it.
    Exposed,
    Unreadable(InputFileError),
}

fn path() -> Option<PathBuf> {
    let named = env::var_os("PGPASSFILE").filter(|path| !path.is_empty());
    named
        .map(PathBuf::from)
        .or_else(|| env::home_dir().map(|home| home.join(".pgpass")))
}

fn read(path: &Path) -> Result<Zeroizing<Vec<u8>>, Unusable> {
    #[cfg(unix)]
    {
        use std::os::unix::fs::MetadataExt;
        match std::fs::metadata(path) {
            Err(_) => return Err(Unusable::Absent),
            Ok(metadata) if metadata.is_file() && metadata.mode() & 0o077 != 0 => {
                return Err(Unusable::Exposed);
            }
            Ok(_) => {}
        }
    }
    match InputFile::read_regular(path, MAX_SIZE) {
        Ok(file) => Ok(file.content),
        Err(InputFileError::Io(error)) if error.kind() == std::io::ErrorKind::NotFound => {
            Err(Unusable::Absent)
        }
        Err(error) => Err(Unusable::Unreadable(error)),
    }
}

/// The password of the first line that fits one of the servers: `HOST:PORT:DATABASE:USER:PASSWORD`,
/// where `*` stands for anything and a backslash keeps a colon.
fn find(content: &str, config: &Config) -> Option<Zeroizing<String>> {
    let user = config.get_user().map(str::to_owned);
    let user = user.or_else(|| env::var("USER").ok()).unwrap_or_default();
    let database = config.get_dbname().unwrap_or(&user);
    let ports = config.get_ports();
    for (place, host) in config.get_hosts().iter().enumerate() {
        let host = match host {
            Host::Tcp(name) => name.clone(),
            #[cfg(unix)]
            Host::Unix(directory) => directory.display().to_string(),
        };
        let port = ports
            .get(place)
            .or(ports.first())
            .unwrap_or(&5432)
            .to_string();
        let wanted = [&host, &port, database, &user];
        let mut lines = content.lines().filter(|line| !line.starts_with('#'));
        if let Some(password) = lines.find_map(|line| password_in(line, wanted)) {
            return Some(password);
        }
    }
    None
}

fn password_in(line: &str, wanted: [&str; 4]) -> Option<Zeroizing<String>> {
    let mut fields = vec![Zeroizing::new(String::with_capacity(line.len()))];
    let mut characters = line.trim_end_matches('\r').chars();
    while let Some(character) = characters.next() {
        let last = fields.len() - 1;
        match character {
            ':' if fields.len() < 5 => {
                fields.push(Zeroizing::new(String::with_capacity(line.len())))
            }
            '\\' => fields[last].extend(characters.next()),
            other => fields[last].push(other),
        }
    }
    let fits = |(field, wanted): (&Zeroizing<String>, &str)| **field == "*" || **field == wanted;
    let is_whole = fields.len() == 5 && fields.iter().zip(wanted).all(fits);
    is_whole.then(|| fields.remove(4))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn found(content: &str, url: &str) -> Option<String> {
        let config: Config = url.parse().unwrap();
        find(content, &config).map(|password| (*password).clone())
    }

    #[test]
    fn the_first_line_that_fits_is_taken() {
        let file = "# comment:*:*:*:no\n\
                    db.example:5433:logger:me:one\r\n\
                    db.example:*:*:me:two\n\
                    *:*:other:*:th\\:ree\\\\\n\
                    short:line\n\
                    *:*:*:last:wo:rd";
        for (url, password) in [
            ("postgres://me@db.example:5433/logger", Some("one")),
            ("postgres://me@db.example/logger", Some("two")),
            ("postgres://you@db.example/other", Some("th:ree\\")),
            ("postgres://last@[::1]/x", Some("wo:rd")),
            ("postgres://you@elsewhere,db.example/logger", None),
            (
                "postgres://me@elsewhere,db.example:5433/logger",
                Some("one"),
            ),
            ("postgres://you@db.example/logger", None),
        ] {
            assert_eq!(found(file, url).as_deref(), password, "{url}");
        }
    }

    #[cfg(unix)]
    #[test]
    fn a_file_that_others_may_read_is_passed_over() {
        use std::{fs, os::unix::fs::PermissionsExt};
        let files = tempfile::tempdir().unwrap();
        let path = files.path().join("pgpass");
        assert!(matches!(read(&path), Err(Unusable::Absent)));
        fs::write(&path, "*:*:*:*:word").unwrap();
        for (mode, is_read) in [(0o600, true), (0o640, false), (0o604, false), (0o400, true)] {
            fs::set_permissions(&path, fs::Permissions::from_mode(mode)).unwrap();
            assert_eq!(read(&path).is_ok(), is_read, "{mode:o}");
        }
        assert!(matches!(read(files.path()), Err(Unusable::Unreadable(_))));
    }
}
