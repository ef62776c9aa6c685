use super::WaitArgs;
use central_logger_key_store::{Patch, RateLimit};
use central_logger_keys::Networks;
use central_logger_text::PlainText;

/// Change a key that stays the same key: its name, note, networks or rate
#[derive(Debug, clap::Args)]
#[command(after_help = "\
What is not named stays as it is. The networks that are named replace all that the key had; from \
anywhere is 0.0.0.0/0 and ::/0. The audit trail has the key before and after.

Examples:
  central-logger-admin update 4fzyo82mvyi1 --name 'Acme Corp., invoices'
  central-logger-admin update 4fzyo82mvyi1 --rate 100/s --allow-ip 203.0.113.0/24
  central-logger-admin update 4fzyo82mvyi1 --rate none")]
#[group(id = "changes", required = true, multiple = true, args = ["name", "note", "allow_ip", "rate"])]
pub(crate) struct UpdateArgs {
    // Text, since the parser would repeat a secret that was pasted in its place.
    /// The id of the key, as `list` or `provider-key list` shows it
    #[arg(value_name = "KEY_ID")]
    pub(crate) id: String,

    /// The name, for people
    #[arg(long, value_name = "TEXT")]
    pub(crate) name: Option<PlainText>,

    /// The remark
    #[arg(long, value_name = "TEXT")]
    pub(crate) note: Option<PlainText>,

    /// Accept the key only from this network, such as 203.0.113.0/24 or 2001:db8::/32; can be
    /// repeated
    #[arg(long = "allow-ip", value_name = "CIDR")]
    pub(crate) allow_ip: Vec<Networks>,

    /// How often the key can be used, such as 100/s, 600/m or 5000/h, or none for no limit
    #[arg(long, value_name = "N/s|m|h|none", value_parser = rate)]
    pub(crate) rate: Option<Patch<RateLimit>>,

    #[command(flatten)]
    pub(crate) wait: WaitArgs,
}

/// Error returned when parsing a rate or `none` fails.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("must be none, or a rate such as 100/s, 600/m or 5000/h, of 1 to 1000000 requests")]
struct InvalidRate;

fn rate(text: &str) -> Result<Patch<RateLimit>, InvalidRate> {
    match text {
        "none" => Ok(Patch::Clear),
        text => text.parse().map(Patch::Set).map_err(|_| InvalidRate),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_rate_can_be_taken_away() {
        assert_eq!(rate("none"), Ok(Patch::Clear));
        assert_eq!(rate("100/s"), Ok(Patch::Set("100/s".parse().unwrap())));
        for text in ["", "None", "0/s", "100"] {
            assert_eq!(rate(text), Err(InvalidRate), "{text}");
        }
    }
}
