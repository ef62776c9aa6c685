use central_logger_keys::ClientId;

#[derive(Debug, clap::Subcommand)]
pub(crate) enum StatusLinksCommand {
    /// Make a badge or a status page of a client, and show its address, once
    #[command(after_help = "\
Whoever knows the address sees how the workflows stand, without a key. What they are called is shown with \
--names only.

Examples:
  central-logger-admin status-links make badge --client acme_corp --environment prod --workflow backup
  central-logger-admin status-links make page --client acme_corp --title 'Acme' --names")]
    Make(MakeStatusLinkArgs),

    /// List the badges and status pages of a client, without their addresses
    #[command(after_help = "\
Example:
  central-logger-admin status-links list --client acme_corp")]
    List {
        /// The client
        #[arg(long, value_name = "ID")]
        client: ClientId,
    },

    /// Withdraw a badge or a status page: its address shows nothing any more
    #[command(after_help = "\
Example:
  central-logger-admin status-links withdraw 0f3a5c7e9b1d2f40 --client acme_corp")]
    Withdraw {
        /// The id of the link
        #[arg(value_name = "LINK_ID")]
        id: String,

        /// The client
        #[arg(long, value_name = "ID")]
        client: ClientId,
    },
}

#[derive(Debug, clap::Args)]
pub(crate) struct MakeStatusLinkArgs {
    /// What it is
    #[arg(value_enum)]
    pub(crate) kind: LinkKind,

    /// The client
    #[arg(long, value_name = "ID")]
    pub(crate) client: ClientId,

    /// What stands at its head
    #[arg(long, value_name = "TEXT")]
    pub(crate) title: Option<String>,

    /// Only workflows of this environment
    #[arg(long, value_name = "ENVIRONMENT")]
    pub(crate) environment: Option<String>,

    /// Only this workflow; repeatable
    #[arg(long, value_name = "NAME")]
    pub(crate) workflow: Vec<String>,

    /// Says what the workflows are called
    #[arg(long)]
    pub(crate) names: bool,
}

/// What a link shows.
#[derive(Debug, Clone, Copy, clap::ValueEnum)]
pub(crate) enum LinkKind {
    /// A picture of one line
    Badge,
    /// A page
    Page,
}
