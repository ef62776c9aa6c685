//! Types of other crates, as OpenAPI has them.

use time::OffsetDateTime;
use utoipa::ToSchema;

/// Saved views.
#[derive(ToSchema)]
#[expect(dead_code, reason = "described only")]
pub(crate) struct Views {
    #[schema(max_items = 100)]
    views: Vec<View>,
}

/// A view of logs, for all people of a client.
#[derive(ToSchema)]
#[expect(dead_code, reason = "described only")]
pub(crate) struct View {
    #[schema(min_length = 1, max_length = 100)]
    name: String,
    #[schema(max_length = 4096)]
    query: String,
    saved_at: OffsetDateTime,
    /// The name of the person, or the id of the key.
    #[schema(required)]
    saved_by: Option<String>,
}

/// What a view is to show.
#[derive(ToSchema)]
#[expect(dead_code, reason = "described only")]
pub(crate) struct NewView {
    /// Filters under the names of a list of logs, `range` (a time until now) or `from` and `to`, and `column`, each a
    /// member that is shown.
    #[schema(
        max_length = 4096,
        example = "status=FAILED&range=24h&column=attr.host"
    )]
    query: String,
}
