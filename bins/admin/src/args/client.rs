use super::WaitArgs;
use central_logger_client_records::{InvalidOnLeak, Limit, OnLeak};
use central_logger_keys::{ClientId, Scope};
use central_logger_operations::clients::ClientOrder;
use central_logger_text::PlainText;
use central_logger_times::UnitDuration;
use clap::{ArgGroup, Subcommand, ValueEnum};
use std::str::FromStr;

#[derive(Debug, Subcommand)]
pub(crate) enum ClientCommand {
    /// Set up a client, or say what clients may do with their own keys
    #[command(
        override_usage = "central-logger-admin client set [OPTIONS] <--client <ID>|--all>",
        after_help = "\
What is not named stays as it is. A client needs no key to be set up; `quota set` and `retention set` \
work before it has one, too. What a client has no value for is as for all clients.

Examples:
  central-logger-admin client set --client acme_corp --name 'Acme Corp.' --external-id crm-7
  central-logger-admin client set --client acme_corp --max-keys 5 --max-lifetime 90d
  central-logger-admin client set --client acme_corp --max-keys default
  central-logger-admin client set --client acme_corp --mail ops@acme.example --mail-scope logs:read
  central-logger-admin client set --all --self-service off"
    )]
    Set(SetClientArgs),

    /// List clients
    #[command(after_help = "\
Listed are clients that something is set for, that have a key that is not revoked, or that have used a \
static key in the last 24 hours.

Examples:
  central-logger-admin client list
  central-logger-admin client list --q acme --order last_seen
  central-logger-admin client list --json | jq -r '.clients[].client_id'")]
    List(ListClientsArgs),

    /// Show everything about a client
    #[command(after_help = "\
Example:
  central-logger-admin client show acme_corp")]
    Show {
        /// The client
        #[arg(value_name = "ID")]
        client: ClientId,
    },

    /// Remove a client: its keys, its logs and all that is set for it
    #[command(after_help = "\
Revokes all keys of the client, waits until no server accepts them, then deletes its logs permanently, \
with its quota, its retention period, its name and its policy. The audit trail stays.

Examples:
  central-logger-admin client remove acme_corp
  central-logger-admin client remove acme_corp --yes --json > receipt.json")]
    Remove(RemoveClientArgs),
}

#[derive(Debug, clap::Args)]
pub(crate) struct ListClientsArgs {
    /// Only clients whose id, name or external id has this part, in any case
    #[arg(long, value_name = "PART")]
    pub(crate) q: Option<PlainText>,

    /// Only the client with exactly this external id
    #[arg(long, value_name = "TEXT")]
    pub(crate) external_id: Option<PlainText>,

    /// The order: client_id, first_seen, last_seen, entries_24h or refused_24h, the latest or the
    /// most first (default: client_id)
    #[arg(long, value_name = "ORDER")]
    pub(crate) order: Option<ClientOrder>,
}

#[derive(Debug, clap::Args)]
#[command(group(ArgGroup::new("whose").required(true).args(["client", "all"])))]
#[command(group(ArgGroup::new("what").required(true).multiple(true).args([
    "name", "external_id", "mail", "self_service", "max_keys", "max_lifetime", "require_expiry",
    "renewable", "mail_scopes", "on_leak",
])))]
pub(crate) struct SetClientArgs {
    /// The client
    #[arg(long, value_name = "ID")]
    pub(crate) client: Option<ClientId>,

    /// All clients, as far as they have no value of their own
    #[arg(long, conflicts_with_all = ["name", "external_id", "mail", "mail_scopes"])]
    pub(crate) all: bool,

    /// The name, for people, or none
    #[arg(long, value_name = "TEXT")]
    pub(crate) name: Option<TextArg>,

    /// The id of the client in another system, or none; no two clients have the same
    #[arg(long, value_name = "TEXT")]
    pub(crate) external_id: Option<TextArg>,

    /// The address for mail to the client, or none
    #[arg(long, value_name = "ADDRESS")]
    pub(crate) mail: Option<TextArg>,

    /// What people may do who sign in by mail at that address, or none for logs:read; may be repeated
    #[arg(long = "mail-scope", value_name = "SCOPE|none")]
    pub(crate) mail_scopes: Vec<ScopeArg>,

    /// Whether the client may make and change keys by itself
    #[arg(long, value_name = "on|off|default", hide_possible_values = true)]
    pub(crate) self_service: Option<Switch>,

    /// How many keys the client may have that are neither expired nor revoked, or none for no limit
    #[arg(long, value_name = "N|none|default")]
    pub(crate) max_keys: Option<LimitArg<u32>>,

    /// How long a key that the client makes may be valid, or none for no limit
    #[arg(long, value_name = "DURATION|none|default")]
    pub(crate) max_lifetime: Option<LimitArg<UnitDuration>>,

    /// Whether each key that the client makes must expire
    #[arg(long, value_name = "on|off|default", hide_possible_values = true)]
    pub(crate) require_expiry: Option<Switch>,

    /// Whether the client may rotate keys beyond an expiry that you have set
    #[arg(long, value_name = "on|off|default", hide_possible_values = true)]
    pub(crate) renewable: Option<Switch>,

    /// What becomes of a key of the client that is found where others can read it
    #[arg(long, value_name = "revoke|disable|alert|default")]
    pub(crate) on_leak: Option<OnLeakArg>,

    #[command(flatten)]
    pub(crate) wait: WaitArgs,
}

#[derive(Debug, clap::Args)]
pub(crate) struct RemoveClientArgs {
    /// The client
    #[arg(value_name = "ID")]
    pub(crate) client: ClientId,

    /// Do not ask for confirmation
    #[arg(long)]
    pub(crate) yes: bool,

    #[command(flatten)]
    pub(crate) wait: WaitArgs,
}

/// A flag of a policy.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(crate) enum Switch {
    On,
    Off,
    /// As for all clients.
    Default,
}

/// A limit of a policy, or `None` for that of all clients.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct LimitArg<T>(pub(crate) Option<Limit<T>>);

/// A scope, or `None` for the usual one.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct ScopeArg(pub(crate) Option<Scope>);

/// What becomes of leaked keys, or `None` for what becomes of those of all clients.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct OnLeakArg(pub(crate) Option<OnLeak>);

/// A text, or `None` to take it away.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct TextArg(pub(crate) Option<PlainText>);

impl<T: FromStr> FromStr for LimitArg<T> {
    type Err = T::Err;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        match text {
            "default" => Ok(Self(None)),
            limit => limit.parse().map(|limit| Self(Some(limit))),
        }
    }
}

impl FromStr for ScopeArg {
    type Err = <Scope as FromStr>::Err;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        match text {
            "none" => Ok(Self(None)),
            scope => scope.parse().map(|scope| Self(Some(scope))),
        }
    }
}

impl FromStr for OnLeakArg {
    type Err = InvalidOnLeak;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        match text {
            "default" => Ok(Self(None)),
            what => what.parse().map(|what| Self(Some(what))),
        }
    }
}

impl FromStr for TextArg {
    type Err = <PlainText as FromStr>::Err;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        match text {
            "none" => Ok(Self(None)),
            text => text.parse().map(|text| Self(Some(text))),
        }
    }
}
