use crate::{
    args::{ExpectArgs, IncidentsArgs, NamedWorkflow, WorkflowCommand},
    context::{Context, Opened},
    error::AdminError,
    text::{incident_table, monitor_lines, workflow_lines, workflow_table},
};
use central_logger_database::{Database, OpenOptions};
use central_logger_keys::ClientId;
use central_logger_log_store::ValidationErrors;
use central_logger_times::SystemClock;
use central_logger_workflow_channels::{Channels, Senders};
use central_logger_workflow_follower::rebuild;
use central_logger_workflow_operations::{Once, WorkflowOperations};
use central_logger_workflows::{
    IncidentQuery, MonitorView, WorkflowError, WorkflowName, WorkflowQuery, Workflows,
};
use serde_json::{Map, Value, json};
use std::sync::Arc;

/// How many incidents are read at a time.
const INCIDENTS_AT_A_TIME: usize = 1000;

pub(crate) async fn workflow(
    context: &Context<'_>,
    command: WorkflowCommand,
) -> Result<(), AdminError> {
    let database = open(context).await?;
    let workflows = Workflows::new(database.workflows(), Arc::new(SystemClock));
    match command {
        WorkflowCommand::List {
            client,
            workflow,
            environment,
        } => {
            let query = WorkflowQuery {
                environment,
                workflow,
                state: None,
            };
            let list = workflows.list(&client, &query).await?;
            let text = || match list.is_empty() {
                true => "No workflows.".to_owned(),
                false => workflow_table(&list),
            };
            context.output.result(&json!({"workflows": list}), text)
        }
        WorkflowCommand::Show(named) => {
            let shown = workflows.show(&named.client, &checked(&named)?).await?;
            let shown = shown.ok_or(AdminError::UnknownWorkflow)?;
            context.output.result(&shown, || workflow_lines(&shown))
        }
        WorkflowCommand::Expect(args) => {
            expect(context, &operations(context, &*database)?, args).await
        }
        WorkflowCommand::Silence { name, length } => {
            let workflow = checked(&name)?;
            let operations = operations(context, &*database)?;
            let silenced = operations.silence(&name.client, &workflow, length);
            show_monitor(context, done(silenced.await?))
        }
        WorkflowCommand::Rebuild { client } => recompute(context, &*database, &client).await,
    }
}

/// What changes are made by, in the name of who is at the keyboard.
pub(super) fn operations(
    context: &Context<'_>,
    database: &dyn Database,
) -> Result<WorkflowOperations, AdminError> {
    let opened = Opened::new(database, context.settings()?);
    let (store, clock) = (database.workflows(), Arc::new(SystemClock));
    let workflows = Workflows::new(Arc::clone(&store), clock.clone());
    let channels = Channels::new(store, clock, Senders::default());
    Ok(WorkflowOperations::new(
        opened.operations,
        workflows,
        channels,
    ))
}

/// Nothing is repeated here: no change has the name of a request.
fn done<T>(once: Once<Option<T>>) -> Option<T> {
    match once {
        Once::Done(done) => done,
        Once::Repeated => None,
    }
}

async fn expect(
    context: &Context<'_>,
    operations: &WorkflowOperations,
    args: ExpectArgs,
) -> Result<(), AdminError> {
    let (client, name) = (&args.name.client, checked(&args.name)?);
    if args.nothing {
        let removed = done(operations.remove_monitor(client, &name).await?);
        let removed = removed.ok_or(AdminError::UnknownMonitor)?;
        return context
            .output
            .result(&removed, || "Nothing is expected any more.".to_owned());
    }
    let members = members(&args);
    let set = operations.set_monitor(client, &name, &members, false);
    show_monitor(context, done(set.await?))
}

fn members(args: &ExpectArgs) -> Map<String, Value> {
    let text = |value: Option<String>| value.map(Value::from);
    let failed = (!args.failed.is_empty()).then(|| json!(args.failed));
    let members = [
        ("every", text(args.every.map(|every| every.to_string()))),
        ("cron", text(args.cron.clone())),
        ("time_zone", text(args.time_zone.clone())),
        ("grace", text(args.grace.map(|grace| grace.to_string()))),
        (
            "max_runtime",
            text(args.max_runtime.map(|limit| limit.to_string())),
        ),
        ("fail_after", args.fail_after.map(Value::from)),
        ("failed", failed),
    ];
    let given = members.into_iter();
    let given = given.filter_map(|(name, value)| Some((name.to_owned(), value?)));
    given.collect()
}

fn show_monitor(context: &Context<'_>, monitor: Option<MonitorView>) -> Result<(), AdminError> {
    let monitor = monitor.ok_or(AdminError::UnknownMonitor)?;
    context.output.result(&monitor, || monitor_lines(&monitor))
}

async fn recompute(
    context: &Context<'_>,
    database: &dyn Database,
    client: &ClientId,
) -> Result<(), AdminError> {
    let (store, logs) = (database.workflows(), database.logs());
    let entries = rebuild(&*store, &*logs, client, context.now()).await?;
    let result = json!({"client_id": client, "entries": entries});
    context.output.result(&result, || {
        format!("Computed anew from {entries} entries of the last eight days.")
    })
}

pub(crate) async fn incidents(
    context: &Context<'_>,
    args: IncidentsArgs,
) -> Result<(), AdminError> {
    let database = open(context).await?;
    let workflows = Workflows::new(database.workflows(), Arc::new(SystemClock));
    let query = IncidentQuery {
        since: Some(args.since.before(context.now()).get()),
        open: args.open.then_some(true),
        limit: INCIDENTS_AT_A_TIME,
        ..IncidentQuery::default()
    };
    let client = args.client.as_ref();
    let mut list = workflows.incidents_of_all(client, None, &query).await?;
    while let Some(place) = list.next_cursor.take() {
        let behind = workflows.incidents_of_all(client, Some(&place), &query);
        let behind = behind.await?;
        list.incidents.extend(behind.incidents);
        list.next_cursor = behind.next_cursor;
    }
    context
        .output
        .result(&list, || match list.incidents.is_empty() {
            true => "No incidents.".to_owned(),
            false => incident_table(&list.incidents),
        })
}

pub(super) async fn open(context: &Context<'_>) -> Result<Arc<dyn Database>, AdminError> {
    let settings = context.settings()?;
    Ok(settings.open_database(&OpenOptions::default()).await?)
}

fn checked(named: &NamedWorkflow) -> Result<WorkflowName, AdminError> {
    let name = named.name();
    match name.check() {
        Ok(()) => Ok(name),
        Err(error) => Err(WorkflowError::Invalid(ValidationErrors::from(error)).into()),
    }
}
