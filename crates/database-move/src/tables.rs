//! What a database has, and what of it is moved. A migration that makes a table or a column extends this, and raises the
//! versions of the schema that the databases expect.

use crate::{
    Home, Table,
    columns::{bytes, flag, integer, names, of_clients, of_keys, table, text, time, uuid},
};

const API_KEYS: Table = of_keys(
    "api_keys",
    &[
        text("id"),
        text("client_id"),
        text("name"),
        text("key_hash"),
        bytes("fingerprint"),
        text("scopes"),
        text("environment"),
        text("allowed_from"),
        flag("is_active"),
        flag("is_weak"),
        time("created_at"),
        time("last_used_at"),
        text("last_used_from"),
        time("expires_at"),
        time("grace_ends_at"),
        time("revoked_at"),
        text("revoked_reason"),
        text("note"),
        text("predecessor"),
        text("rate_limit"),
        text("made_by"),
        text("provider_set"),
        text("shared_rates"),
        text("pending_target"),
    ],
);

const AUDIT_LOG: Table = of_keys(
    "audit_log",
    &[
        integer("sequence"),
        time("at"),
        text("actor"),
        text("action"),
        text("key_id"),
        text("client_id"),
        text("before"),
        text("after"),
        text("seal"),
        text("key_seal"),
        text("actor_kind"),
        text("actor_id"),
        text("network"),
        text("via"),
    ],
);

const CLIENTS: Table = of_keys(
    "clients",
    &[
        text("client_id"),
        text("name"),
        text("external_id"),
        text("mail"),
        text("policy"),
        time("created_at"),
        text("deliver"),
        text("mail_scopes"),
        text("deliver_template"),
    ],
);

const CLIENT_QUOTAS: Table = of_keys(
    "client_quotas",
    &[
        text("client_id"),
        integer("requests_per_day"),
        integer("requests_per_month"),
        integer("entries_per_day"),
        integer("bytes_per_day"),
    ],
);

const RETENTION: Table = of_keys("retention", &[text("client_id"), text("keep")]);

const SHARED_LIMITS: Table = of_keys(
    "shared_limits",
    &[text("id"), text("state"), time("used_at")],
);

const CHANGE_RECEIPTS: Table = of_keys(
    "change_receipts",
    &[text("id"), text("seal"), text("keys"), time("at")],
);

const SESSIONS: Table = of_keys(
    "sessions",
    &[
        text("id"),
        text("client_id"),
        text("name"),
        text("scopes"),
        text("key_id"),
        time("created_at"),
        time("last_used_at"),
        time("idle_ends_at"),
        time("ends_at"),
        bytes("token_hash"),
        flag("by_provider"),
    ],
);

const SIGN_IN_LINKS: Table = of_keys(
    "sign_in_links",
    &[
        text("id"),
        text("client_id"),
        text("name"),
        text("scopes"),
        text("key_id"),
        time("created_at"),
        time("valid_until"),
        time("used_at"),
        bytes("token_hash"),
        flag("by_provider"),
    ],
);

const REVEAL_LINKS: Table = of_keys(
    "reveal_links",
    &[
        text("id"),
        text("client_id"),
        text("name"),
        text("scopes"),
        text("environment"),
        text("allowed_from"),
        text("rate_limit"),
        time("expires_at"),
        text("note"),
        text("replaces"),
        integer("grace_seconds"),
        bytes("token_hash"),
        text("passphrase_hash"),
        text("made_by"),
        time("created_at"),
        time("valid_until"),
        time("opened_at"),
        text("opened_from"),
        integer("tries"),
        time("revealed_at"),
        text("revealed_from"),
        text("key_id"),
        time("withdrawn_at"),
        text("mailed_to"),
    ],
);

const KEY_USAGE: Table = Table {
    key: 4,
    is_by_client: true,
    ..of_keys(
        "key_usage",
        &[
            text("client_id"),
            text("key_id"),
            time("hour"),
            text("refusal"),
            integer("requests"),
            integer("entries"),
            integer("bytes"),
            integer("latency_us"),
            names("networks"),
            time("last_at"),
        ],
    )
};

const FAILED_NETWORKS: Table = Table {
    key: 2,
    ..of_keys(
        "failed_networks",
        &[
            time("hour"),
            text("network"),
            integer("requests"),
            time("last_at"),
        ],
    )
};

const ALERTS: Table = of_keys(
    "alerts",
    &[
        text("id"),
        text("kind"),
        text("client_id"),
        text("key_id"),
        text("network"),
        time("first_at"),
        time("last_at"),
        integer("count"),
        time("counted_hour"),
        integer("counted_in_hour"),
        text("evidence"),
        time("acknowledged_at"),
        text("acknowledged_by"),
        text("delivery"),
        integer("delivery_attempts"),
        time("delivery_at"),
        text("delivery_error"),
    ],
);

/// Which arrivals are in ids already: they must not be allocated again.
pub(crate) const LOG_WRITERS: Table = table(
    "log_writers",
    Home::Logs,
    &[
        integer("number"),
        uuid("holder"),
        integer("bound"),
        time("held_until"),
    ],
);

