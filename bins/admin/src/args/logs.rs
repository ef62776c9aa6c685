use central_logger_keys::ClientId;
use clap::Subcommand;

#[derive(Debug, Subcommand)]
pub(crate) enum LogsCommand {
    /// Compress stored logs into blocks now
    #[command(after_help = "\
Nobody who reads logs sees a difference. Servers may run meanwhile, unless their version is older than \
blocks: then nothing is sealed.

Examples:
  central-logger-admin logs seal
  central-logger-admin logs seal --client acme_corp --json")]
    Seal {
        /// Only those of this client
        #[arg(long, value_name = "ID")]
        client: Option<ClientId>,
    },
}
