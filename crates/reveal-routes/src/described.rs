//! What requests bring and answers hold, as the description has it: the types themselves are those of other
//! crates, which know nothing of OpenAPI.
#![expect(dead_code, reason = "their fields are only described")]

use crate::{pages, provider};
use time::OffsetDateTime;
use utoipa::{IntoParams, OpenApi, ToSchema};

/// The description of the routes.
#[derive(OpenApi)]
#[openapi(paths(
    provider::list,
    provider::make,
    provider::withdraw,
    pages::look,
    pages::reveal,
))]
pub struct Described;

#[derive(IntoParams)]
#[into_params(parameter_in = Header)]
pub(crate) struct RequestName {
    /// Makes the request safe to repeat: for 24 hours, a repeat makes no second link and is answered with the
    /// link as it is now, without its address.
    #[param(
        rename = "Idempotency-Key",
        value_type = String,
        required = false,
        min_length = 1,
        max_length = 255,
        pattern = "^[!-~]+$"
    )]
    key: Option<String>,
}

#[derive(IntoParams)]
#[into_params(parameter_in = Query)]
pub(crate) struct LinksQuery {
    /// Only links of this client.
    #[param(pattern = "^[a-z0-9][a-z0-9_-]{0,63}$")]
    client_id: Option<String>,
    /// The largest number of links to return.
    #[param(minimum = 1, maximum = 1000, default = 1000)]
    limit: Option<u32>,
    /// The `next_cursor` of the page before.
    cursor: Option<String>,
}

#[derive(ToSchema)]
#[schema(rename_all = "lowercase")]
enum Label {
    Live,
    Test,
}

/// A link to be made, with what its key is to be.
#[derive(ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct NewLink {
    /// The client that gets the key.
    #[schema(pattern = "^[a-z0-9][a-z0-9_-]{0,63}$")]
    client_id: String,
    /// How long the link is good: a duration of 1s to 30d.
    #[schema(pattern = "^[0-9]{1,9}[smhd]$", default = "24h")]
    valid: Option<String>,
    /// What the client has to say to get the key; tell it on another way than the link.
    #[schema(min_length = 1, max_length = 256)]
    passphrase: Option<String>,
    /// The name of the key, for people.
    #[schema(min_length = 1, max_length = 256)]
    name: Option<String>,
    /// What the key is to allow; `logs:write` and `logs:read` by default.
    #[schema(min_items = 1, max_items = 100)]
    scopes: Option<Vec<String>>,
    /// The label within the key.
    #[schema(inline)]
    environment: Option<Label>,
    /// When the key expires.
    #[schema(format = DateTime)]
    expires_at: Option<String>,
    /// The duration after which the key expires, instead.
    #[schema(pattern = "^[0-9]{1,9}[smhd]$")]
    expires_in: Option<String>,
    /// How often the key may be used at most, such as `100/s`, `600/m` or `5000/h`.
    #[schema(pattern = "^[0-9]{1,7}/[smh]$")]
    rate: Option<String>,
    /// The networks that the key is accepted from.
    #[schema(min_items = 1, max_items = 100)]
    allow_ip: Option<Vec<String>>,
    /// A remark, which the client and the provider see.
    #[schema(min_length = 1, max_length = 1024)]
    note: Option<String>,
}

/// A link that was made.
#[derive(ToSchema)]
pub(crate) struct MadeLink {
    id: String,
    /// The address that the client opens, which is shown this once.
    url: String,
    expires_at: OffsetDateTime,
}

#[derive(ToSchema)]
#[schema(rename_all = "lowercase")]
enum LinkState {
    Waiting,
    Opened,
    Revealed,
    Withdrawn,
    Expired,
}

/// A link without anything secret.
#[derive(ToSchema)]
pub(crate) struct RevealLink {
    id: String,
    /// The client that gets the key.
    client_id: String,
    #[schema(inline)]
    state: LinkState,
    /// The key that the key of the link is to replace.
    #[schema(required)]
    replaces: Option<String>,
    /// Whether a passphrase has to be said.
    has_passphrase: bool,
    /// Who made the link: `provider`, or the id of a key.
    made_by: String,
    created_at: OffsetDateTime,
    expires_at: OffsetDateTime,
    /// When it was first looked at, by a person or by a program such as a mail scanner.
    #[schema(required)]
    opened_at: Option<OffsetDateTime>,
    /// The network of that.
    #[schema(required)]
    opened_from: Option<String>,
    /// When the key was revealed.
    #[schema(required)]
    revealed_at: Option<OffsetDateTime>,
    /// The network that it was revealed to.
    #[schema(required)]
    revealed_from: Option<String>,
    /// The key that was revealed.
    #[schema(required)]
    key_id: Option<String>,
    #[schema(required)]
    withdrawn_at: Option<OffsetDateTime>,
}

/// Links, the newest first.
#[derive(ToSchema)]
pub(crate) struct RevealLinks {
    #[schema(max_items = 1000)]
    links: Vec<RevealLink>,
    /// The `cursor` of the next page, if there is one.
    #[schema(required)]
    next_cursor: Option<String>,
}

/// A link that was withdrawn.
#[derive(ToSchema)]
pub(crate) struct WithdrawnLink {
    #[serde(flatten)]
    link: RevealLink,
    /// The milliseconds until no server revealed its key any more.
    waited_ms: u64,
}

/// The form of the page.
#[derive(ToSchema)]
pub(crate) struct RevealForm {
    /// The passphrase, if the link needs one.
    passphrase: Option<String>,
}

/// The key, which is shown this once.
#[derive(ToSchema)]
pub(crate) struct RevealedKey {
    key_id: String,
    api_key: String,
    client_id: String,
    #[schema(required)]
    client_name: Option<String>,
    scopes: Vec<String>,
    #[schema(inline)]
    environment: Label,
    created_at: OffsetDateTime,
    #[schema(required)]
    expires_at: Option<OffsetDateTime>,
}
