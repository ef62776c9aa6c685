use super::{
    keys::{end, last_use},
    minute, minute_or,
};
use crate::table::table;
use central_logger_operations::keys::{Issued, KeyView};

/// Keys of the provider, one in each row.
pub(crate) fn provider_key_table(keys: &[KeyView]) -> String {
    let header = [
        "KEY ID",
        "NAME",
        "STATUS",
        "SCOPES",
        "CREATED",
        "LAST USED",
        "EXPIRES",
    ];
    let row = |key: &KeyView| {
        [
            key.key_id.to_string(),
            key.name.clone().unwrap_or_else(|| "-".to_owned()),
            key.status.to_string(),
            key.scopes.to_string(),
            minute(key.created_at),
            last_use(key),
            end(key),
        ]
    };
    table(header, keys.iter().map(row))
}

/// A new key of the provider, with what it is for.
pub(crate) fn new_provider_key(issued: &Issued) -> String {
    let record = &issued.record;
    format!(
        "The key is shown only once:\n\n    \
             {key}\n\n\
         Scopes:    {scopes}\n\
         Expires:   {end}\n\n\
         It reaches the keys of all clients: give it to one program only, and keep it secret.",
        key = issued.api_key.expose_secret(),
        scopes = record.scopes,
        end = minute_or(record.expires_at, "never"),
    )
}
