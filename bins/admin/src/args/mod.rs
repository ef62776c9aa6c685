//! The arguments of each command.

mod audit;
mod client;
mod database;
mod deliver;
mod import;
mod intake;
mod issue;
mod keys;
mod logs;
mod monitoring;
mod provider_key;
mod quota;
mod retention;
mod reveal_links;
mod rotate;
mod sessions;
mod status_links;
mod update;
mod workflow;

pub(crate) use audit::AuditArgs;
pub(crate) use client::{
    ClientCommand, LimitArg, ListClientsArgs, OnLeakArg, RemoveClientArgs, ScopeArg, SetClientArgs,
    Switch, TextArg,
};
pub(crate) use database::{
    BackupArgs, CompletionsArgs, DoctorArgs, MigrateArgs, MoveArgs, RestoreArgs,
};
pub(crate) use deliver::{DeliverCommand, SetTargetArgs, TemplateArg};
pub(crate) use import::ImportArgs;
pub(crate) use intake::{IntakeCommand, RuleArgs, SampleArgs, SetMappingArgs, TryMappingArgs};
pub(crate) use issue::{GenerateArgs, IssueArgs, MessageArgs};
pub(crate) use keys::{ListArgs, RevokeArgs, ShowArgs, SwitchArgs};
pub(crate) use logs::LogsCommand;
pub(crate) use monitoring::{AlertsArgs, UsageArgs};
pub(crate) use provider_key::{
    IssueProviderKeyArgs, ProviderKeyCommand, RevokeProviderKeyArgs, RotateProviderKeyArgs,
};
pub(crate) use quota::{QuotaCommand, SetQuotaArgs};
pub(crate) use retention::{ForgetArgs, RetentionCommand, SetRetentionArgs};
pub(crate) use reveal_links::{LinkArgs, RevealLinksCommand};
pub(crate) use rotate::RotateArgs;
pub(crate) use sessions::{EndSessionsArgs, SessionsCommand, SignInLinkArgs};
pub(crate) use status_links::{LinkKind, MakeStatusLinkArgs, StatusLinksCommand};
pub(crate) use update::UpdateArgs;
pub(crate) use workflow::{ExpectArgs, IncidentsArgs, NamedWorkflow, WorkflowCommand};

use central_logger_command_line::SharedFlags;
use clap::{Parser, Subcommand};

/// Issues API keys to clients and manages them.
///
/// Works on the same database as the server, on the same machine or another. Options with a name in
/// brackets can also be set under that name in the environment or in a .env file.
#[derive(Debug, Parser)]
#[command(name = "central-logger-admin", version, after_help = EXAMPLES)]
pub(crate) struct Args {
    /// Print one JSON document, and errors as {"error":{"code","message"}}
    #[arg(long, global = true)]
    pub(crate) json: bool,

    #[command(flatten)]
    pub(crate) settings: SharedFlags,

    #[command(subcommand)]
    pub(crate) command: Command,
}

const EXAMPLES: &str = "\
Examples:
  central-logger-admin issue --client acme_corp --name 'Acme Corp.' --expires 90d
  central-logger-admin list --client acme_corp
  central-logger-admin revoke 4fzyo82mvyi1 --reason 'leaked in a public repository'
  central-logger-admin generate --client acme_corp

Exit status: 0 done, 1 refused or failed, 2 wrong usage.";

// The help of each command is that of its arguments. A doc comment here would be that of the program.
#[derive(Debug, Subcommand)]
pub(crate) enum Command {
    Generate(GenerateArgs),
    Issue(IssueArgs),
    List(ListArgs),
    Show(ShowArgs),
    Update(UpdateArgs),
    Rotate(RotateArgs),
    Revoke(RevokeArgs),

    /// Switch a key off until it is enabled again
    #[command(after_help = "\
Example:
  central-logger-admin disable 4fzyo82mvyi1")]
    Disable(SwitchArgs),

    /// Switch a disabled key on again
    #[command(after_help = "\
Example:
  central-logger-admin enable 4fzyo82mvyi1")]
    Enable(SwitchArgs),

    /// Manage keys of the provider's own programs
    #[command(subcommand)]
    ProviderKey(ProviderKeyCommand),

    /// Manage clients and what they may do by themselves
    #[command(subcommand)]
    Client(ClientCommand),

    /// Manage client quotas
    #[command(subcommand)]
    Quota(QuotaCommand),

    /// Manage log retention
    #[command(subcommand)]
    Retention(RetentionCommand),

    /// Manage where keys of clients are handed over to
    #[command(subcommand)]
    Deliver(DeliverCommand),

    /// Manage how logs are stored
    #[command(subcommand)]
    Logs(LogsCommand),

    /// List and withdraw links by which clients get keys
    #[command(subcommand)]
    RevealLinks(RevealLinksCommand),

    SignInLink(SignInLinkArgs),

    /// List and end sessions of people who have signed in
    #[command(subcommand)]
    Sessions(SessionsCommand),

    Import(ImportArgs),
    Usage(UsageArgs),
    Alerts(AlertsArgs),
    Audit(AuditArgs),

    /// See how workflows stand, and say what is expected of them
    #[command(subcommand)]
    Workflow(WorkflowCommand),

    Incidents(IncidentsArgs),

    /// Say which fields of other systems become ours, and manage hooks for webhooks
    #[command(subcommand)]
    Intake(IntakeCommand),

    /// Make, list and withdraw badges and status pages of clients
    #[command(subcommand)]
    StatusLinks(StatusLinksCommand),

    Migrate(MigrateArgs),
    Backup(BackupArgs),
    Restore(RestoreArgs),
    Move(MoveArgs),
    Doctor(DoctorArgs),
    Completions(CompletionsArgs),
}

#[derive(Debug, clap::Args)]
pub(crate) struct WaitArgs {
    /// Return when the change is committed, instead of when all servers apply it
    #[arg(long)]
    pub(crate) no_wait: bool,
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::assert_text;
    use clap::CommandFactory;

    const WIDTH: usize = 80;

    /// Every command of the program, with its name behind those of the commands above it.
    fn commands() -> Vec<(String, clap::Command)> {
        let mut program = Args::command();
        program.build();
        let mut found = Vec::new();
        let mut left = vec![("help".to_owned(), program)];
        while let Some((name, command)) = left.pop() {
            let inner = command.get_subcommands();
            let inner = inner.filter(|inner| inner.get_name() != "help");
            left.extend(inner.map(|inner| (format!("{name}-{}", inner.get_name()), inner.clone())));
            found.push((name, command.term_width(WIDTH)));
        }
        found
    }

    #[test]
    fn the_command_line_is_sound() {
        Args::command().debug_assert();
    }

    #[test]
    fn the_help_of_every_command_is_as_reviewed() {
        for (name, mut command) in commands() {
            assert_text(&name, &command.render_long_help().to_string());
        }
    }

    /// A paragraph that was broken by hand is broken a second time where the terminal ends.
    #[test]
    fn help_fills_its_lines() {
        for (name, mut command) in commands() {
            let help = command.render_long_help().to_string();
            let lines: Vec<_> = help.lines().collect();
            for pair in lines.windows(2) {
                let starts = |line: &str| line.starts_with(char::is_alphabetic);
                let first_word = pair[1].split(' ').next().unwrap_or_default();
                let is_paragraph = starts(pair[0]) && starts(pair[1]);
                let is_full = pair[0].len() + 1 + first_word.len() > WIDTH;
                assert!(!is_paragraph || is_full, "{name}:\n{pair:#?}");
            }
        }
    }
}
