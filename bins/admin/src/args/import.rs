use super::WaitArgs;
use std::path::PathBuf;

/// Move the keys of API_KEYS, or hashes of another service, into the database, hashed
#[derive(Debug, clap::Args)]
#[command(after_help = "\
Repeating it changes nothing. After the import the database alone decides on these keys, and they can \
be removed from API_KEYS in .env.

Examples:
  central-logger-admin import --dry-run
  central-logger-admin import --env-file /srv/logger/.env
  central-logger-admin import --hashes keys.csv")]
pub(crate) struct ImportArgs {
    /// Store keys even if they are weak, and list them as due for rotation
    #[arg(long)]
    pub(crate) allow_weak: bool,

    /// Import hashes instead of API_KEYS: a CSV of client_id,note,sha256 with that header
    #[arg(long, value_name = "FILE", conflicts_with = "allow_weak")]
    pub(crate) hashes: Option<PathBuf>,

    /// Show what would be done, and change nothing
    #[arg(long)]
    pub(crate) dry_run: bool,

    #[command(flatten)]
    pub(crate) wait: WaitArgs,
}
