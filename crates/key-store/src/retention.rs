use central_logger_keys::ClientId;
use central_logger_times::UnitDuration;
use serde::{Serialize, Serializer};
use std::{collections::BTreeMap, fmt, str::FromStr};
use time::Duration;

/// How long logs are kept.
///
/// # Examples
///
/// ```
/// use central_logger_key_store::retention::Keep;
/// use time::Duration;
///
/// let keep: Keep = "90d".parse()?;
/// assert_eq!(keep.term(), Some(Duration::days(90)));
/// assert_eq!("forever".parse::<Keep>()?.term(), None);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum Keep {
    /// Without end.
    #[default]
    Forever,
    /// For this long after they were executed.
    For(UnitDuration),
}

/// A text that does not say how long to keep logs.
///
/// # Examples
///
/// ```
/// use central_logger_key_store::retention::{InvalidKeep, Keep};
///
/// assert_eq!("0d".parse::<Keep>(), Err(InvalidKeep));
/// assert_eq!(InvalidKeep.to_string(), "logs are kept for 90d, 24h, 15m or 30s, or forever");
/// ```
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("logs are kept for 90d, 24h, 15m or 30s, or forever")]
pub struct InvalidKeep;

/// How long the logs of each client are kept.
///
/// # Examples
///
/// ```
/// use central_logger_key_store::retention::{Keep, Retention};
///
/// let mut retention = Retention { for_all: "90d".parse()?, ..Retention::default() };
/// retention.clients.insert("acme_corp".parse()?, Keep::Forever);
/// assert_eq!(retention.of(&"acme_corp".parse()?), Keep::Forever);
/// assert_eq!(retention.of(&"widget_co".parse()?).to_string(), "90d");
/// assert_eq!(retention.longest(), Keep::Forever);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize)]
pub struct Retention {
    /// Of all that are not named.
    pub for_all: Keep,
    /// Of those that are.
    pub clients: BTreeMap<ClientId, Keep>,
}

/// How long logs are to be kept from now on.
///
/// # Examples
///
/// ```
/// use central_logger_key_store::retention::{Keep, Retention, RetentionChange};
///
/// let mut retention = Retention { for_all: "90d".parse()?, ..Retention::default() };
/// let acme = Some("acme_corp".parse()?);
/// retention.apply(&RetentionChange { client_id: acme.clone(), keep: Some(Keep::Forever) });
/// assert_eq!(retention.clients.len(), 1);
/// retention.apply(&RetentionChange { client_id: acme, keep: None });
/// assert_eq!(retention.clients.len(), 0);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RetentionChange {
    /// Whose; nothing for those of all that have no term of their own.
    pub client_id: Option<ClientId>,
    /// How long; nothing for as long as those of all.
    pub keep: Option<Keep>,
}

impl Keep {
    /// How long, if not for ever.
    pub fn term(self) -> Option<Duration> {
        match self {
            Self::Forever => None,
            Self::For(term) => Some(term.duration()),
        }
    }
}

impl Retention {
    /// How long those of `client` are kept.
    pub fn of(&self, client: &ClientId) -> Keep {
        *self.clients.get(client).unwrap_or(&self.for_all)
    }

    /// How long at most anything is kept.
    pub fn longest(&self) -> Keep {
        let all = self.clients.values().chain([&self.for_all]);
        let longest = all.max_by_key(|keep| keep.term().unwrap_or(Duration::MAX));
        longest.copied().unwrap_or_default()
    }

    /// Makes a change.
    pub fn apply(&mut self, change: &RetentionChange) {
        match (&change.client_id, change.keep) {
            (None, keep) => self.for_all = keep.unwrap_or_default(),
            (Some(client), Some(keep)) => drop(self.clients.insert(client.clone(), keep)),
            (Some(client), None) => drop(self.clients.remove(client)),
        }
    }

    /// What is said of these logs, if anything.
    fn said_of(&self, client: Option<&ClientId>) -> Option<Keep> {
        match client {
            None => Some(self.for_all),
            Some(client) => self.clients.get(client).copied(),
        }
    }
}

impl FromStr for Keep {
    type Err = InvalidKeep;

    fn from_str(text: &str) -> Result<Self, InvalidKeep> {
        if text == "forever" {
            return Ok(Self::Forever);
        }
        text.parse().map(Self::For).map_err(|_| InvalidKeep)
    }
}

impl fmt::Display for Keep {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Forever => f.write_str("forever"),
            Self::For(term) => term.fmt(f),
        }
    }
}

impl Serialize for Keep {
    fn serialize<S: Serializer>(&self, to: S) -> Result<S::Ok, S::Error> {
        to.collect_str(self)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_term_is_written_as_it_is_read() {
        for (text, seconds) in [
            ("30s", 30),
            ("15m", 900),
            ("24h", 86_400),
            ("90d", 7_776_000),
            ("4294967295d", 4_294_967_295 * 86_400),
        ] {
            let keep: Keep = text.parse().unwrap();
            assert_eq!(keep.to_string(), text);
            assert_eq!(keep.term(), Some(Duration::seconds(seconds)), "{text}");
        }
        assert_eq!("forever".parse(), Ok(Keep::Forever));
        assert_eq!(Keep::Forever.to_string(), "forever");
    }

    #[test]
    fn what_is_no_term_is_refused() {
        for text in [
            "",
            "d",
            "0d",
            "90",
            "-1d",
            "+1d",
            "1.5h",
            "90 d",
            "9dd",
            "1y",
            "Forever",
            "1ü",
            "4294967296s",
        ] {
            assert_eq!(text.parse::<Keep>(), Err(InvalidKeep), "{text}");
        }
    }

    #[test]
    fn the_longest_term_is_that_of_nobody_if_anything_is_kept_for_ever() {
        let keep = |text: &str| text.parse::<Keep>().unwrap();
        let mut retention = Retention::default();
        assert_eq!(retention.longest(), Keep::Forever);
        retention.for_all = keep("24h");
        retention
            .clients
            .insert("acme".parse().unwrap(), keep("2d"));
        retention
            .clients
            .insert("widget".parse().unwrap(), keep("90m"));
        assert_eq!(retention.longest(), keep("2d"));
        retention
            .clients
            .insert("widget".parse().unwrap(), Keep::Forever);
        assert_eq!(retention.longest(), Keep::Forever);
    }
}
