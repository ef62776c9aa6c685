use central_logger_intake::{InvalidRules, RuleField, Rules};
use central_logger_intake_mappings::MappingName;
use central_logger_keys::ClientId;
use clap::builder::PossibleValuesParser;
use std::path::PathBuf;

#[derive(Debug, clap::Subcommand)]
pub(crate) enum IntakeCommand {
    /// Set which foreign fields become the fields of a client's entries
    #[command(after_help = "\
The rules of the mapping `default` hold for all foreign protocols. Each mapping is a hook, too, for webhooks: its \
path and secret are shown when it is made, and stay when its rules are set anew. With --sample they hold only if \
each rule finds something in the sample. Running servers apply a change within a second, which the command waits \
for.

Examples:
  central-logger-admin intake set --client acme_corp --workflow kubernetes.labels.app \\
      --environment kubernetes.namespace_name --default environment=prod
  central-logger-admin intake set --client acme_corp --name github --like github
  central-logger-admin intake set --client acme_corp --name backup --workflow job \\
      --status result --value status:ok=SUCCESS --sample backup.json")]
    Set(SetMappingArgs),

    /// Show what rules make of a file, and store nothing
    #[command(after_help = "\
Examples:
  central-logger-admin intake try sample.json --workflow job --status result
  central-logger-admin intake try delivery.json --like github
  central-logger-admin intake try push.json --protocol loki --client acme_corp")]
    Try(TryMappingArgs),

    /// List the mappings of a client
    #[command(after_help = "\
Example:
  central-logger-admin intake show --client acme_corp")]
    Show {
        /// The client
        #[arg(long, value_name = "ID")]
        client: ClientId,

        /// Only the mapping of this name
        #[arg(long, value_name = "NAME")]
        name: Option<MappingName>,
    },

    /// Remove a mapping of a client, and its hook
    #[command(after_help = "\
Example:
  central-logger-admin intake remove --client acme_corp --name github")]
    Remove {
        /// The client
        #[arg(long, value_name = "ID")]
        client: ClientId,

        /// The mapping
        #[arg(long, value_name = "NAME")]
        name: MappingName,
    },
}

#[derive(Debug, clap::Args)]
pub(crate) struct SetMappingArgs {
    /// The client
    #[arg(long, value_name = "ID")]
    pub(crate) client: ClientId,

    /// The name of the mapping
    #[arg(long, value_name = "NAME", default_value = "default")]
    pub(crate) name: MappingName,

    #[command(flatten)]
    pub(crate) rules: RuleArgs,

    /// A file that each rule has to find something in; - is standard input
    #[arg(long, value_name = "FILE")]
    pub(crate) sample: Option<PathBuf>,

    #[command(flatten)]
    pub(crate) kind: SampleArgs,
}

#[derive(Debug, clap::Args)]
pub(crate) struct TryMappingArgs {
    /// What is sent, without compression; - is standard input
    pub(crate) file: PathBuf,

    /// By the rules of this client, unless others are given
    #[arg(long, value_name = "ID")]
    pub(crate) client: Option<ClientId>,

    /// The client's mapping
    #[arg(
        long,
        value_name = "NAME",
        default_value = "default",
        requires = "client"
    )]
    pub(crate) name: MappingName,

    #[command(flatten)]
    pub(crate) rules: RuleArgs,

    #[command(flatten)]
    pub(crate) kind: SampleArgs,
}

/// What a sample is.
#[derive(Debug, clap::Args)]
pub(crate) struct SampleArgs {
    /// The protocol of the sample
    #[arg(long, value_name = "PROTOCOL", default_value = "hook",
          value_parser = PossibleValuesParser::new(["otlp", "elastic", "loki", "seq", "splunk", "journald", "cloudevents", "hook"]))]
    pub(crate) protocol: String,

    /// The media type of the sample [default: the usual one of its protocol]
    #[arg(long, value_name = "TYPE")]
    pub(crate) content_type: Option<String>,
}

/// Rules, in the order in which they come before one another: options, a file, an engine.
#[derive(Debug, clap::Args)]
pub(crate) struct RuleArgs {
    /// A foreign field of the workflow; repeatable, the better ones first. A dot leads into an object
    #[arg(long, value_name = "FIELD")]
    workflow: Vec<String>,

    /// A foreign field of the status; repeatable
    #[arg(long, value_name = "FIELD")]
    status: Vec<String>,

    /// A foreign field of the environment; repeatable
    #[arg(long, value_name = "FIELD")]
    environment: Vec<String>,

    /// A foreign field of the message; repeatable
    #[arg(long, value_name = "FIELD")]
    message: Vec<String>,

    /// A foreign field of the time; repeatable
    #[arg(long, value_name = "FIELD")]
    executed_at: Vec<String>,

    /// A foreign field of the sender's id of an entry; repeatable
    #[arg(long, value_name = "FIELD")]
    event_id: Vec<String>,

    /// A foreign field of the run of the workflow; repeatable
    #[arg(long, value_name = "FIELD")]
    run_id: Vec<String>,

    /// What stands for a value that is found, as in status:ok=SUCCESS; repeatable
    #[arg(long, value_name = "FIELD:SENT=TEXT")]
    value: Vec<String>,

    /// What a field is where nothing is found, as in environment=prod; repeatable
    #[arg(long, value_name = "FIELD=TEXT")]
    default: Vec<String>,

    /// A file with rules as JSON
    #[arg(long, value_name = "FILE")]
    pub(crate) rules: Option<PathBuf>,

    /// The rules for what an engine sends
    #[arg(long, value_name = "ENGINE", value_parser = PossibleValuesParser::new(Rules::KNOWN))]
    pub(crate) like: Option<String>,
}

impl RuleArgs {
    /// Returns the rules of the options, without those of a file and an engine.
    pub(crate) fn given(&self) -> Result<Rules, InvalidRules> {
        let mut rules = Rules::default();
        for (field, names) in [
            (RuleField::Workflow, &self.workflow),
            (RuleField::Status, &self.status),
            (RuleField::Environment, &self.environment),
            (RuleField::Message, &self.message),
            (RuleField::ExecutedAt, &self.executed_at),
            (RuleField::EventId, &self.event_id),
            (RuleField::RunId, &self.run_id),
        ] {
            for name in names {
                rules.add_name(field, name)?;
            }
        }
        for default in &self.default {
            let (field, text) = halves(default, '=', "--default is FIELD=TEXT")?;
            rules.set_default(field.parse()?, text)?;
        }
        for value in &self.value {
            let usage = "--value is FIELD:SENT=TEXT";
            let (field, values) = halves(value, ':', usage)?;
            let (sent, text) = halves(values, '=', usage)?;
            rules.add_value(field.parse()?, sent, text)?;
        }
        Ok(rules)
    }
}

fn halves<'t>(text: &'t str, sign: char, usage: &str) -> Result<(&'t str, &'t str), InvalidRules> {
    let halves = text.split_once(sign);
    halves.ok_or_else(|| InvalidRules::new(usage))
}
