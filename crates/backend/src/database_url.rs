use central_logger_sqlite::Sqlite;
use std::{fmt, path::PathBuf, str::FromStr};

/// Where keys and logs are kept.
///
/// # Examples
///
/// ```
/// use central_logger_backend::DatabaseUrl;
///
/// let file = "sqlite:data/central-logger.db".parse();
/// assert_eq!(file, Ok(DatabaseUrl::default()));
/// let server: DatabaseUrl = "postgres://logger:secret@db/logger".parse()?;
/// assert_eq!(format!("{server:?}"), "Postgres(..)");
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Clone, PartialEq, Eq)]
pub enum DatabaseUrl {
    /// `sqlite:PATH`: a file, embedded, nothing to install.
    Sqlite(PathBuf),
    /// `postgres://…`, as it was given, with its password.
    Postgres(String),
}

/// A text that names no database. It is not repeated, since it may hold a password.
///
/// # Examples
///
/// ```
/// use central_logger_backend::{DatabaseUrl, InvalidDatabaseUrl};
///
/// assert_eq!("mysql://root:secret@db".parse::<DatabaseUrl>(), Err(InvalidDatabaseUrl));
/// assert!(InvalidDatabaseUrl.to_string().starts_with("a database is sqlite:PATH or postgres://"));
/// ```
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("a database is sqlite:PATH or postgres://USER:PASSWORD@HOST:PORT/DATABASE")]
pub struct InvalidDatabaseUrl;

impl DatabaseUrl {
    /// The files on this machine in which all is kept.
    pub fn files(&self) -> Vec<PathBuf> {
        match self {
            Self::Sqlite(path) => Sqlite::files(path),
            Self::Postgres(_) => Vec::new(),
        }
    }

    /// Whether a password stands in it.
    pub fn has_password(&self) -> bool {
        let Self::Postgres(url) = self else {
            return false;
        };
        let (base, parameters) = url.split_once('?').unwrap_or((url, ""));
        let login = base.rsplit_once('@').map_or("", |(login, _)| login);
        let login = login.split_once("://").map_or(login, |(_, login)| login);
        let in_login = login
            .split_once(':')
            .is_some_and(|(_, password)| !password.is_empty());
        let secrets = ["password=", "sslpassword="];
        let is_secret = |parameter: &str| secrets.iter().any(|name| parameter.starts_with(name));
        in_login || parameters.split('&').any(is_secret)
    }
}

impl FromStr for DatabaseUrl {
    type Err = InvalidDatabaseUrl;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        if let Some(path) = text.strip_prefix("sqlite:") {
            // `sqlite:///var/x.db` is an absolute path in the way of URLs, `sqlite://x.db` not.
            let path = path.strip_prefix("//").unwrap_or(path);
            if path.is_empty() || path == ":memory:" || path.contains('?') {
                return Err(InvalidDatabaseUrl);
            }
            return Ok(Self::Sqlite(path.into()));
        }
        if text.starts_with("postgres://") || text.starts_with("postgresql://") {
            return Ok(Self::Postgres(text.to_owned()));
        }
        Err(InvalidDatabaseUrl)
    }
}

impl Default for DatabaseUrl {
    fn default() -> Self {
        Self::Sqlite("data/central-logger.db".into())
    }
}

impl fmt::Debug for DatabaseUrl {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Sqlite(path) => f.debug_tuple("Sqlite").field(path).finish(),
            Self::Postgres(_) => f.write_str("Postgres(..)"),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn both_kinds_are_understood() {
        for (text, path) in [
            ("sqlite:data/x.db", "data/x.db"),
            ("sqlite:/var/x.db", "/var/x.db"),
            ("sqlite:///var/x.db", "/var/x.db"),
            ("sqlite://x.db", "x.db"),
        ] {
            assert_eq!(text.parse(), Ok(DatabaseUrl::Sqlite(path.into())), "{text}");
        }
        for text in ["postgres://u:p@h/d", "postgresql:///d?host=/run"] {
            assert_eq!(text.parse(), Ok(DatabaseUrl::Postgres(text.into())));
        }
    }

    #[test]
    fn a_password_is_seen_wherever_it_stands() {
        for (url, has_password) in [
            ("postgres://u:p@h/d", true),
            ("postgres://u:p@w@h/d", true),
            ("postgres://h/d?password=p", true),
            ("postgres://h/d?user=u&sslpassword=p", true),
            ("postgres://u@h:5432/d", false),
            ("postgres://u:@h:5432/d", false),
            ("postgres://h:5432/d?passfile=x", false),
            ("sqlite:a:b@c", false),
        ] {
            let parsed: DatabaseUrl = url.parse().unwrap();
            assert_eq!(parsed.has_password(), has_password, "{url}");
        }
    }

    #[test]
    fn others_are_refused_without_being_repeated() {
        for text in [
            "",
            "sqlite:",
            "sqlite::memory:",
            "mysql://u:hunter2@h/d",
            "data/x.db",
        ] {
            let refusal = text.parse::<DatabaseUrl>().unwrap_err();
            assert!(!refusal.to_string().contains("hunter2"));
        }
        let url: DatabaseUrl = "postgres://u:hunter2@h/d".parse().unwrap();
        assert!(!format!("{url:?}").contains("hunter2"));
    }
}
