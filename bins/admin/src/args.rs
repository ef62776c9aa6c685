mod monitoring;
mod quota;
mod retention;

pub(crate) use monitoring::{AlertsArgs, UsageArgs};
pub(crate) use quota::{QuotaCommand, SetQuotaArgs};
pub(crate) use retention::{ForgetArgs, RetentionCommand, SetRetentionArgs};

use crate::{
    noted::Noted,
    when::{Span, When},
};
use central_logger_command_line::SharedFlags;
use central_logger_key_store::{KeyStatus, RateLimit};
use central_logger_keys::{ClientId, KeyEnvironment, Networks, Scope};
use central_logger_text::PlainText;
use clap::{Parser, Subcommand};
use clap_complete::Shell;
use std::path::PathBuf;

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
    pub(crate) settings: SharedFlags,

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
Prints the key, the line for .env with the keys that stand there already, and a text for the \
client. The key is shown this once.

Examples:
  central-logger-admin generate --client acme_corp
  central-logger-admin generate --client acme_corp --json | jq -r .env_entry")]
    Generate(GenerateArgs),

    /// Store a new key and show it, this once
    #[command(after_help = "\
Examples:
  central-logger-admin issue --client acme_corp
  central-logger-admin issue --client acme_corp --expires 90d --scope logs:write --env test
  central-logger-admin issue --client acme_corp --rate 100/s --allow-ip 203.0.113.0/24
  python3 -c 'import secrets; print(secrets.token_urlsafe(32))' |
    central-logger-admin issue --client acme_corp --key-stdin")]
    Issue(IssueArgs),

    /// List keys, without secrets
    #[command(after_help = "\
Examples:
  central-logger-admin list
  central-logger-admin list --client acme_corp --status active
  central-logger-admin list --due 90d
  central-logger-admin list --json | jq -r '.keys[].key_id'")]
    List(ListArgs),

    /// Show all that is known about a key
    #[command(after_help = "\
Example:
  central-logger-admin show 4fzyo82mvyi1")]
    Show(ShowArgs),

    /// Replace a key: both work until the grace ends
    #[command(after_help = "\
The successor has the same client, name, scopes, networks, rate, label and note, and lives as long \
from now as the old key was meant to. The old key never lives longer than it would have.

Examples:
  central-logger-admin rotate 4fzyo82mvyi1
  central-logger-admin rotate 4fzyo82mvyi1 --grace 14d --message-file acme.txt
  central-logger-admin rotate 4fzyo82mvyi1 --extend 24h
  central-logger-admin rotate 4fzyo82mvyi1 --finish")]
    Rotate(RotateArgs),

    /// Withdraw one key, or all of a client, for good and at once
    #[command(after_help = "\
Examples:
  central-logger-admin revoke 4fzyo82mvyi1 --reason 'leaked'
  central-logger-admin revoke --client acme_corp --yes")]
    Revoke(RevokeArgs),

    /// Switch a key off, until it is enabled again
    #[command(after_help = "\
Example:
  central-logger-admin disable 4fzyo82mvyi1")]
    Disable(SwitchArgs),

    /// Switch a disabled key on again
    #[command(after_help = "\
Example:
  central-logger-admin enable 4fzyo82mvyi1")]
    Enable(SwitchArgs),

    /// Limit how many requests a client may make and how much it may store, or show it
    #[command(subcommand)]
    Quota(QuotaCommand),

    /// Say how long logs are kept, show it, or remove all logs of a client
    #[command(subcommand)]
    Retention(RetentionCommand),

    /// Move the keys of API_KEYS, or hashes of another service, into the database, hashed
    #[command(after_help = "\
Repeating it changes nothing. Once it is done, the database has the last word on these keys, and \
API_KEYS can be taken out of .env.

Examples:
  central-logger-admin import --dry-run
  central-logger-admin import --env-file /srv/logger/.env
  central-logger-admin import --hashes keys.csv")]
    Import(ImportArgs),

    /// Show what was done with keys: requests, refusals, entries, bytes
    #[command(after_help = "\
Usage is counted by the hour, from the beginning of the hour of --since on, and kept for 90 days. \
Servers store it every five seconds. The line without a client counts requests with no key, or with \
one that nobody knows.

Examples:
  central-logger-admin usage
  central-logger-admin usage --client acme_corp --since 7d
  central-logger-admin usage --per-client --since 30d")]
    Usage(UsageArgs),

    /// Show what is suspicious, and keys that soon need something to be done
    #[command(after_help = "\
Servers look every ten seconds, and raise one alert for each episode, which is counted on while it \
lasts. The last seen comes first. docs/monitoring.md tells what each kind sees, and how to be told \
by a webhook.

Examples:
  central-logger-admin alerts
  central-logger-admin alerts --client acme_corp --since 30d
  central-logger-admin alerts --ack 6c1f0a52c3b7e9d4
  central-logger-admin alerts --json | jq '.alerts[] | select(.severity == \"critical\")'
  central-logger-admin alerts --redeliver 6c1f0a52c3b7e9d4")]
    Alerts(AlertsArgs),

    /// Show who did what to which key
    #[command(after_help = "\
