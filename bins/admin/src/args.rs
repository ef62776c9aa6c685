use crate::when::When;
use central_logger_backend::Flags;
use central_logger_key_store::{KeyStatus, Scope};
use central_logger_keys::{ClientId, KeyEnvironment};
use clap::{Parser, Subcommand};
use clap_complete::Shell;

/// Issues API keys to clients, looks after them and withdraws them.
///
/// Works on the same database as the server, on the same machine or another. Options with a name in
/// brackets may also stand under that name in the environment or in a .env file.
#[derive(Debug, Parser)]
#[command(name = "central-logger-admin", version, after_help = EXAMPLES)]
pub(crate) struct Args {
    /// Print one JSON document, and errors as {"error":{"code","message"}}
    #[arg(long, global = true)]
    pub(crate) json: bool,

    #[command(flatten)]
    pub(crate) settings: Flags,

    #[command(subcommand)]
    pub(crate) command: Command,
}

const EXAMPLES: &str = "\
Examples:
  central-logger-admin issue --client acme_corp --name 'Acme Corp.' --expires 90d
  central-logger-admin list --client acme_corp
  central-logger-admin revoke 4fzyo82mvyi1 --reason 'leaked in a public repository'
  central-logger-admin generate --client acme_corp

Exit status: 0 done, 1 refused or failed, 2 wrong usage.";

#[derive(Debug, Subcommand)]
pub(crate) enum Command {
    /// Make a key without a database, for API_KEYS in .env
    #[command(after_help = "\
Prints the key, the line for .env with the keys that stand there already, and a text for the client.
The key is shown this once.

Examples:
  central-logger-admin generate --client acme_corp
  central-logger-admin generate --client acme_corp --json | jq -r .env_entry")]
    Generate(GenerateArgs),

    /// Store a new key and show it, this once
    #[command(after_help = "\
Examples:
  central-logger-admin issue --client acme_corp
  central-logger-admin issue --client acme_corp --expires 90d --scope logs:write --env test
  python3 -c 'import secrets; print(secrets.token_urlsafe(32))' |
    central-logger-admin issue --client acme_corp --key-stdin")]
    Issue(IssueArgs),

    /// List keys, without secrets
    #[command(after_help = "\
Examples:
  central-logger-admin list
  central-logger-admin list --client acme_corp --status active
  central-logger-admin list --json | jq -r '.keys[].key_id'")]
    List(ListArgs),

    /// Show all that is known about a key
    #[command(after_help = "\
Example:
  central-logger-admin show 4fzyo82mvyi1")]
    Show(ShowArgs),

    /// Withdraw one key, or all of a client, for good and at once
    #[command(after_help = "\
Examples:
  central-logger-admin revoke 4fzyo82mvyi1 --reason 'leaked'
  central-logger-admin revoke --client acme_corp --yes")]
    Revoke(RevokeArgs),

    /// Move the keys of API_KEYS into the database, hashed
    #[command(after_help = "\
Repeating it changes nothing. Once it is done, the database has the last word on these keys, and
API_KEYS can be taken out of .env.

Examples:
  central-logger-admin import --dry-run
  central-logger-admin import --env-file /srv/logger/.env")]
    Import(ImportArgs),

    /// Bring the database's schema up to date
    Migrate,

    /// Check settings, database, TLS and clock, and say what to mend
    Doctor,

    /// Print completions for a shell
    #[command(after_help = "\
Example:
  central-logger-admin completions bash > ~/.local/share/bash-completion/completions/central-logger-admin")]
    Completions {
        /// Which shell
        shell: Shell,
    },
}

#[derive(Debug, clap::Args)]
pub(crate) struct GenerateArgs {
    /// Whose key it is to be
    #[arg(long, value_name = "ID")]
    pub(crate) client: Option<ClientId>,
}

#[derive(Debug, clap::Args)]
pub(crate) struct IssueArgs {
    /// Whose key it is to be, such as acme_corp
    #[arg(long, value_name = "ID")]
    pub(crate) client: ClientId,

    /// Read the key from standard input instead of making one
    #[arg(long)]
    pub(crate) key_stdin: bool,

    /// The client's name, for people
    #[arg(long, value_name = "TEXT")]
    pub(crate) name: Option<String>,

    /// When the key ends: 90d, 24h, 15m, 30s or RFC 3339 (default: never)
    #[arg(long, value_name = "WHEN")]
    pub(crate) expires: Option<When>,

    /// What the key allows: logs:write, logs:read, keys:manage; may be repeated (default: the first
    /// two)
    #[arg(long = "scope", value_name = "SCOPE")]
    pub(crate) scopes: Vec<Scope>,

    /// A label, live or test
    #[arg(long, value_name = "LABEL", default_value = "live")]
    pub(crate) env: KeyEnvironment,

    /// A remark
    #[arg(long, value_name = "TEXT")]
    pub(crate) note: Option<String>,
}

#[derive(Debug, clap::Args)]
pub(crate) struct ListArgs {
    /// Only keys of this client
    #[arg(long, value_name = "ID")]
    pub(crate) client: Option<ClientId>,

    /// Only keys that are active, disabled, expired or revoked
    #[arg(long, value_name = "STATUS")]
    pub(crate) status: Option<KeyStatus>,
}

// The ids below stay text here: the parser would repeat a secret that was pasted in their place.

#[derive(Debug, clap::Args)]
pub(crate) struct ShowArgs {
    /// The id of the key, as `list` shows it
    #[arg(value_name = "KEY_ID")]
    pub(crate) id: String,
}

#[derive(Debug, clap::Args)]
pub(crate) struct RevokeArgs {
    /// The id of the key, as `list` shows it
    #[arg(
        value_name = "KEY_ID",
        required_unless_present = "client",
        conflicts_with = "client"
    )]
    pub(crate) id: Option<String>,

    /// All keys of this client
    #[arg(long, value_name = "ID")]
    pub(crate) client: Option<ClientId>,

    /// Why
    #[arg(long, value_name = "TEXT")]
    pub(crate) reason: Option<String>,

    /// Do not ask
    #[arg(long)]
    pub(crate) yes: bool,

    /// Return as soon as it is stored, without waiting for the servers
    #[arg(long)]
    pub(crate) no_wait: bool,
}

#[derive(Debug, clap::Args)]
pub(crate) struct ImportArgs {
    /// Say what would be done, and do nothing
    #[arg(long)]
    pub(crate) dry_run: bool,
}

#[cfg(test)]
mod tests {
    use super::*;
    use clap::CommandFactory;

    #[test]
    fn the_command_line_is_sound() {
        Args::command().debug_assert();
    }
}
