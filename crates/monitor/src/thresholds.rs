use central_logger_key_activity::AlertKind;
use central_logger_keys::ClientId;
use central_logger_times::UnitDuration;
use std::{collections::BTreeMap, str::FromStr};
use time::Duration;

/// The thresholds from which there are alerts: for each kind a number or a duration, for all clients or
/// for one.
///
/// # Examples
///
/// ```
/// use central_logger_key_activity::AlertKind;
/// use central_logger_monitor::{Threshold, Thresholds};
///
/// let thresholds: Thresholds = "spike=20 acme_corp.spike=off".parse()?;
/// let acme_corp = "acme_corp".parse()?;
/// assert_eq!(thresholds.of(AlertKind::Spike, None), Threshold::Number(20));
/// assert_eq!(thresholds.of(AlertKind::Spike, Some(&acme_corp)), Threshold::Off);
/// assert_eq!(thresholds.of(AlertKind::Spray, None), Threshold::Number(1000));
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Thresholds {
    for_all: BTreeMap<AlertKind, Threshold>,
    of_clients: BTreeMap<ClientId, BTreeMap<AlertKind, Threshold>>,
}

/// The threshold from which there is an alert of one kind.
///
/// # Examples
///
/// ```
/// use central_logger_key_activity::AlertKind;
/// use central_logger_monitor::{Threshold, Thresholds};
///
/// let (usual, off) = (Thresholds::default(), Thresholds::off());
/// let week = Threshold::Time(time::Duration::days(7));
/// assert_eq!(usual.of(AlertKind::NewNetwork, None), week);
/// assert_eq!(off.of(AlertKind::NewNetwork, None), Threshold::Off);
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Threshold {
    /// Never.
    Off,
    /// From this number on.
    Number(u64),
    /// After or before this time.
    Time(Duration),
}

/// Error returned when parsing [`Thresholds`] fails.
///
/// # Examples
///
/// ```
/// use central_logger_key_activity::AlertKind;
/// use central_logger_monitor::{InvalidThreshold, Thresholds};
///
/// let error = "dormant=soon".parse::<Thresholds>().unwrap_err();
/// assert_eq!(error, InvalidThreshold::Value(AlertKind::Dormant, "soon".to_owned()));
/// assert_eq!(error.to_string(), "dormant is a duration such as 7d or 12h or off, not 'soon'");
/// ```
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum InvalidThreshold {
    /// Something else than a name and a value.
    #[error("'{0}' is not of the form KIND=VALUE or CLIENT.KIND=VALUE")]
    Form(String),
    /// No client can be called this.
    #[error("'{0}' is no client id")]
    Client(String),
    /// No kind of alert is called this.
    #[error("'{0}' is no kind of alert; these are: {all}", all = kinds())]
    Kind(String),
    /// The value is not one for this kind.
    #[error("{0} is {form} or off, not '{1}'", form = form(*.0))]
    Value(AlertKind, String),
    /// A kind that is not about one client cannot be set for one.
    #[error("{0} is not about one client, so it can be set for all only")]
    NotOfClient(AlertKind),
}

impl Thresholds {
    /// Returns the threshold of one kind, for a client if it is about one.
    pub fn of(&self, kind: AlertKind, client: Option<&ClientId>) -> Threshold {
        let own = client.and_then(|client| self.of_clients.get(client)?.get(&kind));
        let threshold = own.or_else(|| self.for_all.get(&kind));
        threshold.copied().unwrap_or_else(|| default(kind))
    }

    /// Returns thresholds that raise no alert at all.
    pub fn off() -> Self {
        Self {
            for_all: AlertKind::ALL.map(|kind| (kind, Threshold::Off)).into(),
            of_clients: BTreeMap::new(),
        }
    }

    fn set(&mut self, name: &str, value: &str) -> Result<(), InvalidThreshold> {
        let (client, kind) = match name.split_once('.') {
            Some((client, kind)) => (Some(client), kind),
            None => (None, name),
        };
        let named: AlertKind = kind
            .parse()
            .map_err(|_| InvalidThreshold::Kind(kind.to_owned()))?;
        let threshold = parse_value(named, value)
            .ok_or_else(|| InvalidThreshold::Value(named, value.to_owned()))?;
        let Some(client) = client else {
            self.for_all.insert(named, threshold);
            return Ok(());
        };
        if matches!(named, AlertKind::FailedAttempts | AlertKind::Spray) {
            return Err(InvalidThreshold::NotOfClient(named));
        }
        let client = client
            .parse()
            .map_err(|_| InvalidThreshold::Client(client.to_owned()))?;
        let own = self.of_clients.entry(client).or_default();
        own.insert(named, threshold);
        Ok(())
    }
}

/// Parses thresholds with spaces or commas between them; the last one of a name counts. `off` stands for no
/// alert at all.
impl FromStr for Thresholds {
    type Err = InvalidThreshold;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        if text.trim() == "off" {
            return Ok(Self::off());
        }
        let mut thresholds = Self::default();
        let is_between = |letter: char| letter == ',' || letter.is_ascii_whitespace();
        for set in text.split(is_between).filter(|set| !set.is_empty()) {
            let (name, value) = set
                .split_once('=')
                .ok_or_else(|| InvalidThreshold::Form(set.to_owned()))?;
            thresholds.set(name, value)?;
        }
        Ok(thresholds)
    }
}

