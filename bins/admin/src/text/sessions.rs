use super::{audit::name_or_dash, minute};
use crate::table::table;
use central_logger_operations::sessions::SessionView;

/// Sessions, one in each row.
pub(crate) fn session_table(sessions: &[SessionView]) -> String {
    let row = |session: &SessionView| {
        [
            session.session_id.to_string(),
            match &session.client_id {
                Some(client) => client.to_string(),
                None => "the provider".to_owned(),
            },
            name_or_dash(session.name.as_ref()),
            session.scopes.to_string(),
            name_or_dash(session.key_id.as_ref()),
            minute(session.created_at),
            minute(session.last_used_at),
            minute(session.expires_at.min(session.idle_ends_at)),
        ]
    };
    let header = [
        "SESSION ID",
        "CLIENT",
        "NAME",
        "SCOPES",
        "KEY ID",
        "SINCE",
        "LAST USED",
        "ENDS",
    ];
    table(header, sessions.iter().map(row))
}
