use central_logger_delivery::{InvalidTargetName, TargetError};
use central_logger_keys::{ClientId, KeyId};
use central_logger_mail::MailError;
use central_logger_operations::OperationError;
use time::{OffsetDateTime, format_description::well_known::Rfc3339};

/// Error returned when a key is not handed over.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum HandOverError {
    /// An operation on keys is refused or fails.
    #[error(transparent)]
    Operation(#[from] OperationError),
    /// The client has no target.
    #[error("{0} has no target: `deliver set --client {0} TARGET` sets one")]
    NoTarget(ClientId),
    /// There is no mail server.
    #[error("no mail server is set: write LOGGER_SMTP_URL and LOGGER_SMTP_FROM")]
    NoMail,
    /// The mail was not sent, and the link in it is not good.
    #[error("no link was mailed to {target}: nothing has changed")]
    NotMailed {
        /// The target.
        target: String,
        /// Why not.
        source: Box<MailError>,
    },
    /// The target that is set cannot be understood.
    #[error("the target of {client} cannot be understood")]
    Target {
        /// The client.
        client: ClientId,
        /// Why not.
        source: InvalidTargetName,
    },
    /// Nothing has changed: the target cannot be opened or looked at.
    #[error("nothing was changed: {target} cannot be used")]
    Unusable {
        /// The target.
        target: String,
        /// Why not.
        source: TargetError,
    },
    /// The target holds something that is no key of the client.
    #[error(
        "nothing was changed: {target} holds something that is no key of {client}; --overwrite replaces it"
    )]
    Foreign {
        /// The target.
        target: String,
        /// The client.
        client: ClientId,
    },
    /// The target holds another key of the client, which its programs may be using.
    #[error(
        "nothing was changed: {target} holds the key {holds} of the same client: rotate that one, or \
         replace it with --overwrite"
    )]
    OtherKey {
        /// The target.
        target: String,
        /// The key that it holds.
        holds: KeyId,
    },
    /// Another run may be at it.
    #[error(
        "another run may be handing {key_id} over: try again after {}", written(*.until)
    )]
    UnderWay {
        /// The pending key.
        key_id: KeyId,
        /// When it can be told that there is none.
        until: OffsetDateTime,
    },
    /// The new key was provably not written, and is revoked.
    #[error("the new key was not written to {target}, and is revoked: the old state holds")]
    NotDelivered {
        /// The target.
        target: String,
        /// Why not.
        source: TargetError,
    },
    /// The new key was provably not written, but could not be revoked.
    #[error(
        "the new key {key_id} was not written to the target, and could not be revoked: it is pending, \
         and the next run revokes it"
    )]
    NotUndone {
        /// The key.
        key_id: KeyId,
        /// Why not.
        source: OperationError,
    },
    /// The new key may be there, so that it stays accepted.
    #[error(
        "it is not known whether {target} holds the new key {key_id}: it stays accepted and pending, and \
         the next run looks at the target first"
    )]
    Unknown {
        /// The key.
        key_id: KeyId,
        /// The target.
        target: String,
        /// What happened.
        source: TargetError,
    },
    /// The write was confirmed, but something else is there now.
    #[error(
        "{target} does not hold the new key {key_id} that was written to it: it stays accepted and \
         pending, and the next run looks at the target first"
    )]
    NotReadBack {
        /// The key.
        key_id: KeyId,
        /// The target.
        target: String,
    },
    /// The key is there, but that could not be noted.
    #[error(
        "{target} holds the new key {key_id}, but that could not be noted: it stays accepted and pending, \
         and the next run notes it"
    )]
    NotSettled {
        /// The key.
        key_id: KeyId,
        /// The target.
        target: String,
        /// Why not.
        source: OperationError,
    },
}

impl HandOverError {
    /// Returns the kind of error in one word, for programs.
    pub fn code(&self) -> &'static str {
        match self {
            Self::Operation(error) => error.code(),
            Self::NoTarget(_) => "no_target",
            Self::NoMail => "no_mail",
            Self::NotMailed { .. } => "not_delivered",
            Self::Target { .. } => "invalid_target",
            Self::Unusable { .. } => "target",
            Self::Foreign { .. } => "target_foreign",
            Self::OtherKey { .. } => "target_other_key",
            Self::UnderWay { .. } => "under_way",
            Self::NotDelivered { .. } => "not_delivered",
            Self::NotUndone { .. }
            | Self::Unknown { .. }
            | Self::NotReadBack { .. }
            | Self::NotSettled { .. } => "pending",
        }
    }

    /// Returns whether there is nothing to be done by this rotation, rather than that it has failed.
    pub fn is_not_meant(&self) -> bool {
        matches!(self, Self::NoTarget(_) | Self::OtherKey { .. })
    }
}

fn written(time: OffsetDateTime) -> String {
    time.format(&Rfc3339).unwrap_or_default()
}
