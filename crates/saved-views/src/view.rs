use crate::ViewQuery;
use serde::{Deserialize, Serialize};
use time::OffsetDateTime;

/// A view as it is kept and shown.
///
/// # Examples
///
/// ```
/// use central_logger_saved_views::SavedView;
/// use time::macros::datetime;
///
/// let view = SavedView {
///     name: "failed today".to_owned(),
///     query: "status=FAILED&range=24h".parse()?,
///     saved_at: datetime!(2026-03-01 12:00 UTC),
///     saved_by: Some("Alice".to_owned()),
/// };
/// assert!(view.query.is_relative());
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct SavedView {
    /// Its name, by which people of the client know it.
    pub name: String,
    /// What it shows, in the terms of an address.
    pub query: ViewQuery,
    /// When it was saved.
    #[serde(with = "time::serde::rfc3339")]
    pub saved_at: OffsetDateTime,
    /// Who saved it: the name of the person, or the id of the key.
    pub saved_by: Option<String>,
}
