use super::ClientView;
use central_logger_keys::ClientId;
use std::{fmt, str::FromStr};
use time::OffsetDateTime;

/// The order in which clients are listed.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
#[non_exhaustive]
pub enum ClientOrder {
    /// By id.
    #[default]
    ClientId,
    /// Those seen first most recently come first.
    FirstSeen,
    /// Those seen last most recently come first.
    LastSeen,
    /// Those that have stored the most entries come first.
    Entries,
    /// Those that were refused most often come first.
    Refused,
}

/// Error returned when parsing a [`ClientOrder`] fails.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("an order is client_id, first_seen, last_seen, entries_24h or refused_24h")]
pub struct InvalidClientOrder;

/// Where a list of clients goes on, in one order.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ClientCursor {
    order: ClientOrder,
    after: (i64, ClientId),
}

/// Error returned when parsing a [`ClientCursor`] fails.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("this is no cursor of a list of clients in that order")]
pub struct InvalidClientCursor;

impl ClientOrder {
    const ALL: [Self; 5] = [
        Self::ClientId,
        Self::FirstSeen,
        Self::LastSeen,
        Self::Entries,
        Self::Refused,
    ];

    /// Returns the name.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::ClientId => "client_id",
            Self::FirstSeen => "first_seen",
            Self::LastSeen => "last_seen",
            Self::Entries => "entries_24h",
            Self::Refused => "refused_24h",
        }
    }

    /// The place of a client: smaller ones come first.
    pub(super) fn place(self, client: &ClientView) -> (i64, ClientId) {
        let latest_first =
            |at: Option<OffsetDateTime>| at.map_or(i64::MAX, |at| -at.unix_timestamp());
        let most_first = |count: u64| -i64::try_from(count).unwrap_or(i64::MAX);
        let value = match self {
            Self::ClientId => 0,
            Self::FirstSeen => latest_first(client.first_seen_at),
            Self::LastSeen => latest_first(client.last_seen_at),
            Self::Entries => most_first(client.entries_24h),
            Self::Refused => most_first(client.refused_24h),
        };
        (value, client.client_id.clone())
    }
}

impl ClientCursor {
    pub(super) fn after(order: ClientOrder, after: (i64, ClientId)) -> Self {
        Self { order, after }
    }

    /// Returns the place that the list goes on after.
    pub(super) fn place_in(
        &self,
        order: ClientOrder,
    ) -> Result<&(i64, ClientId), InvalidClientCursor> {
        match self.order == order {
            true => Ok(&self.after),
            false => Err(InvalidClientCursor),
        }
    }
}

impl FromStr for ClientOrder {
    type Err = InvalidClientOrder;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let found = Self::ALL.into_iter().find(|order| order.as_str() == text);
        found.ok_or(InvalidClientOrder)
    }
}

impl fmt::Display for ClientCursor {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (value, client) = &self.after;
        write!(f, "{}.{value}.{client}", self.order.as_str())
    }
}

impl FromStr for ClientCursor {
    type Err = InvalidClientCursor;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let parts: Vec<_> = text.splitn(3, '.').collect();
        let [order, value, client] = parts[..] else {
            return Err(InvalidClientCursor);
        };
        let order = order.parse().map_err(|_| InvalidClientCursor)?;
        let value = value.parse().map_err(|_| InvalidClientCursor)?;
        let client = client.parse().map_err(|_| InvalidClientCursor)?;
        let after = (value, client);
        Ok(Self { order, after })
    }
}
