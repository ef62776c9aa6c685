use central_logger_keys::{ClientId, Scope};
use central_logger_text::PlainText;
use central_logger_times::UnitDuration;
use clap::Subcommand;

/// Make a link by which a person signs in, once
#[derive(Debug, clap::Args)]
#[command(after_help = "\
The link begins a session in the browser that opens it. The session lasts 30 minutes without \
use and 12 hours at most, unless the server is told otherwise, and ends with \
`revoke --client` or `sessions end`.

Examples:
  central-logger-admin sign-in-link --client acme_corp --name 'Alice of Acme'
  central-logger-admin sign-in-link --client acme_corp --scope logs:read --scope keys:manage
  central-logger-admin sign-in-link --provider --name Bob --valid 1h")]
pub(crate) struct SignInLinkArgs {
    /// The person acts for this client
    #[arg(
        long,
        value_name = "ID",
        required_unless_present = "provider",
        conflicts_with = "provider"
    )]
    pub(crate) client: Option<ClientId>,

    /// The person acts for the provider
    #[arg(long)]
    pub(crate) provider: bool,

    /// Who the person is, for lists and the audit trail
    #[arg(long, value_name = "TEXT")]
    pub(crate) name: Option<PlainText>,

    /// What the session allows; may be repeated (default logs:read, or provider:read for the
    /// provider)
    #[arg(long = "scope", value_name = "SCOPE")]
    pub(crate) scopes: Vec<Scope>,

    /// How long the link is good: 1s to 24h
    #[arg(long, value_name = "DURATION", default_value = "15m")]
    pub(crate) valid: UnitDuration,
}

#[derive(Debug, Subcommand)]
pub(crate) enum SessionsCommand {
    /// List who is signed in
    #[command(after_help = "\
Examples:
  central-logger-admin sessions list
  central-logger-admin sessions list --client acme_corp")]
    List {
        /// Only sessions of this client
        #[arg(long, value_name = "ID")]
        client: Option<ClientId>,
    },

    /// End a session, or all sessions of a client, at once
    #[command(after_help = "\
With --client, sign-in links that nobody has used yet are withdrawn as well.

Examples:
  central-logger-admin sessions end s4fzyo82mvyi
  central-logger-admin sessions end --client acme_corp")]
    End(EndSessionsArgs),
}

#[derive(Debug, clap::Args)]
pub(crate) struct EndSessionsArgs {
    /// The id of the session, as `sessions list` shows it
    #[arg(
        value_name = "SESSION_ID",
        required_unless_present = "client",
        conflicts_with = "client"
    )]
    pub(crate) id: Option<String>,

    /// All sessions of this client
    #[arg(long, value_name = "ID")]
    pub(crate) client: Option<ClientId>,
}
