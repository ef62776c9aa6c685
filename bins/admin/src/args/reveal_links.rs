use central_logger_keys::ClientId;
use central_logger_times::UnitDuration;
use clap::Subcommand;

/// A link instead of the key.
#[derive(Debug, clap::Args)]
pub(crate) struct LinkArgs {
    /// Make a link instead of a key: the key comes into being when the client opens the link and
    /// asks for it, and is shown once
    #[arg(long, conflicts_with_all = ["key_stdin", "message_file", "no_wait"])]
    pub(crate) reveal_link: bool,

    /// How long the link is good: 1s to 30d (default: 24h)
    #[arg(long, value_name = "DURATION", requires = "reveal_link")]
    pub(crate) valid: Option<UnitDuration>,

    /// Read a passphrase from standard input, which the client has to say to get the key; tell it on
    /// another way than the link
    #[arg(long, requires = "reveal_link")]
    pub(crate) passphrase_stdin: bool,
}

#[derive(Debug, Subcommand)]
pub(crate) enum RevealLinksCommand {
    /// List links, the newest first, up to 30 days after their end
    #[command(after_help = "\
Examples:
  central-logger-admin reveal-links list
  central-logger-admin reveal-links list --client acme_corp")]
    List {
        /// Only links of this client
        #[arg(long, value_name = "ID")]
        client: Option<ClientId>,
    },

    /// Withdraw a link that nobody has used yet
    #[command(after_help = "\
Example:
  central-logger-admin reveal-links withdraw 4fzyo82mvyi1")]
    Withdraw {
        /// The id of the link, as `reveal-links list` shows it
        #[arg(value_name = "LINK_ID")]
        id: String,
    },
}
