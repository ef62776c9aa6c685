use jiff::{Timestamp, civil::Time, tz::TimeZone};
use serde::{Deserialize, Serialize};
use time::OffsetDateTime;

/// A time of each day at which nothing is sent; over midnight if it ends before it begins.
///
/// # Examples
///
/// ```
/// use central_logger_workflows::channel::QuietHours;
/// use time::macros::datetime;
///
/// let hours = QuietHours::new("22:00", "07:00", "Europe/Berlin")?;
/// let night = datetime!(2026-01-15 23:30 UTC);
/// assert_eq!(hours.end_of(night), Some(datetime!(2026-01-16 06:00 UTC)));
/// assert_eq!(hours.end_of(datetime!(2026-01-15 12:00 UTC)), None);
/// # Ok::<(), central_logger_workflows::channel::InvalidQuietHours>(())
/// ```
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(try_from = "Kept", into = "Kept")]
pub struct QuietHours {
    from: Time,
    to: Time,
    zone_name: String,
    zone: TimeZone,
}

/// Quiet hours as they are kept and shown.
#[derive(Clone, Serialize, Deserialize)]
struct Kept {
    from: String,
    to: String,
    time_zone: String,
}

/// Error returned when there can be no such hours.
///
/// # Examples
///
/// ```
/// use central_logger_workflows::channel::{InvalidQuietHours, QuietHours};
///
/// let error = QuietHours::new("22:00", "24:00", "UTC").unwrap_err();
/// assert_eq!(error, InvalidQuietHours::Time("to"));
/// ```
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum InvalidQuietHours {
    /// A member that is no time of day.
    #[error("{0} must be a time of day such as 22:00")]
    Time(&'static str),
    /// The same beginning and end.
    #[error("from and to must differ")]
    Empty,
    /// No time zone of that name.
    #[error("there is no time zone '{0}': write a name such as Europe/Berlin or UTC")]
    Zone(String),
}

impl QuietHours {
    /// From one time of day to another in a time zone of the tz database.
    ///
    /// # Errors
    /// When one of them is none.
    pub fn new(from: &str, to: &str, zone: &str) -> Result<Self, InvalidQuietHours> {
        let found = TimeZone::get(zone).ok().filter(|_| zone.len() <= 64);
        let unknown = || InvalidQuietHours::Zone(zone.chars().take(80).collect());
        let hours = Self {
            from: time_of_day(from).ok_or(InvalidQuietHours::Time("from"))?,
            to: time_of_day(to).ok_or(InvalidQuietHours::Time("to"))?,
            zone: found.ok_or_else(unknown)?,
            zone_name: zone.to_owned(),
        };
        match hours.from == hours.to {
            true => Err(InvalidQuietHours::Empty),
            false => Ok(hours),
        }
    }

    /// When the quiet hours end in which `time` is, if it is in some.
    pub fn end_of(&self, time: OffsetDateTime) -> Option<OffsetDateTime> {
        let local = Timestamp::from_second(time.unix_timestamp()).ok()?;
        let local = local.to_zoned(self.zone.clone());
        let now = local.time();
        let is_over_midnight = self.to < self.from;
        let is_quiet = match is_over_midnight {
            true => now >= self.from || now < self.to,
            false => self.from <= now && now < self.to,
        };
        if !is_quiet {
            return None;
        }
        let date = match is_over_midnight && now >= self.from {
            true => local.date().tomorrow().ok()?,
            false => local.date(),
        };
        // A time that is skipped on that day comes as much later.
        let end = date.to_datetime(self.to).to_zoned(self.zone.clone()).ok()?;
        let end = OffsetDateTime::from_unix_timestamp(end.timestamp().as_second()).ok()?;
        (end > time).then_some(end)
    }
}

fn time_of_day(text: &str) -> Option<Time> {
    let (hour, minute) = text.split_once(':').filter(|_| text.len() == 5)?;
    let number = |text: &str| {
        text.bytes()
            .all(|b| b.is_ascii_digit())
            .then(|| text.parse().ok())
    };
    Time::new(number(hour)??, number(minute)??, 0, 0).ok()
}

impl TryFrom<Kept> for QuietHours {
    type Error = InvalidQuietHours;

    fn try_from(kept: Kept) -> Result<Self, Self::Error> {
        Self::new(&kept.from, &kept.to, &kept.time_zone)
    }
}

impl From<QuietHours> for Kept {
    fn from(hours: QuietHours) -> Self {
        let text = |time: Time| format!("{:02}:{:02}", time.hour(), time.minute());
        Self {
            from: text(hours.from),
            to: text(hours.to),
            time_zone: hours.zone_name,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use time::macros::datetime;

    #[test]
    fn quiet_hours_end_where_people_expect_it_when_clocks_change() {
        let hours = QuietHours::new("23:00", "02:30", "Europe/Berlin").unwrap();
        // 02:30 is skipped: clocks go from 02:00 to 03:00.
        assert_eq!(
            hours.end_of(datetime!(2026-03-28 23:30 UTC)),
            Some(datetime!(2026-03-29 01:30 UTC))
        );
        assert_eq!(hours.end_of(datetime!(2026-03-29 01:00 UTC)), None);
        let of_day = QuietHours::new("12:00", "13:00", "UTC").unwrap();
        assert_eq!(
            of_day.end_of(datetime!(2026-03-28 12:00 UTC)),
            Some(datetime!(2026-03-28 13:00 UTC))
        );
        assert_eq!(of_day.end_of(datetime!(2026-03-28 13:00 UTC)), None);
    }

    #[test]
    fn what_is_no_time_is_named() {
        for (from, to, zone, expected) in [
            ("7:00", "08:00", "UTC", InvalidQuietHours::Time("from")),
            ("+7:00", "08:00", "UTC", InvalidQuietHours::Time("from")),
            ("07:00", "08:60", "UTC", InvalidQuietHours::Time("to")),
            ("07:00", "07:00", "UTC", InvalidQuietHours::Empty),
            (
                "07:00",
                "08:00",
                "Mars",
                InvalidQuietHours::Zone("Mars".to_owned()),
            ),
        ] {
            assert_eq!(QuietHours::new(from, to, zone), Err(expected));
        }
    }
}
