//! Where the clients of other log systems put their keys.

use central_logger_auth::KeySource;

/// Returns the places where a key may stand on these routes. Different keys in two of them are refused.
///
/// # Examples
///
/// ```
/// use central_logger_auth::KeySource;
/// use central_logger_intake_routes::key_sources;
///
/// assert!(key_sources().contains(&KeySource::header("DD-API-KEY")));
/// ```
pub fn key_sources() -> [KeySource; 7] {
    [
        KeySource::header("X-API-Key"),
        KeySource::Bearer,
        KeySource::ApiKey,
        KeySource::Basic,
        KeySource::Scheme("Splunk".to_owned()),
        KeySource::header("X-Seq-ApiKey"),
        KeySource::header("DD-API-KEY"),
    ]
}
