use super::{confirm::confirm, static_keys::remark, wait::wait};
use crate::{
    args::{
        ClientCommand, LimitArg, ListClientsArgs, OnLeakArg, RemoveClientArgs, ScopeArg,
        SetClientArgs, Switch, TextArg,
    },
    context::Context,
    error::AdminError,
    text::{client_lines, client_table, policy_lines},
};
use central_logger_client_records::{ClientPatch, Limit, Patch, PolicyPatch};
use central_logger_keys::{ClientId, Scopes};
use central_logger_operations::clients::ClientFilter;
use central_logger_text::PlainText;

pub(crate) async fn client(
    context: &Context<'_>,
    command: ClientCommand,
) -> Result<(), AdminError> {
    match command {
        ClientCommand::Set(args) => set(context, args).await,
        ClientCommand::List(args) => list(context, args).await,
        ClientCommand::Show { client } => show(context, &client).await,
        ClientCommand::Remove(args) => remove(context, args).await,
    }
}

async fn set(context: &Context<'_>, args: SetClientArgs) -> Result<(), AdminError> {
    let operations = context.open_or_create().await?.operations;
    let patch = patch(&args);
    let Some(client) = &args.client else {
        let set = operations.set_policy_of_all(&patch.policy).await?;
        let waited = wait(context, set.everywhere(), &args.wait).await?;
        let lines = policy_lines(&set.result.policy);
        let text = format!("All clients without values of their own:\n{lines}\n{waited}");
        let audit = set.audit;
        let applied = set.waited(waited.duration());
        return context.output.change(audit, &applied, || text);
    };
    let set = operations.set_client(client, &patch).await?;
    let waited = wait(context, set.everywhere(), &args.wait).await?;
    let text = format!("{}\n{waited}", client_lines(&set.result));
    let audit = set.audit;
    let applied = set.waited(waited.duration());
    context.output.change(audit, &applied, || text)
}

async fn list(context: &Context<'_>, args: ListClientsArgs) -> Result<(), AdminError> {
    let operations = context.open().await?.operations;
    let filter = ClientFilter {
        q: args.q.map(String::from),
        external_id: args.external_id.map(String::from),
        order: args.order.unwrap_or_default(),
        ..ClientFilter::default()
    };
    let listing = operations.clients(&filter).await?;
    context
        .output
        .result(&listing, || match listing.clients.is_empty() {
            true => "No clients.".to_owned(),
            false => client_table(&listing.clients),
        })
}

async fn show(context: &Context<'_>, client: &ClientId) -> Result<(), AdminError> {
    let shown = context.open().await?.operations.client(client).await?;
    context.output.result(&shown, || client_lines(&shown))
}

async fn remove(context: &Context<'_>, args: RemoveClientArgs) -> Result<(), AdminError> {
    let opened = context.open().await?;
    let client = &args.client;
    if !args.yes {
        confirm(&format!(
            "Remove {client} with all its keys, logs and settings permanently?"
        ))?;
    }
    let static_entries = opened.static_entries();
    let removed = opened
        .operations
        .remove_client(client, static_entries)
        .await?;
    let waited = wait(context, removed.everywhere(), &args.wait).await?;
    let result = &removed.result;
    let (keys, entries) = (result.revoked.len(), result.entries);
    let remark = remark(context.output, &result.static_keys);
    let sessions = result.sessions_ended;
    let text = format!(
        "Removed {client}: revoked {keys} keys, ended {sessions} sessions and deleted {entries} entries. \
         {waited}{remark}"
    );
    let audit = removed.audit;
    let applied = removed.waited(waited.duration());
    context.output.change(audit, &applied, || text)
}

fn patch(args: &SetClientArgs) -> ClientPatch {
    ClientPatch {
        name: text(args.name.as_ref()),
        external_id: text(args.external_id.as_ref()),
        mail: text(args.mail.as_ref()),
        policy: PolicyPatch {
            self_service: flag(args.self_service),
            max_keys: limit(args.max_keys),
            max_lifetime: limit(args.max_lifetime),
            require_expiry: flag(args.require_expiry),
            renewable: flag(args.renewable),
            on_leak: match args.on_leak {
                None => Patch::Keep,
                Some(OnLeakArg(None)) => Patch::Clear,
                Some(OnLeakArg(Some(what))) => Patch::Set(what),
            },
        },
        mail_scopes: scopes(&args.mail_scopes),
        ..ClientPatch::default()
    }
}

/// `none` beside scopes adds nothing.
fn scopes(arguments: &[ScopeArg]) -> Patch<Scopes> {
    let scopes = arguments.iter().filter_map(|scope| scope.0.clone());
    match (arguments.is_empty(), scopes.collect::<Vec<_>>()) {
        (true, _) => Patch::Keep,
        (false, scopes) if scopes.is_empty() => Patch::Clear,
        (false, scopes) => Patch::Set(Scopes::from(scopes)),
    }
}

fn text(argument: Option<&TextArg>) -> Patch<PlainText> {
    match argument {
        None => Patch::Keep,
        Some(TextArg(None)) => Patch::Clear,
        Some(TextArg(Some(text))) => Patch::Set(text.clone()),
    }
}

fn flag(argument: Option<Switch>) -> Patch<bool> {
    match argument {
        None => Patch::Keep,
        Some(Switch::Default) => Patch::Clear,
        Some(switch) => Patch::Set(switch == Switch::On),
    }
}

fn limit<T>(argument: Option<LimitArg<T>>) -> Patch<Limit<T>> {
    match argument {
        None => Patch::Keep,
        Some(LimitArg(None)) => Patch::Clear,
        Some(LimitArg(Some(limit))) => Patch::Set(limit),
    }
}
