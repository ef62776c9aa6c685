//! Badges and status pages, as OpenAPI has them.
#![expect(dead_code, reason = "described only")]

use central_logger_http_api::openapi::one_of;
use time::OffsetDateTime;
use utoipa::{ToSchema, openapi::Object};

/// Badges and status pages.
#[derive(ToSchema)]
pub(crate) struct StatusLinks {
    #[schema(max_items = 100)]
    links: Vec<StatusLink>,
}

/// A badge or a status page to be made.
#[derive(ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct NewStatusLink {
    #[schema(schema_with = kind)]
    kind: String,
    /// What stands at its head.
    #[schema(min_length = 1, max_length = 128)]
    title: Option<String>,
    /// Only workflows that run there.
    #[schema(min_length = 1, max_length = 64)]
    environment: Option<String>,
    /// Only these workflows.
    #[schema(min_items = 1, max_items = 100)]
    workflows: Option<Vec<String>>,
    /// Whether it says what the workflows are called.
    #[schema(default = false)]
    shows_names: Option<bool>,
}

/// A badge or a status page.
#[derive(ToSchema)]
pub(crate) struct StatusLink {
    id: String,
    #[schema(schema_with = kind)]
    kind: String,
    #[schema(required)]
    title: Option<String>,
    #[schema(required)]
    environment: Option<String>,
    #[schema(required)]
    workflows: Option<Vec<String>>,
    shows_names: bool,
    created_at: OffsetDateTime,
}

/// A badge or a status page that was made.
#[derive(ToSchema)]
pub(crate) struct MadeStatusLink {
    #[serde(flatten)]
    link: StatusLink,
    /// The address, which is shown this once.
    url: String,
}

fn kind() -> Object {
    one_of(["badge", "page"])
}
