use super::WaitArgs;
use central_logger_delivery::{InvalidTargetName, InvalidValueTemplate, TargetName, ValueTemplate};
use central_logger_keys::ClientId;
use clap::Subcommand;
use std::str::FromStr;

#[derive(Debug, Subcommand)]
pub(crate) enum DeliverCommand {
    /// Set where the keys of a client are handed over to
    #[command(after_help = "\
TARGET is one of these, or none:
  file:/run/keys/acme_corp
  vault:MOUNT/PATH
  aws-secretsmanager:NAME[?region=REGION]
  azure-keyvault:https://VAULT.vault.azure.net/secrets/NAME
  smtp:ADDRESS (a link by which the client gets the key)

Examples:
  central-logger-admin deliver set --client acme_corp vault:secret/acme/logger
  central-logger-admin deliver set --client acme_corp file:/run/keys/acme.env \\
      --template 'LOGGER_API_KEY={key}\\nLOGGER_API_URL={url}\\n'
  central-logger-admin deliver set --client acme_corp none")]
    Set(SetTargetArgs),

    /// Check that keys could be handed over, without changing anything there
    #[command(after_help = "\
Examples:
  central-logger-admin deliver check
  central-logger-admin deliver check --client acme_corp")]
    Check {
        /// Only the target of this client
        #[arg(long, value_name = "ID")]
        client: Option<ClientId>,
    },
}

#[derive(Debug, clap::Args)]
pub(crate) struct SetTargetArgs {
    /// The client
    #[arg(long, value_name = "ID")]
    pub(crate) client: ClientId,

    /// Where its keys go, or none
    #[arg(value_name = "TARGET")]
    pub(crate) target: TargetArg,

    /// What is written there, with {key} once and {url}, {key_id}, {client_id}; or none for the key alone
    #[arg(long, value_name = "TEMPLATE|none")]
    pub(crate) template: Option<TemplateArg>,

    #[command(flatten)]
    pub(crate) wait: WaitArgs,
}

/// A target, or `None` for none.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct TargetArg(pub(crate) Option<TargetName>);

/// What is written there, or `None` for the key alone.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct TemplateArg(pub(crate) Option<ValueTemplate>);

impl FromStr for TemplateArg {
    type Err = InvalidValueTemplate;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        match text {
            "none" => Ok(Self(None)),
            template => template.parse().map(|template| Self(Some(template))),
        }
    }
}

impl FromStr for TargetArg {
    type Err = InvalidTargetName;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        match text {
            "none" => Ok(Self(None)),
            target => target.parse().map(|target| Self(Some(target))),
        }
    }
}
