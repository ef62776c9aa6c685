//! Channels, as OpenAPI has them.
#![expect(dead_code, reason = "described only")]

use central_logger_http_api::openapi::{one_of, or_null};
use time::OffsetDateTime;
use utoipa::{
    ToSchema,
    openapi::{Object, Schema},
};

/// Channels.
#[derive(ToSchema)]
pub(crate) struct Channels {
    #[schema(max_items = 20)]
    channels: Vec<Channel>,
}

/// Where messages about incidents are to go.
#[derive(ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct NewChannel {
    #[schema(schema_with = channel_kind)]
    kind: String,
    /// Where messages of a webhook are posted: an `https://` URL at a public address, unless the provider allows
    /// others.
    #[schema(max_length = 2048)]
    url: Option<String>,
    /// The shape of messages of a webhook. By default `standard`.
    #[schema(schema_with = message_format_or_null, required = false)]
    format: Option<String>,
    /// The address of a mailbox.
    #[schema(max_length = 254)]
    address: Option<String>,
    /// Only incidents of workflows that run there.
    #[schema(min_length = 1, max_length = 64)]
    environment: Option<String>,
    /// Only incidents of these workflows.
    #[schema(min_items = 1, max_items = 100)]
    workflows: Option<Vec<String>>,
    /// When messages wait.
    quiet_hours: Option<NewQuietHours>,
}

/// Where messages about incidents of a client are to go.
#[derive(ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct NewChannelOfClient {
    /// The client.
    client_id: String,
    #[schema(schema_with = channel_kind)]
    kind: String,
    /// Where messages of a webhook are posted: an `https://` URL at a public address, unless the provider allows
    /// others.
    #[schema(max_length = 2048)]
    url: Option<String>,
    /// The shape of messages of a webhook. By default `standard`.
    #[schema(schema_with = message_format_or_null, required = false)]
    format: Option<String>,
    /// The address of a mailbox.
    #[schema(max_length = 254)]
    address: Option<String>,
    /// Only incidents of workflows that run there.
    #[schema(min_length = 1, max_length = 64)]
    environment: Option<String>,
    /// Only incidents of these workflows.
    #[schema(min_items = 1, max_items = 100)]
    workflows: Option<Vec<String>>,
    /// When messages wait.
    quiet_hours: Option<NewQuietHours>,
}

/// A time of each day at which messages wait; over midnight if it ends before it begins.
#[derive(ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct NewQuietHours {
    #[schema(pattern = "^[0-2][0-9]:[0-5][0-9]$")]
    from: String,
    #[schema(pattern = "^[0-2][0-9]:[0-5][0-9]$")]
    to: String,
    /// A time zone of the tz database, such as `Europe/Berlin`.
    #[schema(default = "UTC")]
    time_zone: Option<String>,
}

/// A time of each day at which messages wait.
#[derive(ToSchema)]
pub(crate) struct QuietHours {
    from: String,
    to: String,
    time_zone: String,
}

/// Where messages about incidents go.
#[derive(ToSchema)]
pub(crate) struct Channel {
    id: String,
    #[schema(schema_with = channel_kind)]
    kind: String,
    /// Of a webhook.
    #[schema(nullable = false)]
    url: Option<String>,
    /// Of a webhook.
    #[schema(schema_with = message_format, required = false)]
    format: String,
    /// Of a mailbox.
    #[schema(nullable = false)]
    address: Option<String>,
    /// Of a mailbox: whether its reader has followed the link that was mailed there. No messages go there before.
    #[schema(nullable = false)]
    confirmed: Option<bool>,
    /// Only incidents of workflows that run there.
    #[schema(required)]
    environment: Option<String>,
    /// Only incidents of these workflows.
    #[schema(required)]
    workflows: Option<Vec<String>>,
    #[schema(required)]
    quiet_hours: Option<QuietHours>,
    created_at: OffsetDateTime,
    /// How many messages wait to be delivered.
    waiting: usize,
    /// The latest attempts, the last one first.
    #[schema(max_items = 50)]
    deliveries: Vec<Delivery>,
}

/// A channel, with the secret that signs its messages.
#[derive(ToSchema)]
pub(crate) struct ChannelWithSecret {
    #[serde(flatten)]
    channel: Channel,
    /// Shown once; a mailbox has none.
    #[schema(pattern = "^whsec_", nullable = false)]
    secret: Option<String>,
}

/// An attempt to deliver a message.
#[derive(ToSchema)]
struct Delivery {
    /// The id of the message, the same at each attempt.
    message: String,
    at: OffsetDateTime,
    /// Why it failed; nothing when the receiver took it.
    #[schema(required)]
    error: Option<String>,
}

fn channel_kind() -> Object {
    one_of(["webhook", "mail"])
}

fn message_format() -> Object {
    one_of(["standard", "slack", "teams", "discord"])
}

fn message_format_or_null() -> Schema {
    or_null(message_format())
}
