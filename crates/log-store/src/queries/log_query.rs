use crate::{
    entries::LogId,
    validation::{ValidationError, ValidationErrors},
};
use central_logger_times::{InvalidTimestamp, Timestamp};
use std::{collections::HashSet, fmt, ops::Bound, str::FromStr};
use uuid::Uuid;

/// Which part of a client's entries is asked for, and in which order.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LogQuery {
    /// The Unix millisecond at or after which they were executed.
    pub from: Option<u64>,
    /// The Unix millisecond before which they were executed.
    pub to: Option<u64>,
    /// The most entries on a page: 1 to [`MAX_LIMIT`](Self::MAX_LIMIT).
    pub limit: usize,
    /// The order of `executed_at`.
    pub order: Order,
    /// The position behind which they come, in the order asked for.
    pub cursor: Option<Cursor>,
}

/// An order of `executed_at`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Order {
    /// Latest first.
    #[default]
    Desc,
    /// Earliest first.
    Asc,
}

/// A position in a client's logs: 32 hexadecimal digits, or the id of the entry that it stands behind.
/// It carries no authority: in another client's hands it is a position in that client's own logs.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Cursor(pub(crate) LogId);

/// Error returned when parsing a `Cursor` fails.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("must be a next_cursor of an earlier answer")]
pub struct InvalidCursor;

impl LogQuery {
    /// The most entries on one page.
    pub const MAX_LIMIT: usize = 1000;
    /// The most entries on a page unless told otherwise.
    pub const DEFAULT_LIMIT: usize = 50;

    /// Takes the parameters of a URL's query.
    ///
    /// # Errors
    /// All parameters that are unknown, repeated or wrong.
    pub fn from_pairs(
        pairs: impl IntoIterator<Item = (String, String)>,
    ) -> Result<Self, ValidationErrors> {
        let mut query = Self::default();
        let mut seen = HashSet::new();
        let mut errors = ValidationErrors::default();
        for (name, value) in pairs {
            let taken = if seen.contains(&name) {
                Err("is given twice".to_owned())
            } else {
                query.set(&name, &value)
            };
            if let Err(message) = taken {
                errors.push(ValidationError::new(name.clone(), message));
            }
            seen.insert(name);
        }
        if errors.is_empty() {
            Ok(query)
        } else {
            Err(errors)
        }
    }

    fn set(&mut self, name: &str, value: &str) -> Result<(), String> {
        match name {
            "from" => self.from = Some(first_millisecond_from(value)?),
            "to" => self.to = Some(first_millisecond_from(value)?),
            "limit" => {
                self.limit = match value.parse() {
                    Ok(limit @ 1..=Self::MAX_LIMIT) => limit,
                    _ => return Err(format!("must be 1 to {}", Self::MAX_LIMIT)),
                }
            }
            "order" => {
                self.order = match value {
                    "desc" => Order::Desc,
                    "asc" => Order::Asc,
                    _ => return Err("must be desc or asc".to_owned()),
                }
            }
            "cursor" => {
                let cursor = value
                    .parse()
                    .map_err(|error: InvalidCursor| error.to_string());
                self.cursor = Some(cursor?);
            }
            _ => return Err(ValidationError::UNKNOWN_PARAMETER.to_owned()),
        }
        Ok(())
    }

    /// Returns where reading begins: at the cursor, or before the first entry of all in the order asked for.
    pub(crate) fn position(&self) -> Cursor {
        let first = match self.order {
            Order::Asc => Uuid::nil(),
            Order::Desc => Uuid::max(),
        };
        self.cursor.unwrap_or(Cursor(first.into()))
    }

    /// Returns the first and the last id of the range that `from`, `to` and the cursor leave, if there
    /// is one.
    pub fn ids(&self) -> Option<(LogId, LogId)> {
        let number = |id: LogId| id.as_uuid().as_u128();
        let (lower, upper) = self.bounds();
        let first = match lower {
            Bound::Unbounded => 0,
            Bound::Included(id) => number(id),
            Bound::Excluded(id) => number(id).checked_add(1)?,
        };
        let last = match upper {
            Bound::Unbounded => u128::MAX,
            Bound::Included(id) => number(id),
            Bound::Excluded(id) => number(id).checked_sub(1)?,
        };
        let id = |number| LogId::from(Uuid::from_u128(number));
        (first <= last).then(|| (id(first), id(last)))
    }

    /// Returns the range of ids that `from`, `to` and the cursor leave, which may be empty.
    fn bounds(&self) -> (Bound<LogId>, Bound<LogId>) {
        let mut lower = self
            .from
            .map(LogId::first_of)
            .map_or(Bound::Unbounded, Bound::Included);
        let mut upper = self
            .to
            .map(LogId::first_of)
            .map_or(Bound::Unbounded, Bound::Excluded);
        if let Some(Cursor(position)) = self.cursor {
            match (self.order, lower, upper) {
                (Order::Asc, Bound::Included(from), _) if position < from => {}
                (Order::Asc, ..) => lower = Bound::Excluded(position),
                (Order::Desc, _, Bound::Excluded(to)) if position > to => {}
                (Order::Desc, ..) => upper = Bound::Excluded(position),
            }
        }
        (lower, upper)
    }
}

impl Default for LogQuery {
    /// Returns a query for the latest 50 entries.
    fn default() -> Self {
        Self {
            from: None,
            to: None,
            limit: Self::DEFAULT_LIMIT,
            order: Order::default(),
            cursor: None,
        }
    }
}

/// Entries count by their millisecond, so a bound within one begins with the next.
fn first_millisecond_from(value: &str) -> Result<u64, String> {
    let time = Timestamp::parse_bound(value).map_err(|error| match error {
        InvalidTimestamp::Format => format!("{error} (a + in a URL is %2B)"),
        out_of_range => out_of_range.to_string(),
    })?;
    let is_whole = time.truncate_to_millisecond() == time;
    Ok(time.unix_ms() + u64::from(!is_whole))
}

impl fmt::Display for Cursor {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.as_uuid().simple().fmt(f)
    }
}

impl FromStr for Cursor {
    type Err = InvalidCursor;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        if ![uuid::fmt::Simple::LENGTH, uuid::fmt::Hyphenated::LENGTH].contains(&text.len()) {
            return Err(InvalidCursor);
        }
        let uuid = Uuid::try_parse(text).map_err(|_| InvalidCursor)?;
        Ok(Self(uuid.into()))
    }
}

impl serde::Serialize for Cursor {
    fn serialize<S: serde::Serializer>(&self, to: S) -> Result<S::Ok, S::Error> {
        to.collect_str(self)
    }
}
