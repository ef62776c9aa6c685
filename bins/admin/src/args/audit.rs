use crate::{noted::Noted, when::When};

/// Show who changed which key
#[derive(Debug, clap::Args)]
#[command(after_help = "\
The seal of each entry covers the previous one, under the pepper if there is one. --verify checks the \
whole trail, and names entries that were altered, removed or cut off, and every key that differs from \
its last entry. Only --at-least finds a database that was set back as a whole, or replaced by another: \
it takes the number and seal of any entry that was recorded earlier, as every change prints them.

Examples:
  central-logger-admin audit --since 24h
  central-logger-admin audit --verify
  central-logger-admin audit --verify --at-least \"$(cat audit-noted)\"
  central-logger-admin audit --json | jq '.entries[] | select(.key_id == \"4fzyo82mvyi1\")'")]
pub(crate) struct AuditArgs {
    /// Only entries since then: 30d, 24h … ago, or RFC 3339
    #[arg(long, value_name = "WHEN", default_value = "30d")]
    pub(crate) since: When,

    /// Verify the whole trail, and compare every key with its last entry
    #[arg(long)]
    pub(crate) verify: bool,

    /// Verify also that the trail has this entry, whose number and seal were recorded earlier
    #[arg(long, value_name = "N:SEAL", requires = "verify")]
    pub(crate) at_least: Option<Noted>,
}
