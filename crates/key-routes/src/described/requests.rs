use utoipa::{IntoParams, ToSchema};

#[derive(IntoParams)]
#[into_params(parameter_in = Header)]
pub(crate) struct IfMatch {
    /// The versions of which the key must have one, as `ETag` tells them.
    #[param(rename = "If-Match", value_type = String, required = false)]
    if_match: Option<String>,
}

#[derive(IntoParams)]
#[into_params(parameter_in = Header)]
pub(crate) struct RequestName {
    /// Makes the request safe to repeat: for 24 hours, a repeat changes nothing and is answered with the
    /// object as it is now, without what is secret of it.
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
pub(crate) struct ListQuery {
    /// Only keys of this status.
    #[param(inline)]
    status: Option<Status>,
    /// Only keys that are due for rotation: active, without a successor, and older than this or weak.
    #[param(pattern = "^[0-9]{1,9}[smhd]$")]
    due: Option<String>,
    /// Only keys whose id or name has this part, in any case. The head of a key, as people see it, is
    /// understood, too.
    #[param(min_length = 1)]
    q: Option<String>,
    /// The largest number of keys to return.
    #[param(minimum = 1, maximum = 1000, default = 50)]
    limit: Option<u32>,
    /// The `next_cursor` of the page before.
    cursor: Option<String>,
}

#[derive(ToSchema)]
#[schema(rename_all = "lowercase")]
pub(crate) enum Status {
    Active,
    Disabled,
    Expired,
    Revoked,
}

#[derive(ToSchema)]
#[schema(rename_all = "lowercase")]
pub(crate) enum Environment {
    Live,
    Test,
}

/// A key to be made.
#[derive(ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct NewKey {
    /// The name of the key, for people.
    #[schema(min_length = 1, max_length = 256)]
    name: Option<String>,
    /// What the key is to allow.
    #[schema(min_items = 1, max_items = 100)]
    scopes: Option<Vec<String>>,
    /// The label within the key.
    #[schema(inline)]
    environment: Option<Environment>,
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

/// A key to be made for a client.
#[derive(ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct NewKeyOfClient {
    #[schema(pattern = "^[a-z0-9][a-z0-9_-]{0,63}$")]
    client_id: String,
    /// The name of the key, for people.
    #[schema(min_length = 1, max_length = 256)]
    name: Option<String>,
    /// What the key is to allow; `logs:write` and `logs:read` by default.
    #[schema(min_items = 1, max_items = 100)]
    scopes: Option<Vec<String>>,
    /// The label within the key.
    #[schema(inline)]
    environment: Option<Environment>,
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

/// What is to change of a key. A member that is left out stays, and `null` takes it away.
#[derive(ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct KeyPatch {
    /// The name of the key, for people.
    #[schema(min_length = 1, max_length = 256)]
    name: Option<String>,
    /// A remark, which the client and the provider see.
    #[schema(min_length = 1, max_length = 1024)]
    note: Option<String>,
    /// The networks that the key is accepted from.
    #[schema(min_items = 1, max_items = 100)]
    allow_ip: Option<Vec<String>>,
    /// How often the key may be used at most.
    #[schema(pattern = "^[0-9]{1,7}/[smh]$")]
    rate: Option<String>,
}

/// How a key is replaced.
#[derive(ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct NewRotation {
    /// How much longer the old key works; `0` revokes it at once.
    #[schema(pattern = "^([0-9]{1,9}[smhd]|0)$", default = "24h")]
    grace: Option<String>,
    /// When the successor expires.
    #[schema(format = DateTime)]
    expires_at: Option<String>,
}

/// By how much a grace is extended.
#[derive(ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct Extension {
    #[schema(pattern = "^[0-9]{1,9}[smhd]$")]
    by: String,
}

/// How a key is revoked.
#[derive(ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct Revocation {
    /// Why, which the client and the provider see.
    #[schema(min_length = 1, max_length = 1024)]
    reason: Option<String>,
    /// Whether all keys that this one has made are revoked with it.
    #[schema(default = false)]
    with_made: Option<bool>,
}

/// Why the keys of a client are revoked.
#[derive(ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct ClientRevocation {
    /// Why, which the client and the provider see.
    #[schema(min_length = 1, max_length = 1024)]
    reason: Option<String>,
}

/// Which keys are revoked.
#[derive(ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct Selection {
    #[schema(min_items = 1, max_items = 1000)]
    key_ids: Vec<String>,
    /// Why, which the client and the provider see.
    #[schema(min_length = 1, max_length = 1024)]
    reason: Option<String>,
}

/// Nothing.
#[derive(ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct Nothing {}
