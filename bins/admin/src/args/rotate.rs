use super::{MessageArgs, WaitArgs};
use crate::when::{Span, When};
use time::Duration;

/// Replace a key; both keys are valid until the grace period ends
#[derive(Debug, clap::Args)]
#[command(after_help = "\
The successor has the same client, name, scopes, networks, rate, label and note, and its lifetime is \
the original one of the old key, from now on. The old key never lives longer than it would have.

With --deliver, the successor goes to the target that `deliver set` has set, and is not shown; the grace \
period begins when it is there. What was interrupted is taken up by the next run.

Examples:
  central-logger-admin rotate 4fzyo82mvyi1
  central-logger-admin rotate 4fzyo82mvyi1 --grace 14d --message-file acme.txt
  central-logger-admin rotate 4fzyo82mvyi1 --deliver
  central-logger-admin rotate --due 90d --deliver --finish-idle 24h
  central-logger-admin rotate 4fzyo82mvyi1 --extend 24h
  central-logger-admin rotate 4fzyo82mvyi1 --finish")]
pub(crate) struct RotateArgs {
    /// The id of the key, as `list` shows it
    #[arg(
        value_name = "KEY_ID",
        required_unless_present = "due",
        conflicts_with = "due"
    )]
    pub(crate) id: Option<String>,

    /// All keys older than this, and weak ones, of clients that have a target
    #[arg(long, value_name = "AGE", requires = "deliver")]
    pub(crate) due: Option<Span>,

    /// How much longer the old key is valid, 0 revokes it at once (default: 24h, with --due 30d)
    #[arg(long, value_name = "DURATION")]
    pub(crate) grace: Option<Span>,

    /// When the successor ends (default: after the original lifetime of the old key)
    #[arg(long, value_name = "WHEN", conflicts_with = "due")]
    pub(crate) expires: Option<When>,

    /// Hand the successor over to the client's target instead of showing it
    #[arg(long, conflicts_with_all = ["finish", "extend", "message_file"])]
    pub(crate) deliver: bool,

    /// Replace whatever the target holds
    #[arg(long, requires = "deliver", conflicts_with = "due")]
    pub(crate) overwrite: bool,

    /// Revoke old keys that were not used for so long, if their successors were used
    #[arg(long, value_name = "DURATION", requires = "due")]
    pub(crate) finish_idle: Option<Span>,

    /// Instead of rotating, end the grace period of a rotated key
    #[arg(long, conflicts_with_all = ["grace", "expires", "extend", "message_file", "due"])]
    pub(crate) finish: bool,

    /// Instead of rotating, extend the grace period of a rotated key by this duration
    #[arg(long, value_name = "DURATION", conflicts_with_all = ["grace", "expires", "message_file", "due"])]
    pub(crate) extend: Option<Span>,

    #[command(flatten)]
    pub(crate) message: MessageArgs,

    #[command(flatten)]
    pub(crate) wait: WaitArgs,
}

impl RotateArgs {
    /// How much longer the old key is valid.
    pub(crate) fn grace(&self) -> Duration {
        let usual = match self.due {
            Some(_) => Duration::days(30),
            None => Duration::DAY,
        };
        self.grace.map_or(usual, |grace| grace.0)
    }
}