/// Returns the threshold of a kind unless it is set.
fn default(kind: AlertKind) -> Threshold {
    match kind {
        AlertKind::FailedAttempts => Threshold::Number(100),
        AlertKind::WrongSecrets => Threshold::Number(10),
        AlertKind::Spray => Threshold::Number(1000),
        AlertKind::NewNetwork => Threshold::Time(Duration::days(7)),
        AlertKind::Spike => Threshold::Number(10),
        AlertKind::Dormant => Threshold::Time(Duration::days(30)),
        AlertKind::UsedAfterEnd => Threshold::Number(1),
        AlertKind::Forbidden => Threshold::Number(10),
        AlertKind::Expiring => Threshold::Time(Duration::days(14)),
        AlertKind::RotationDue => Threshold::Time(Duration::days(90)),
        AlertKind::GraceEnding => Threshold::Time(Duration::days(3)),
        AlertKind::RevealLink | AlertKind::LeakedKey | AlertKind::Undelivered => {
            Threshold::Number(1)
        }
        // A test names the threshold of each kind.
        _ => Threshold::Off,
    }
}

fn parse_value(kind: AlertKind, value: &str) -> Option<Threshold> {
    if value == "off" {
        return Some(Threshold::Off);
    }
    match default(kind) {
        Threshold::Time(_) => {
            let duration: UnitDuration = value.parse().ok()?;
            Some(Threshold::Time(duration.duration()))
        }
        Threshold::Number(_) | Threshold::Off => Some(Threshold::Number(positive(value)?)),
    }
}

fn positive(digits: &str) -> Option<u64> {
    // The parser of numbers would take a sign, too.
    let is_number = digits.bytes().all(|byte| byte.is_ascii_digit());
    digits
        .parse()
        .ok()
        .filter(|number| is_number && *number > 0)
}

fn form(kind: AlertKind) -> &'static str {
    match default(kind) {
        Threshold::Time(_) => "a duration such as 7d or 12h",
        Threshold::Number(_) | Threshold::Off => "a number from 1 on",
    }
}

fn kinds() -> String {
    AlertKind::ALL.map(AlertKind::as_str).join(", ")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_kind_has_a_value_of_its_form() {
        let text = "failed_attempts=5, wrong_secrets=6 spray=7\nnew_network=1d,spike=8 dormant=36h
                    used_after_end=9 forbidden=10 expiring=90m rotation_due=30s grace_ending=off
                    reveal_link=2";
        let thresholds: Thresholds = text.parse().unwrap();
        for (kind, threshold) in AlertKind::ALL.into_iter().zip([
            Threshold::Number(5),
            Threshold::Number(6),
            Threshold::Number(7),
            Threshold::Time(Duration::DAY),
            Threshold::Number(8),
            Threshold::Time(Duration::hours(36)),
            Threshold::Number(9),
            Threshold::Number(10),
            Threshold::Time(Duration::minutes(90)),
            Threshold::Time(Duration::seconds(30)),
            Threshold::Off,
            Threshold::Number(2),
        ]) {
            assert_eq!(thresholds.of(kind, None), threshold, "{kind}");
        }
        assert_eq!("".parse(), Ok(Thresholds::default()));
        let off: Thresholds = " off ".parse().unwrap();
        assert!(
            AlertKind::ALL
                .iter()
                .all(|kind| off.of(*kind, None) == Threshold::Off)
        );
    }

    #[test]
    fn a_client_may_have_its_own() {
        let (acme, widget) = ("acme".parse().unwrap(), "widget".parse().unwrap());
        let thresholds: Thresholds = "acme.spike=3 spike=4 acme.spike=5".parse().unwrap();
        let of = |client| thresholds.of(AlertKind::Spike, Some(client));
        assert_eq!(
            (of(&acme), of(&widget)),
            (Threshold::Number(5), Threshold::Number(4))
        );
        assert_eq!(
            thresholds.of(AlertKind::Forbidden, Some(&acme)),
            Threshold::Number(10)
        );
    }

    #[test]
    fn what_is_wrong_is_told() {
        for (text, said) in [
            (
                "spike",
                "'spike' is not of the form KIND=VALUE or CLIENT.KIND=VALUE",
            ),
            ("spike=0", "spike is a number from 1 on or off, not '0'"),
            ("spike=+3", "spike is a number from 1 on or off, not '+3'"),
            ("spike=7d", "spike is a number from 1 on or off, not '7d'"),
            (
                "dormant=7",
                "dormant is a duration such as 7d or 12h or off, not '7'",
            ),
            (
                "dormant=d",
                "dormant is a duration such as 7d or 12h or off, not 'd'",
            ),
            (
                "dormant=99999999999d",
                "dormant is a duration such as 7d or 12h or off, not '99999999999d'",
            ),
            ("Acme.spike=7", "'Acme' is no client id"),
            (
                "acme.spray=7",
                "spray is not about one client, so it can be set for all only",
            ),
        ] {
            assert_eq!(text.parse::<Thresholds>().unwrap_err().to_string(), said);
        }
        let unknown = "spikes=7".parse::<Thresholds>().unwrap_err().to_string();
        assert!(unknown.starts_with("'spikes' is no kind of alert; these are: failed_attempts, "));
    }
}