Each entry is sealed together with the one before, under the pepper if there is one. --verify walks \
along the whole trail, names what was altered, taken out or cut off, and every key that is not as the \
trail has left it. A database that was set back as a whole, or another one in its place, is told by \
--at-least alone, which takes the number and seal of any entry that was noted before, as every change \
prints them.

Examples:
  central-logger-admin audit --since 24h
  central-logger-admin audit --verify
  central-logger-admin audit --verify --at-least \"$(cat audit-noted)\"
  central-logger-admin audit --json | jq '.entries[] | select(.key_id == \"4fzyo82mvyi1\")'")]
    Audit(AuditArgs),

    /// Bring the database's schema up to date
    #[command(after_help = "\
On PostgreSQL, run it as the owner of the tables: it also makes the partitions of this month and of the \
next ones, and moves entries into them that came before. It never waits in line for a lock, so that \
running servers do not wait behind it.

Examples:
  central-logger-admin migrate
  central-logger-admin migrate --serve-as logger
  central-logger-admin migrate --citus")]
    Migrate(MigrateArgs),

    /// Check settings, database, TLS, alerts and clock, and say what to mend
    #[command(after_help = "\
Servers are not ready after they have seen the audit trail go back, as after a backup was restored: \
keys that were revoked since may be valid again. --accept-restore says that this is known.

Examples:
  central-logger-admin doctor
  central-logger-admin doctor --accept-restore")]
    Doctor(DoctorArgs),

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
pub(crate) struct MigrateArgs {
    /// Let this PostgreSQL role do what a server does, and nothing more; it keeps these rights after
    /// further migrations
    #[arg(long, value_name = "ROLE")]
    pub(crate) serve_as: Option<String>,

    /// Distribute the logs over the machines of a Citus cluster, by client
    #[arg(long)]
    pub(crate) citus: bool,
}

#[derive(Debug, clap::Args)]
pub(crate) struct GenerateArgs {
    /// Whose key it is to be
    #[arg(long, value_name = "ID")]
    pub(crate) client: Option<ClientId>,
}

#[derive(Debug, clap::Args)]
pub(crate) struct MessageArgs {
    /// Write the text for the client, with the key, into this new file, which only you may read,
    /// instead of to the terminal
    #[arg(long, value_name = "FILE")]
    pub(crate) message_file: Option<PathBuf>,
}

#[derive(Debug, clap::Args)]
pub(crate) struct IssueArgs {
    /// Whose key it is to be, such as acme_corp
    #[arg(long, value_name = "ID")]
    pub(crate) client: ClientId,

    /// Read the key from standard input instead of making one
    #[arg(long)]
    pub(crate) key_stdin: bool,

    /// Take a key from standard input even if it is too easily guessed
    #[arg(long, requires = "key_stdin")]
    pub(crate) allow_weak: bool,

    /// The client's name, for people
    #[arg(long, value_name = "TEXT")]
    pub(crate) name: Option<PlainText>,

    /// When the key ends: 90d, 24h, 15m, 30s or RFC 3339 (default: never)
    #[arg(long, value_name = "WHEN")]
    pub(crate) expires: Option<When>,

    /// What the key allows: logs:write, logs:read, keys:manage; may be repeated (default: the first
    /// two)
    #[arg(long = "scope", value_name = "SCOPE")]
    pub(crate) scopes: Vec<Scope>,

    /// Accept the key only from this network, such as 203.0.113.0/24 or 2001:db8::/32; may be
    /// repeated (default: from anywhere)
    #[arg(long = "allow-ip", value_name = "CIDR")]
    pub(crate) allow_ip: Vec<Networks>,

    /// How often the key may be used, such as 100/s, 600/m or 5000/h, at each server (default: as
    /// often as anybody likes)
    #[arg(long, value_name = "N/s|m|h")]
    pub(crate) rate: Option<RateLimit>,

    /// A label, live or test
    #[arg(long, value_name = "LABEL", default_value = "live")]
    pub(crate) env: KeyEnvironment,

    /// A remark
    #[arg(long, value_name = "TEXT")]
    pub(crate) note: Option<PlainText>,

    #[command(flatten)]
    pub(crate) message: MessageArgs,

    #[command(flatten)]
    pub(crate) wait: WaitArgs,
}

#[derive(Debug, clap::Args)]
pub(crate) struct ListArgs {
    /// Only keys of this client
    #[arg(long, value_name = "ID")]
    pub(crate) client: Option<ClientId>,

    /// Only keys that are active, disabled, expired or revoked
    #[arg(long, value_name = "STATUS")]
    pub(crate) status: Option<KeyStatus>,

    /// Only keys that are to be rotated: active, without a successor, and older than this or too
    /// easily guessed
    #[arg(long, value_name = "AGE")]
    pub(crate) due: Option<Span>,
}

