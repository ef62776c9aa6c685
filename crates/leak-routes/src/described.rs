//! What requests bring and answers hold, as the description has it.
#![expect(dead_code, reason = "their fields are only described")]

use crate::routes;
use utoipa::{OpenApi, ToSchema};

/// The description of the route.
#[derive(OpenApi)]
#[openapi(paths(routes::report))]
pub struct Described;

/// A text that may be a key, and where it was found. Other members are passed over.
#[derive(ToSchema)]
pub(crate) struct ReportedToken {
    /// The text.
    token: String,
    /// What the scanner calls it.
    r#type: Option<String>,
    /// Where it was found.
    url: Option<String>,
    /// The kind of place, such as `commit`.
    source: Option<String>,
    /// Whether everybody can read it there. A key that only a few can read is not taken away.
    #[schema(default = true)]
    public: Option<bool>,
}

/// What became of a text.
#[derive(ToSchema)]
pub(crate) struct LabelledToken {
    /// SHA-256 of the text, in base64.
    token_hash: String,
    /// As it was sent.
    token_type: String,
    #[schema(inline)]
    label: Label,
}

/// Whether it is a key of a client or of the provider.
#[derive(ToSchema)]
#[schema(rename_all = "snake_case")]
enum Label {
    TruePositive,
    FalsePositive,
}
