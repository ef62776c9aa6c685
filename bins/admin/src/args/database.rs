use clap_complete::Shell;
use std::path::PathBuf;

/// Bring the database's schema up to date
#[derive(Debug, clap::Args)]
#[command(after_help = "\
On PostgreSQL, run it as the owner of the tables: it also creates the partitions of this month and the \
next ones, and moves earlier entries into them. It never queues for a lock, so that running servers do \
not wait behind it.

Examples:
  central-logger-admin migrate
  central-logger-admin migrate --serve-as logger
  central-logger-admin migrate --citus")]
pub(crate) struct MigrateArgs {
    /// Grant this PostgreSQL role the rights of a server, and no others; it keeps them after further
    /// migrations
    #[arg(long, value_name = "ROLE")]
    pub(crate) serve_as: Option<String>,

    /// Distribute the logs over the machines of a Citus cluster, by client
    #[arg(long)]
    pub(crate) citus: bool,
}

/// Copy a SQLite database into a folder, while servers go on
#[derive(Debug, clap::Args)]
#[command(after_help = "\
Copies the file of logs and the file of keys, each as it is at one moment, checks both, and writes backup.json \
with what they have and their SHA-256. PostgreSQL has pg_dump for that.

Peppers, TLS files and .env are not in it.

Example:
  central-logger-admin backup /var/backups/central-logger/2026-11-30")]
pub(crate) struct BackupArgs {
    /// The folder, which does not exist yet or is empty
    pub(crate) folder: PathBuf,
}

/// Put a backup where a SQLite database is to be
#[derive(Debug, clap::Args)]
#[command(after_help = "\
Both files are compared with their SHA-256 and checked before either is put in its place. A database that is \
there is left as it is: stop the servers and move its files away first.

Example:
  central-logger-admin restore /var/backups/central-logger/2026-11-30")]
pub(crate) struct RestoreArgs {
    /// The folder of the backup
    pub(crate) folder: PathBuf,
}

/// Move all keys and logs to another database
#[derive(Debug, clap::Args)]
#[command(after_help = "\
Copies keys, the audit trail with its seals, settings, sessions, logs and workflows from SQLite to PostgreSQL or back, \
and compares both. The source is only read. Stop the servers first, and name the owner of the tables on PostgreSQL. The \
target is new or empty, and no server starts on it until the move has ended.

When it was interrupted, run it again: it goes on where it was.

Example:
  central-logger-admin move --from sqlite:data/central-logger.db \\
    --to postgres://logger_owner@db.example/logger")]
pub(crate) struct MoveArgs {
    /// The database that has everything: sqlite:PATH or postgres://…
    #[arg(long, value_name = "URL")]
    pub(crate) from: String,

    /// The new or empty database that everything goes to
    #[arg(long, value_name = "URL")]
    pub(crate) to: String,
}

/// Check settings, database, TLS, alerts and clock, and say how to fix problems
#[derive(Debug, clap::Args)]
#[command(after_help = "\
Exit status 1 when a check failed (FAIL).

Servers are not ready after they have seen the audit trail go back, as after a backup was restored: \
keys that were revoked since may be valid again. --accept-restore acknowledges that.

Examples:
  central-logger-admin doctor
  central-logger-admin doctor --deep
  central-logger-admin doctor --accept-restore")]
pub(crate) struct DoctorArgs {
    /// Acknowledge that the database was set back, so that servers are ready again
    #[arg(long)]
    pub(crate) accept_restore: bool,

    /// Also read every block of logs, and name those that are broken; takes long with many logs
    #[arg(long)]
    pub(crate) deep: bool,

    /// Delete old logs by the clock of this machine again, although it has jumped ahead
    #[arg(long)]
    pub(crate) accept_clock: bool,
}

/// Print completions for a shell
#[derive(Debug, clap::Args)]
#[command(after_help = "\
Example:
  central-logger-admin completions bash > ~/.local/share/bash-completion/completions/central-logger-admin")]
pub(crate) struct CompletionsArgs {
    /// The shell
    pub(crate) shell: Shell,
}
