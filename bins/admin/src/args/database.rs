use clap_complete::Shell;

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

/// Check settings, database, TLS, alerts and clock, and say how to fix problems
#[derive(Debug, clap::Args)]
#[command(after_help = "\
Exit status 1 when a check failed (FAIL).

Servers are not ready after they have seen the audit trail go back, as after a backup was restored: \
keys that were revoked since may be valid again. --accept-restore acknowledges that.

Examples:
  central-logger-admin doctor
  central-logger-admin doctor --accept-restore")]
pub(crate) struct DoctorArgs {
    /// Acknowledge that the database was set back, so that servers are ready again
    #[arg(long)]
    pub(crate) accept_restore: bool,

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
