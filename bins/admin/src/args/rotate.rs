use super::{MessageArgs, WaitArgs};
use crate::when::{Span, When};

/// Replace a key; both keys are valid until the grace period ends
#[derive(Debug, clap::Args)]
#[command(after_help = "\
The successor has the same client, name, scopes, networks, rate, label and note, and its lifetime is \
the original one of the old key, from now on. The old key never lives longer than it would have.

Examples:
  central-logger-admin rotate 4fzyo82mvyi1
  central-logger-admin rotate 4fzyo82mvyi1 --grace 14d --message-file acme.txt
  central-logger-admin rotate 4fzyo82mvyi1 --extend 24h
  central-logger-admin rotate 4fzyo82mvyi1 --finish")]
pub(crate) struct RotateArgs {
    /// The id of the key, as `list` shows it
    #[arg(value_name = "KEY_ID")]
    pub(crate) id: String,

    /// How much longer the old key is valid; 0 revokes it at once
    #[arg(long, value_name = "DURATION", default_value = "24h")]
    pub(crate) grace: Span,

    /// When the successor ends (default: after the original lifetime of the old key)
    #[arg(long, value_name = "WHEN")]
    pub(crate) expires: Option<When>,

    /// Instead of rotating, end the grace period of a rotated key
    #[arg(long, conflicts_with_all = ["grace", "expires", "extend", "message_file"])]
    pub(crate) finish: bool,

    /// Instead of rotating, extend the grace period of a rotated key by this duration
    #[arg(long, value_name = "DURATION", conflicts_with_all = ["grace", "expires", "message_file"])]
    pub(crate) extend: Option<Span>,

    #[command(flatten)]
    pub(crate) message: MessageArgs,

    #[command(flatten)]
    pub(crate) wait: WaitArgs,
}
