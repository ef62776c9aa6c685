//! Where entries are sent, and with which key.

use std::{
    env, fmt, fs,
    net::IpAddr,
    path::PathBuf,
    sync::{Mutex, PoisonError},
    time::SystemTime,
};

const PATH: &str = "/api/v1/logs";

/// Why there is no address or no key. The text says what to do.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub(crate) enum Unset {
    #[error(
        "set LOGGER_API_URL to the address of the server, such as https://logs.example.com/api/v1/logs"
    )]
    Url,
    #[error(
        "LOGGER_API_URL is not an address: set it to one such as https://logs.example.com/api/v1/logs"
    )]
    NotUrl,
    #[error("set LOGGER_API_KEY to the API key")]
    Key,
    #[error("the API key has characters that no key has: set LOGGER_API_KEY to a key alone")]
    NotKey,
    #[error("the key file {0} cannot be read: check LOGGER_API_KEY_FILE")]
    KeyFile(PathBuf),
}

impl Unset {
    pub(crate) fn is_of_address(&self) -> bool {
        matches!(self, Self::Url | Self::NotUrl)
    }
}

/// The address of the logs of a server.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct LogsUrl(String);

impl LogsUrl {
    /// Takes the address of the logs or of the server.
    pub(crate) fn parse(text: &str) -> Result<Self, Unset> {
        let text = text.trim();
        let uri: ureq::http::Uri = text.parse().map_err(|_| Unset::NotUrl)?;
        let is_http = matches!(uri.scheme_str(), Some("http" | "https"));
        let is_plain = uri.query().is_none() && !text.contains('#');
        if !is_http || !is_plain || uri.host().is_none_or(str::is_empty) {
            return Err(Unset::NotUrl);
        }
        let base = text.trim_end_matches('/');
        let has_path = base.ends_with(PATH);
        Ok(Self(if has_path {
            base.to_owned()
        } else {
            format!("{base}{PATH}")
        }))
    }

    pub(crate) fn as_str(&self) -> &str {
        &self.0
    }

    /// Whether the server is reached without a network, as its address says.
    pub(crate) fn is_this_machine(&self) -> bool {
        let uri: Result<ureq::http::Uri, _> = self.0.parse();
        let host = uri.as_ref().ok().and_then(|uri| uri.host()).unwrap_or("");
        let ip: Result<IpAddr, _> = host.trim_matches(['[', ']']).parse();
        ip.map_or(host == "localhost", |ip| ip.is_loopback())
    }

    /// An address beside that of the logs.
    pub(crate) fn beside(&self, path: &str) -> String {
        let base = self.0.strip_suffix("logs").unwrap_or(&self.0);
        format!("{base}{path}")
    }
}

/// Without a password in the address.
impl fmt::Display for LogsUrl {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (scheme, rest) = self.0.split_once("://").unwrap_or(("", &self.0));
        let (authority, path) = rest.split_at(rest.find('/').unwrap_or(rest.len()));
        let host = authority
            .rsplit_once('@')
            .map_or(authority, |(_, host)| host);
        write!(f, "{scheme}://{host}{path}")
    }
}

/// Where the key comes from. It is shown nowhere.
pub(crate) enum KeySource {
    Key(String),
    File {
        path: PathBuf,
        read: Mutex<Option<(SystemTime, String)>>,
    },
    Missing,
}

impl KeySource {
    pub(crate) fn file(path: PathBuf) -> Self {
        Self::File {
            path,
            read: Mutex::new(None),
        }
    }

    /// What the environment says.
    pub(crate) fn from_environment() -> Self {
        let set = |name| env::var_os(name).filter(|value| !value.is_empty());
        match (set("LOGGER_API_KEY"), set("LOGGER_API_KEY_FILE")) {
            (Some(key), _) => Self::Key(key.to_string_lossy().into_owned()),
            (None, Some(path)) => Self::file(path.into()),
            (None, None) => Self::Missing,
        }
    }