// The ids below stay text here: the parser would repeat a secret that was pasted in their place.

#[derive(Debug, clap::Args)]
pub(crate) struct ShowArgs {
    /// The id of the key, as `list` shows it
    #[arg(value_name = "KEY_ID")]
    pub(crate) id: String,
}

#[derive(Debug, clap::Args)]
pub(crate) struct RotateArgs {
    /// The id of the key, as `list` shows it
    #[arg(value_name = "KEY_ID")]
    pub(crate) id: String,

    /// How much longer the old key works; 0 revokes it at once
    #[arg(long, value_name = "DURATION", default_value = "24h")]
    pub(crate) grace: Span,

    /// When the successor ends (default: as long from now as the old key was meant to live)
    #[arg(long, value_name = "WHEN")]
    pub(crate) expires: Option<When>,

    /// Instead of rotating, end the grace of a key that was rotated
    #[arg(long, conflicts_with_all = ["grace", "expires", "extend", "message_file"])]
    pub(crate) finish: bool,

    /// Instead of rotating, prolong the grace of a key that was rotated by this duration
    #[arg(long, value_name = "DURATION", conflicts_with_all = ["grace", "expires", "message_file"])]
    pub(crate) extend: Option<Span>,

    #[command(flatten)]
    pub(crate) message: MessageArgs,

    #[command(flatten)]
    pub(crate) wait: WaitArgs,
}

#[derive(Debug, clap::Args)]
pub(crate) struct WaitArgs {
    /// Return when the change is stored, instead of when every server goes by it
    #[arg(long)]
    pub(crate) no_wait: bool,
}

#[derive(Debug, clap::Args)]
pub(crate) struct SwitchArgs {
    /// The id of the key, as `list` shows it
    #[arg(value_name = "KEY_ID")]
    pub(crate) id: String,

    #[command(flatten)]
    pub(crate) wait: WaitArgs,
}

#[derive(Debug, clap::Args)]
pub(crate) struct AuditArgs {
    /// Only entries since then: 30d, 24h … ago, or RFC 3339
    #[arg(long, value_name = "WHEN", default_value = "30d")]
    pub(crate) since: When,

    /// Check the whole trail, and hold every key against what it says of it last
    #[arg(long)]
    pub(crate) verify: bool,

    /// Check also that the trail has this entry, whose number and seal were noted earlier
    #[arg(long, value_name = "N:SEAL", requires = "verify")]
    pub(crate) at_least: Option<Noted>,
}

#[derive(Debug, clap::Args)]
pub(crate) struct DoctorArgs {
    /// Acknowledge that the database was set back, so that servers are ready again
    #[arg(long)]
    pub(crate) accept_restore: bool,

    /// Remove old logs by the clock of this machine again, although it has jumped ahead
    #[arg(long)]
    pub(crate) accept_clock: bool,
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
    pub(crate) reason: Option<PlainText>,

    /// Do not ask
    #[arg(long)]
    pub(crate) yes: bool,

    #[command(flatten)]
    pub(crate) wait: WaitArgs,
}

#[derive(Debug, clap::Args)]
pub(crate) struct ImportArgs {
    /// Take keys even if they are too easily guessed, and list them as due for rotation
    #[arg(long)]
    pub(crate) allow_weak: bool,

    /// Import hashes instead of API_KEYS: a CSV of client_id,note,sha256 with that header
    #[arg(long, value_name = "FILE", conflicts_with = "allow_weak")]
    pub(crate) hashes: Option<PathBuf>,

    /// Say what would be done, and do nothing
    #[arg(long)]
    pub(crate) dry_run: bool,

    #[command(flatten)]
    pub(crate) wait: WaitArgs,
}

#[cfg(test)]
mod tests {
    use super::*;
    use clap::CommandFactory;

    #[test]
    fn the_command_line_is_sound() {
        Args::command().debug_assert();
    }

    /// A paragraph that was broken by hand is broken a second time where the terminal ends.
    #[test]
    fn help_fills_its_lines() {
        const WIDTH: usize = 80;
        let mut commands = vec![Args::command().term_width(WIDTH)];
        while let Some(mut command) = commands.pop() {
            let help = command.render_long_help().to_string();
            let lines: Vec<_> = help.lines().collect();
            for pair in lines.windows(2) {
                let starts = |line: &str| line.starts_with(char::is_alphabetic);
                let first_word = pair[1].split(' ').next().unwrap_or_default();
                let is_paragraph = starts(pair[0]) && starts(pair[1]);
                let is_full = pair[0].len() + 1 + first_word.len() > WIDTH;
                assert!(
                    !is_paragraph || is_full,
                    "{}:\n{pair:#?}",
                    command.get_name()
                );
            }
            let inner = command.get_subcommands().cloned();
            commands.extend(inner.map(|command| command.term_width(WIDTH)));
        }
    }
}
