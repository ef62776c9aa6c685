//! The rules of row-level security.

use super::{rights::Table, roles::Roles};

/// A rule of row-level security.
pub(super) struct Policy {
    pub(super) name: &'static str,
    pub(super) role: String,
    pub(super) command: &'static str,
    pub(super) rule: String,
}

/// The rows of the client that the transaction names.
const OF_CLIENT: &str = "client_id = current_setting('app.client_id', true)";

/// The login inherits what its roles may, and is none of them until it takes it.
pub(super) fn policies(roles: &Roles, table: &Table) -> [Policy; 3] {
    let is = |role: &str| match table.is_of_one_client() {
        true => format!("current_user = '{role}' AND {OF_CLIENT}"),
        false => format!("current_user = '{role}'"),
    };
    [
        Policy {
            name: "one_client",
            role: roles.reader(),
            command: "SELECT",
            rule: format!("USING ({OF_CLIENT})"),
        },
        Policy {
            name: "adding",
            role: roles.writer(),
            command: "ALL",
            rule: format!("USING ({0}) WITH CHECK ({0})", is(&roles.writer())),
        },
        Policy {
            name: "keeping",
            role: roles.keeper(),
            command: "ALL",
            rule: format!("USING ({})", is(&roles.keeper())),
        },
    ]
}
