//! Badges and status pages of clients.

use super::workflow::{open, operations};
use crate::{
    args::{LinkKind, MakeStatusLinkArgs, StatusLinksCommand},
    context::Context,
    error::AdminError,
    handover::base_url,
    table::table,
    text::minute,
};
use central_logger_command_line::OutputTarget;
use central_logger_times::SystemClock;
use central_logger_workflow_operations::{NewStatusLink, Once, WorkflowOperations};
use central_logger_workflows::{
    Workflows,
    channel::ChannelSubject,
    status_link::{StatusLinkKind, StatusLinkView},
};
use serde_json::json;
use std::sync::Arc;

pub(crate) async fn status_links(
    context: &Context<'_>,
    command: StatusLinksCommand,
) -> Result<(), AdminError> {
    let database = open(context).await?;
    match command {
        StatusLinksCommand::Make(args) => {
            make(context, &operations(context, &*database)?, args).await
        }
        StatusLinksCommand::List { client } => {
            let workflows = Workflows::new(database.workflows(), Arc::new(SystemClock));
            let links = workflows.status_links(&client).await?;
            let text = || match links.is_empty() {
                true => "There are no badges or status pages.".to_owned(),
                false => link_table(&links),
            };
            context.output.result(&json!({"links": links}), text)
        }
        StatusLinksCommand::Withdraw { id, client } => {
            let operations = operations(context, &*database)?;
            match operations.withdraw_status_link(&client, &id).await? {
                Once::Done(Some(link)) => context.output.result(&link, || {
                    format!("The link {} shows nothing any more.", link.id)
                }),
                _ => Err(AdminError::UnknownStatusLink),
            }
        }
    }
}

async fn make(
    context: &Context<'_>,
    operations: &WorkflowOperations,
    args: MakeStatusLinkArgs,
) -> Result<(), AdminError> {
    // So that there is no link that nobody can see.
    OutputTarget::stdout()
        .need_reader()
        .map_err(AdminError::NoReader)?;
    let base_url = base_url(&context.settings()?)?;
    let new = NewStatusLink {
        kind: match args.kind {
            LinkKind::Badge => StatusLinkKind::Badge,
            LinkKind::Page => StatusLinkKind::Page,
        },
        title: args.title,
        about: ChannelSubject {
            environment: args.environment,
            workflows: args.workflow,
        },
        shows_names: args.names,
    };
    let made = operations.add_status_link(&args.client, new, &base_url);
    match made.await? {
        Once::Done(made) => context.output.result(&made, || {
            let kind = made.link.kind.as_str();
            format!(
                "Made the {kind} {}. Its address is shown this once:\n\n    {}",
                made.link.id, made.url
            )
        }),
        Once::Repeated => Err(AdminError::UnknownStatusLink),
    }
}

fn link_table(links: &[StatusLinkView]) -> String {
    let header = [
        "ID",
        "KIND",
        "TITLE",
        "ENVIRONMENT",
        "WORKFLOWS",
        "NAMES",
        "MADE",
    ];
    let row = |link: &StatusLinkView| {
        let any = |text: &Option<String>| text.clone().unwrap_or_else(|| "-".to_owned());
        let workflows = link.workflows.as_ref().map(|names| names.join(", "));
        [
            link.id.clone(),
            link.kind.as_str().to_owned(),
            any(&link.title),
            any(&link.environment),
            workflows.unwrap_or_else(|| "all".to_owned()),
            if link.shows_names { "shown" } else { "hidden" }.to_owned(),
            minute(link.created_at),
        ]
    };
    table(header, links.iter().map(row))
}
