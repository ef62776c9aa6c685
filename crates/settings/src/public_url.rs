use std::{fmt, str::FromStr};
use url::Url;

/// The base URL at which clients reach the server, without a slash at its end.
///
/// # Examples
///
/// ```
/// use central_logger_settings::PublicUrl;
///
/// let url: PublicUrl = "https://logs.example.com/".parse()?;
/// assert_eq!(url.as_str(), "https://logs.example.com");
/// assert!("logs.example.com".parse::<PublicUrl>().is_err());
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PublicUrl(String);

/// A text that is no base URL.
///
/// # Examples
///
/// ```
/// use central_logger_settings::{InvalidPublicUrl, PublicUrl};
///
/// assert_eq!("ftp://logs".parse::<PublicUrl>(), Err(InvalidPublicUrl::Malformed));
/// assert!(InvalidPublicUrl::Malformed.to_string().contains("https://HOST"));
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum InvalidPublicUrl {
    /// Not an absolute URL of HTTP.
    #[error("a base URL is https://HOST or http://HOST, perhaps with a port and a path")]
    Malformed,
    /// With a user or a password.
    #[error("a base URL has no user and no password: clients send their keys in a header")]
    Userinfo,
    /// With something behind the path.
    #[error("a base URL has no '?' and no '#': the paths of calls are put behind it")]
    Continued,
}

impl PublicUrl {
    /// The URL.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl FromStr for PublicUrl {
    type Err = InvalidPublicUrl;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        // The parser of URLs would repair these, and the text goes to clients as it is.
        let needs_repair = |c: char| c.is_whitespace() || c.is_control() || c == '\\';
        let url = match Url::parse(text) {
            Ok(url) if !text.contains(needs_repair) => url,
            _ => return Err(InvalidPublicUrl::Malformed),
        };
        let lower = text.to_ascii_lowercase();
        let rest = lower
            .strip_prefix("https://")
            .or_else(|| lower.strip_prefix("http://"));
        if rest.is_none_or(|rest| rest.starts_with('/')) || url.host().is_none() {
            return Err(InvalidPublicUrl::Malformed);
        }
        if !url.username().is_empty() || url.password().is_some() || text.contains('@') {
            return Err(InvalidPublicUrl::Userinfo);
        }
        if text.contains(['?', '#']) {
            return Err(InvalidPublicUrl::Continued);
        }
        Ok(Self(text.trim_end_matches('/').to_owned()))
    }
}

impl fmt::Display for PublicUrl {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_base_url_is_absolute_and_ends_with_its_path() {
        for (text, url) in [
            ("https://logs.example.com", "https://logs.example.com"),
            ("https://logs.example.com/", "https://logs.example.com"),
            ("http://[::1]:8000/logs//", "http://[::1]:8000/logs"),
            ("HTTPS://Logs.example.com", "HTTPS://Logs.example.com"),
        ] {
            assert_eq!(text.parse::<PublicUrl>().unwrap().as_str(), url);
        }
        use InvalidPublicUrl::{Continued, Malformed, Userinfo};
        for (text, reason) in [
            ("", Malformed),
            (" ", Malformed),
            ("/", Malformed),
            ("logs.example.com", Malformed),
            ("//logs.example.com", Malformed),
            ("https:", Malformed),
            ("https://", Malformed),
            ("https:logs.example.com", Malformed),
            ("https:///logs.example.com", Malformed),
            ("https://a b", Malformed),
            ("https://a\nb", Malformed),
            (" https://a", Malformed),
            ("https:\\\\a", Malformed),
            ("https://a:port", Malformed),
            ("ftp://a", Malformed),
            ("file:///a", Malformed),
            ("javascript:alert(1)", Malformed),
            ("https://me:hunter2@a", Userinfo),
            ("https://me@a", Userinfo),
            ("https://a?x=1", Continued),
            ("https://a/?", Continued),
            ("https://a/#", Continued),
        ] {
            assert_eq!(text.parse::<PublicUrl>(), Err(reason), "{text:?}");
        }
    }
}
