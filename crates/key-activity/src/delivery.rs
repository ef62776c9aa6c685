use serde::Serialize;
use std::str::FromStr;
use time::OffsetDateTime;

/// How the delivery of an alert stands.
///
/// # Examples
///
/// ```
/// use central_logger_key_activity::{Delivery, DeliveryState};
/// use central_logger_times::{Clock, SystemClock};
///
/// let due = Delivery::due(SystemClock.now());
/// assert_eq!((due.state, due.attempts), (DeliveryState::Pending, 0));
/// ```
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Delivery {
    /// What has come of it.
    pub state: DeliveryState,
    /// How often it was tried.
    pub attempts: u32,
    /// When it is tried next, or else when it was last tried.
    #[serde(with = "time::serde::rfc3339")]
    pub at: OffsetDateTime,
    /// Why the last attempt failed.
    pub error: Option<String>,
}

/// What has come of the delivery of an alert.
///
/// # Examples
///
/// ```
/// use central_logger_key_activity::DeliveryState;
///
/// assert_eq!("given_up".parse(), Ok(DeliveryState::GivenUp));
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum DeliveryState {
    /// It is to be tried, for the first time or again.
    Pending,
    /// The receiver has taken it.
    Delivered,
    /// It failed for so long that it is not tried again.
    GivenUp,
}

/// A text that is no state of a delivery.
///
/// # Examples
///
/// ```
/// use central_logger_key_activity::{DeliveryState, InvalidDeliveryState};
///
/// assert_eq!("lost".parse::<DeliveryState>(), Err(InvalidDeliveryState));
/// ```
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("a delivery is pending, delivered or given_up")]
pub struct InvalidDeliveryState;

impl Delivery {
    /// One that is to be tried for the first time.
    pub fn due(at: OffsetDateTime) -> Self {
        Self {
            state: DeliveryState::Pending,
            attempts: 0,
            at,
            error: None,
        }
    }
}

impl DeliveryState {
    /// Every state.
    pub const ALL: [Self; 3] = [Self::Pending, Self::Delivered, Self::GivenUp];

    /// Its name.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Pending => "pending",
            Self::Delivered => "delivered",
            Self::GivenUp => "given_up",
        }
    }
}

impl FromStr for DeliveryState {
    type Err = InvalidDeliveryState;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let mut all = Self::ALL.into_iter();
        all.find(|state| state.as_str() == text)
            .ok_or(InvalidDeliveryState)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn states_are_read_as_they_are_written() {
        for state in DeliveryState::ALL {
            assert_eq!(state.as_str().parse(), Ok(state));
            assert_eq!(serde_json::to_value(state).unwrap(), state.as_str());
        }
    }
}
