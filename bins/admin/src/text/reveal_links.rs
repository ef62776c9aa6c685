use super::{audit::name_or_dash, minute};
use crate::table::table;
use central_logger_key_store::reveal_link::RevealState;
use central_logger_reveal_links::RevealLinkView;

/// Reveal links, one in each row.
pub(crate) fn reveal_link_table(links: &[RevealLinkView]) -> String {
    let row = |link: &RevealLinkView| {
        [
            link.id.to_string(),
            link.client_id.to_string(),
            state(link.state).to_owned(),
            minute(link.created_at),
            minute(link.expires_at),
            link.opened_at.map_or_else(|| "-".to_owned(), minute),
            name_or_dash(link.opened_from.as_ref()),
            link.revealed_at.map_or_else(|| "-".to_owned(), minute),
            name_or_dash(link.revealed_from.as_ref()),
            name_or_dash(link.key_id.as_ref()),
        ]
    };
    let header = [
        "LINK ID", "CLIENT", "STATE", "SINCE", "UNTIL", "OPENED", "FROM", "REVEALED", "TO",
        "KEY ID",
    ];
    table(header, links.iter().map(row))
}

fn state(state: RevealState) -> &'static str {
    match state {
        RevealState::Waiting => "waiting",
        RevealState::Opened => "opened",
        RevealState::Revealed => "revealed",
        RevealState::Withdrawn => "withdrawn",
        RevealState::Expired => "expired",
    }
}
