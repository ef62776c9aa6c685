//! What each role may do with each table: the one place to extend when a migration makes a table.
//!
//! `migrate` grants what is missing after each migration.

use super::roles::Roles;

/// A table, and the rights on it.
pub(crate) struct Table {
    pub(crate) name: &'static str,
    /// Of a login that serves and does not own the tables.
    server: &'static [&'static str],
    /// Of the roles that transactions on logs take; nothing on tables that hold no client's logs.
    logs: Option<LogRights>,
}

/// Rights on a table with a column `client_id`, on which row-level security is forced.
struct LogRights {
    writer: &'static [&'static str],
    reader: &'static [&'static str],
    keeper: &'static [&'static str],
    /// Whether the others, too, see and write only rows of the client that the transaction names.
    of_one_client: bool,
}

pub(crate) const TABLES: &[Table] = &[
    of_keys("api_keys", &["SELECT", "INSERT", "UPDATE"]),
    of_keys("key_store_state", &["SELECT", "UPDATE"]),
    of_keys("audit_log", &["SELECT", "INSERT"]),
    of_keys("server_lease", &["SELECT", "INSERT", "UPDATE", "DELETE"]),
    of_keys("client_quotas", &["SELECT", "INSERT", "UPDATE", "DELETE"]),
    of_keys("shared_limits", &["SELECT", "INSERT", "UPDATE", "DELETE"]),
    of_keys("clients", &["SELECT", "INSERT", "UPDATE", "DELETE"]),
    of_keys("change_receipts", &["SELECT", "INSERT", "UPDATE", "DELETE"]),
    of_keys("sessions", &["SELECT", "INSERT", "UPDATE", "DELETE"]),
    of_keys("sign_in_links", &["SELECT", "INSERT", "UPDATE", "DELETE"]),
    of_keys("reveal_links", &["SELECT", "INSERT", "UPDATE", "DELETE"]),
    of_keys("retention", &["SELECT", "INSERT", "UPDATE", "DELETE"]),
    of_keys("key_usage", &["SELECT", "INSERT", "UPDATE", "DELETE"]),
    of_keys("failed_networks", &["SELECT", "INSERT", "UPDATE", "DELETE"]),
    of_keys("alerts", &["SELECT", "INSERT", "UPDATE", "DELETE"]),
    of_keys("alert_watch", &["SELECT", "UPDATE"]),
    of_keys("central_logger_migrations", &["SELECT", "UPDATE"]),
    of_keys("store_identity", &["SELECT"]),
    of_keys("workflow_follower", &["SELECT", "INSERT", "UPDATE"]),
    of_keys("log_writers", &["SELECT", "INSERT", "UPDATE", "DELETE"]),
    of_keys("log_sealing", &["SELECT", "UPDATE"]),
    of_logs("workflow_logs", &["INSERT"], &["SELECT", "DELETE"]),
    of_logs(
        "idempotency_keys",
        &["SELECT", "INSERT", "UPDATE"],
        &["SELECT", "DELETE"],
    ),
    of_logs("log_arrivals", &["INSERT"], &["SELECT", "UPDATE", "DELETE"]),
    of_logs("log_blocks", &["INSERT"], &["SELECT", "INSERT", "DELETE"]),
    of_logs(
        "log_block_contents",
        &["INSERT"],
        &["SELECT", "INSERT", "DELETE"],
    )
    .of_one_client(),
    of_logs(
        "workflow_documents",
        &["SELECT", "INSERT", "UPDATE", "DELETE"],
        &["SELECT", "DELETE"],
    ),
];

/// A table that no role of a transaction on logs touches.
const fn of_keys(name: &'static str, server: &'static [&'static str]) -> Table {
    Table {
        name,
        server,
        logs: None,
    }
}

/// A table of logs: with a column `client_id`, and row-level security enabled by its migration.
const fn of_logs(
    name: &'static str,
    writer: &'static [&'static str],
    keeper: &'static [&'static str],
) -> Table {
    Table {
        name,
        // It sees no row before it takes a role; it may ask whether the table is there.
        server: &["SELECT"],
        logs: Some(LogRights {
            writer,
            reader: &["SELECT"],
            keeper,
            of_one_client: false,
        }),
    }
}

/// One right of one role.
pub(crate) struct Right {
    pub(crate) role: String,
    pub(crate) table: &'static str,
    pub(crate) privilege: &'static str,
}

impl Table {
    const fn of_one_client(mut self) -> Self {
        if let Some(logs) = &mut self.logs {
            logs.of_one_client = true;
        }
        self
    }

    /// Whether no role sees rows of two clients in it.
    pub(crate) fn is_of_one_client(&self) -> bool {
        let logs = self.logs.as_ref();
        logs.is_some_and(|logs| logs.of_one_client)
    }

    /// Whether clients are kept apart in it by row-level security.
    pub(crate) fn is_of_logs(&self) -> bool {
        self.logs.is_some()
    }

    /// Each role with what it may do.
    pub(crate) fn grants(&self, roles: &Roles) -> Vec<(String, &'static [&'static str])> {
        let mut grants = self.grants_to_the_taken(roles);
        grants.push((roles.server(), self.server));
        grants
    }

    /// The same of the roles that transactions on logs take.
    pub(crate) fn grants_to_the_taken(
        &self,
        roles: &Roles,
    ) -> Vec<(String, &'static [&'static str])> {
        match &self.logs {
            Some(logs) => vec![
                (roles.writer(), logs.writer),
                (roles.reader(), logs.reader),
                (roles.keeper(), logs.keeper),
            ],
            None => Vec::new(),
        }
    }
}

/// The names of the tables of logs.
pub(crate) fn tables_of_logs() -> Vec<&'static str> {
    let tables = TABLES.iter().filter(|table| table.is_of_logs());
    tables.map(|table| table.name).collect()
}

/// All rights, one by one.
pub(crate) fn all(roles: &Roles) -> Vec<Right> {
    let mut rights = Vec::new();
    for table in TABLES {
        for (role, privileges) in table.grants(roles) {
            rights.extend(privileges.iter().map(|privilege| Right {
                role: role.clone(),
                table: table.name,
                privilege,
            }));
        }
    }
    rights
}
