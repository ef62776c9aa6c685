use crate::when::When;
use central_logger_keys::ClientId;
use central_logger_times::UnitDuration;
use central_logger_workflows::WorkflowName;

#[derive(Debug, clap::Subcommand)]
pub(crate) enum WorkflowCommand {
    /// List the workflows of a client, and how they stand
    #[command(after_help = "\
Example:
  central-logger-admin workflow list --client acme_corp")]
    List {
        /// The client
        #[arg(long, value_name = "ID")]
        client: ClientId,

        /// Only workflows of this name
        #[arg(long, value_name = "NAME")]
        workflow: Option<String>,

        /// Only workflows of this environment
        #[arg(long, value_name = "ENVIRONMENT")]
        environment: Option<String>,
    },

    /// Show a workflow, its last run and its monitor
    #[command(after_help = "\
Example:
  central-logger-admin workflow show --client acme_corp --workflow backup --environment prod")]
    Show(NamedWorkflow),

    /// Say when runs of a workflow are expected
    #[command(after_help = "\
Servers raise an incident when a run does not start, fails or does not end. A workflow that has not run \
yet is waited for.

Examples:
  central-logger-admin workflow expect --client acme_corp --workflow backup --every 24h --grace 1h
  central-logger-admin workflow expect --client acme_corp --workflow report --environment prod \\
      --cron '0 3 * * 1-5' --time-zone Europe/Berlin --max-runtime 2h
  central-logger-admin workflow expect --client acme_corp --workflow backup --nothing")]
    Expect(ExpectArgs),

    /// Send nobody messages about a workflow for a time
    #[command(after_help = "\
Example:
  central-logger-admin workflow silence --client acme_corp --workflow backup --for 8h")]
    Silence {
        #[command(flatten)]
        name: NamedWorkflow,

        /// For how long
        #[arg(long = "for", value_name = "DURATION")]
        length: UnitDuration,
    },

    /// Compute the state of a client's workflows anew from its logs of eight days
    #[command(after_help = "\
Monitors and incidents stay.

Example:
  central-logger-admin workflow rebuild --client acme_corp")]
    Rebuild {
        /// The client
        #[arg(long, value_name = "ID")]
        client: ClientId,
    },
}

/// A workflow of a client.
#[derive(Debug, clap::Args)]
pub(crate) struct NamedWorkflow {
    /// The client
    #[arg(long, value_name = "ID")]
    pub(crate) client: ClientId,

    /// The name of the workflow
    #[arg(long, value_name = "NAME")]
    workflow: String,

    /// The environment in which it runs
    #[arg(long, value_name = "ENVIRONMENT", default_value = "default")]
    environment: String,
}

#[derive(Debug, clap::Args)]
pub(crate) struct ExpectArgs {
    #[command(flatten)]
    pub(crate) name: NamedWorkflow,

    /// A run is expected so long after the start of the one before
    #[arg(long, value_name = "DURATION", required_unless_present_any = ["cron", "nothing"])]
    pub(crate) every: Option<UnitDuration>,

    /// Runs are expected at the times of this cron line, of five fields
    #[arg(long, value_name = "LINE", conflicts_with = "every")]
    pub(crate) cron: Option<String>,

    /// The time zone of the cron line [default: UTC]
    #[arg(long, value_name = "ZONE", requires = "cron")]
    pub(crate) time_zone: Option<String>,

    /// How much later a run may start [default: 10m]
    #[arg(long, value_name = "DURATION")]
    pub(crate) grace: Option<UnitDuration>,

    /// How long a run may take
    #[arg(long, value_name = "DURATION")]
    pub(crate) max_runtime: Option<UnitDuration>,

    /// How many runs in a row may fail, with the one that is an incident [default: 1]
    #[arg(long, value_name = "NUMBER")]
    pub(crate) fail_after: Option<u32>,

    /// A status that is a failure; repeatable
    #[arg(long, value_name = "STATUS")]
    pub(crate) failed: Vec<String>,

    /// Nothing any more: removes the monitor
    #[arg(long, conflicts_with_all = ["every", "cron", "grace", "max_runtime", "fail_after", "failed"])]
    pub(crate) nothing: bool,
}

/// Show what went wrong with workflows that have a monitor
#[derive(Debug, clap::Args)]
#[command(after_help = "\
There is one incident for an episode. The most recent come first.

Examples:
  central-logger-admin incidents
  central-logger-admin incidents --client acme_corp --since 30d --open")]
pub(crate) struct IncidentsArgs {
    /// Only incidents of this client
    #[arg(long, value_name = "ID")]
    pub(crate) client: Option<ClientId>,

    /// Only incidents that had not ended by then: 7d, 24h … ago, or RFC 3339
    #[arg(long, value_name = "WHEN", default_value = "7d")]
    pub(crate) since: When,

    /// Only incidents that have not ended
    #[arg(long)]
    pub(crate) open: bool,
}

impl NamedWorkflow {
    pub(crate) fn name(&self) -> WorkflowName {
        WorkflowName::new(&self.environment, &self.workflow)
    }
}