const WORKFLOW_LOGS: Table = of_clients(
    "workflow_logs",
    2,
    &[
        text("client_id"),
        uuid("id"),
        time("received_at"),
        text("environment"),
        text("executed_at"),
        text("status"),
        text("workflow"),
        text("message"),
        text("event_id"),
        text("extra"),
    ],
);

/// Blocks with their contents. Their numbers are each database's own; no two blocks have the same entry, so the first
/// one tells them apart.
pub(crate) const LOG_BLOCKS: Table = Table {
    contents: 3,
    most: 16,
    ..of_clients(
        "log_blocks",
        2,
        &[
            text("client_id"),
            uuid("first_id"),
            uuid("last_id"),
            integer("entries"),
            integer("text_bytes"),
            integer("bytes"),
            bytes("header"),
            time("fresh_since"),
            bytes("filters"),
            bytes("counts"),
            bytes("block"),
        ],
    )
};

const IDEMPOTENCY_KEYS: Table = of_clients(
    "idempotency_keys",
    2,
    &[
        text("client_id"),
        text("key"),
        bytes("body"),
        time("received_at"),
        bytes("ids"),
        time("expires_at"),
    ],
);

const DOCUMENTS: Table = of_clients(
    "workflow_documents",
    3,
    &[
        text("client_id"),
        text("kind"),
        text("key"),
        integer("revision"),
        text("body"),
        time("due_at"),
    ],
);

const WORKFLOW_DOCUMENTS: Table = Table {
    only: "kind <> 'place'",
    // A state may take a few hundred kilobytes.
    most: 100,
    ..DOCUMENTS
};

/// Up to where the entries of each client were followed: a position of one database, which is written anew.
pub const PLACES: Table = Table {
    only: "kind = 'place'",
    ..DOCUMENTS
};

/// The salt, the end of the audit trail and the pepper, which are put in their place at the end.
pub const STATE: Table = of_keys(
    "key_store_state",
    &[
        integer("id"),
        bytes("opaque_salt"),
        integer("sequence"),
        text("head"),
        time("changed_at"),
        text("pepper"),
        integer("end_sequence"),
        text("end_seal"),
        flag("is_taken_up"),
        integer("by_hand"),
        time("restore_accepted_at"),
    ],
);

/// Whose keys these are. The seals cover it.
pub const IDENTITY: Table = of_keys("store_identity", &[text("id")]);

/// Up to where the entries of all clients were followed, which is written anew.
pub const FOLLOWER: Table = table(
    "workflow_follower",
    Home::Logs,
    &[integer("id"), integer("revision"), text("body")],
);

/// All that is copied, in this order: keys before the logs that they have brought.
pub const TABLES: &[Table] = &[
    AUDIT_LOG,
    API_KEYS,
    CLIENTS,
    CLIENT_QUOTAS,
    RETENTION,
    SHARED_LIMITS,
    CHANGE_RECEIPTS,
    SESSIONS,
    SIGN_IN_LINKS,
    REVEAL_LINKS,
    KEY_USAGE,
    FAILED_NETWORKS,
    ALERTS,
    LOG_WRITERS,
    LOG_BLOCKS,
    WORKFLOW_LOGS,
    IDEMPOTENCY_KEYS,
    WORKFLOW_DOCUMENTS,
];

/// What is put in its place when all else was compared.
pub const AT_THE_END: &[Table] = &[STATE, IDENTITY, FOLLOWER, PLACES];

/// A database that has a row in one of these holds what somebody needs.
pub(crate) const NEEDED: &[Table] = &[
    API_KEYS,
    AUDIT_LOG,
    WORKFLOW_LOGS,
    LOG_BLOCKS,
    IDEMPOTENCY_KEYS,
    WORKFLOW_DOCUMENTS,
];

/// What a migration, or a server without keys, may have left in a database that nobody needs.
pub(crate) const CLEARED: &[Table] = &[
    CLIENTS,
    CLIENT_QUOTAS,
    RETENTION,
    SHARED_LIMITS,
    CHANGE_RECEIPTS,
    SESSIONS,
    SIGN_IN_LINKS,
    REVEAL_LINKS,
    KEY_USAGE,
    FAILED_NETWORKS,
    ALERTS,
    LOG_WRITERS,
];

/// The table of clients, where a migration puts a row for all of them.
pub(crate) const OF_ALL_CLIENTS: &Table = &CLIENTS;

/// Tables that are bound to one database: who leads or serves there, its clock, its schema, and in which order the
/// entries of the last minutes came.
pub const NOT_MOVED: &[&str] = &[
    "server_lease",
    "alert_watch",
    "log_sealing",
    "log_arrivals",
    "store_clock",
    "schema_migrations",
    "central_logger_migrations",
];

/// Columns of tables that are moved which are bound to one database.
pub const COLUMNS_NOT_MOVED: &[(&str, &str)] = &[
    // While a program changes keys.
    ("key_store_state", "is_change"),
    // A transaction.
    ("workflow_logs", "stored_by"),
    // By which a database knows a block.
    ("log_blocks", "number"),
    ("log_block_contents", "number"),
    ("log_block_contents", "client_id"),
    ("log_block_contents", "first_id"),
];