    /// The key for a request. A file is read again when it has changed.
    pub(crate) fn current(&self) -> Result<String, Unset> {
        match self {
            Self::Key(key) => checked(key),
            Self::File { path, read } => {
                let fault = || Unset::KeyFile(path.clone());
                let modified = fs::metadata(path).and_then(|metadata| metadata.modified());
                let modified = modified.map_err(|_| fault())?;
                let mut read = read.lock().unwrap_or_else(PoisonError::into_inner);
                if let Some((when, key)) = &*read
                    && *when == modified
                {
                    return Ok(key.clone());
                }
                let key = checked(&fs::read_to_string(path).map_err(|_| fault())?)?;
                *read = Some((modified, key.clone()));
                Ok(key)
            }
            Self::Missing => Err(Unset::Key),
        }
    }
}

impl fmt::Debug for KeySource {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Key(_) => "Key",
            Self::File { .. } => "File",
            Self::Missing => "Missing",
        })
    }
}

fn checked(text: &str) -> Result<String, Unset> {
    let key = text.trim_start_matches('\u{FEFF}').trim();
    if key.is_empty() {
        return Err(Unset::Key);
    }
    let is_visible = key.bytes().all(|byte| byte.is_ascii_graphic());
    is_visible.then(|| key.to_owned()).ok_or(Unset::NotKey)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_address_of_a_server_is_that_of_its_logs() {
        for text in [
            "https://a.b",
            "https://a.b/",
            " https://a.b/api/v1/logs ",
            "https://a.b/api/v1/logs/",
        ] {
            assert_eq!(
                LogsUrl::parse(text).unwrap().as_str(),
                "https://a.b/api/v1/logs"
            );
        }
        let below = LogsUrl::parse("http://127.0.0.1:8000/logger").unwrap();
        assert_eq!(below.as_str(), "http://127.0.0.1:8000/logger/api/v1/logs");
        for wrong in [
            "",
            "a.b",
            "ftp://a.b",
            "https://",
            "https://a.b/?x=1",
            "https://a b",
        ] {
            assert_eq!(LogsUrl::parse(wrong), Err(Unset::NotUrl), "{wrong}");
        }
    }

    #[test]
    fn an_address_tells_whether_it_is_that_of_this_machine() {
        let is_here = |host: &str| {
            let url = LogsUrl::parse(&format!("http://user@{host}:80"));
            url.unwrap().is_this_machine()
        };
        assert!(["localhost", "127.0.0.1", "127.9.9.9", "[::1]"].map(is_here) == [true; 4]);
        assert!(["localhost.a.b", "10.0.0.1", "0.0.0.0", "[::2]"].map(is_here) == [false; 4]);
    }

    #[test]
    fn an_address_is_shown_without_its_password() {
        let url = LogsUrl::parse("https://user:secret@a.b").unwrap();
        assert_eq!(url.to_string(), "https://a.b/api/v1/logs");
    }

    #[test]
    fn a_changed_key_file_is_read_again() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("key");
        let source = KeySource::file(path.clone());
        assert_eq!(source.current(), Err(Unset::KeyFile(path.clone())));
        fs::write(&path, "first\r\n").unwrap();
        assert_eq!(source.current().unwrap(), "first");
        fs::write(&path, "second\n").unwrap();
        let later = clock_after(&path);
        fs::File::options()
            .write(true)
            .open(&path)
            .unwrap()
            .set_modified(later)
            .unwrap();
        assert_eq!(source.current().unwrap(), "second");
        assert!(!format!("{source:?}").contains("second"));
    }

    fn clock_after(path: &std::path::Path) -> SystemTime {
        fs::metadata(path).unwrap().modified().unwrap() + std::time::Duration::from_secs(5)
    }

    #[test]
    fn a_key_is_one_word() {
        assert_eq!(KeySource::Key(" \n".to_owned()).current(), Err(Unset::Key));
        assert_eq!(
            KeySource::Key("a b".to_owned()).current(),
            Err(Unset::NotKey)
        );
        assert_eq!(KeySource::Missing.current(), Err(Unset::Key));
    }
}
