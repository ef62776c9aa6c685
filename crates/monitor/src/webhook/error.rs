use super::{SecretsError, Webhook};
use std::{error::Error, io, net::IpAddr};
use time::Duration;
use tokio::task::JoinError;

/// Error returned when there can be no such webhook. Nothing of the URL is repeated, which may hold a
/// password.
///
/// # Examples
///
/// ```
/// use central_logger_monitor::{EgressPolicy, Webhook, WebhookError};
///
/// let error = Webhook::new("http://hooks.example.com", "secrets", EgressPolicy::PublicOnly).unwrap_err();
/// assert!(matches!(error, WebhookError::Scheme));
/// assert!(error.to_string().contains("https://"));
/// ```
#[derive(Debug, thiserror::Error)]
pub enum WebhookError {
    /// This is no URL to which anything can be posted.
    #[error("the URL of the webhook cannot be understood: write https://HOST/PATH")]
    Url(#[source] Box<dyn Error + Send + Sync>),
    /// Another protocol.
    #[error(
        "the URL of a webhook begins with https://, or with http:// where private addresses are \
         allowed"
    )]
    Scheme,
    /// A name or a password before the host.
    #[error("the URL of a webhook has no user and no password: receivers check the signature")]
    Userinfo,
    /// A host that is not on the public internet.
    #[error(
        "the host in the URL of the webhook is not public: take another receiver, or allow private \
         addresses (LOGGER_WEBHOOK_REACH=anywhere)"
    )]
    NotPublic,
    /// The secrets cannot be used.
    #[error(transparent)]
    Secrets(#[from] SecretsError),
    /// TLS cannot be set up.
    #[error("TLS cannot be set up")]
    Tls(#[from] rustls::Error),
}

/// Error returned when an attempt to send a webhook failed.
///
/// # Examples
///
/// ```
/// use central_logger_monitor::DeliveryError;
///
/// let error = DeliveryError::Status(302);
/// assert!(error.to_string().starts_with("the receiver answered with the status 302"));
/// ```
#[derive(Debug, thiserror::Error)]
pub enum DeliveryError {
    /// An empty id, or one with other than visible ASCII characters or with a full stop.
    #[error("the id of a webhook is made of visible ASCII characters without full stops")]
    Id,
    /// The message cannot be written as JSON.
    #[error("the message cannot be written as JSON")]
    Message(#[from] serde_json::Error),
    /// The secrets cannot be used any more.
    #[error(transparent)]
    Secrets(#[from] SecretsError),
    /// Reading them was broken off.
    #[error("the secrets of the webhook were not read to their end")]
    Reading(#[from] JoinError),
    /// The name of the receiver has no address.
    #[error("the address of the receiver cannot be found: check the host in its URL, and DNS")]
    Unresolved(#[source] io::Error),
    /// The receiver has this address, maybe among others, which is not public.
    #[error(
        "the receiver has the address {0}, which is not public: take another receiver, or allow \
         private addresses"
    )]
    Refused(IpAddr),
    /// No connection can be made.
    #[error("the receiver cannot be connected to: check that it runs, and the port in its URL")]
    Connection(#[source] io::Error),
    /// TLS cannot be negotiated.
    #[error(
        "the receiver offers no TLS that is trusted: check its certificate, and the authorities \
         that this machine trusts"
    )]
    Tls(#[source] io::Error),
    /// The connection ended before an answer, or what came is no HTTP.
    #[error("the receiver gave no answer in HTTP")]
    Answer(#[source] Box<dyn Error + Send + Sync>),
    /// The attempt took longer than [`Webhook::TIME_LIMIT`].
    #[error(
        "the receiver did not answer within {} s: let it answer first and work later",
        Webhook::TIME_LIMIT.as_secs()
    )]
    Timeout,
    /// It could not be mailed.
    #[error("no mail was sent")]
    Mail(#[source] Box<dyn Error + Send + Sync>),
    /// The receiver answered, but not with 2xx.
    #[error("the receiver answered with the status {0}, not 2xx: {advice}", advice = advice(*.0))]
    Status(u16),
    /// The receiver answered, but not with 2xx, and said when to try again.
    #[error(
        "the receiver answered with the status {status}, not 2xx, and wants no other attempt for \
         {} s", .wait.whole_seconds()
    )]
    Later {
        /// The status of the answer.
        status: u16,
        /// The time for which it wants no further attempt: at most a day.
        wait: Duration,
    },
    /// One of the receivers has not taken it.
    #[error("{receiver}")]
    Receiver {
        /// Its scheme, host and port.
        receiver: String,
        /// Why.
        #[source]
        error: Box<Self>,
    },
    /// The receiver has said, about another message, when to try again.
    #[error("the receiver wants no other attempt for {} s", .0.whole_seconds())]
    LeftAlone(Duration),
}

impl DeliveryError {
    /// The same, with the name of the receiver.
    pub(crate) fn of(self, receiver: &Webhook) -> Self {
        Self::Receiver {
            receiver: receiver.to_string(),
            error: Box::new(self),
        }
    }

    /// Returns the time for which the receiver wants no further attempt, if it said so.
    pub fn wait(&self) -> Option<Duration> {
        match self {
            Self::Later { wait, .. } | Self::LeftAlone(wait) => Some(*wait),
            Self::Receiver { error, .. } => error.wait(),
            _ => None,
        }
    }
}

fn advice(status: u16) -> &'static str {
    match status {
        300..=399 => "redirects are not followed, name the last URL",
        400 | 401 | 403 => "check that it knows one of the secrets",
        404 | 405 | 410 => "check the path in its URL",
        _ => "look at its log",
    }
}
