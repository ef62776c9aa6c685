use super::{confirm::confirm, static_keys::remark, wait::wait};
use crate::{
    args::{ForgetArgs, RetentionCommand, SetRetentionArgs},
    context::Context,
    error::AdminError,
    table::table,
};
use central_logger_key_store::settings::SettingChange;
use central_logger_keys::ClientId;
use central_logger_log_store::RetentionPeriod;
use central_logger_operations::ClientRetention;
use time::format_description::well_known::Rfc3339;

pub(crate) async fn retention(
    context: &Context<'_>,
    command: RetentionCommand,
) -> Result<(), AdminError> {
    match command {
        RetentionCommand::Set(args) => set(context, args).await,
        RetentionCommand::Show { client: None } => show_all(context).await,
        RetentionCommand::Show { client: Some(one) } => show(context, &one).await,
        RetentionCommand::Forget(args) => forget(context, args).await,
    }
}

async fn set(context: &Context<'_>, args: SetRetentionArgs) -> Result<(), AdminError> {
    let change = SettingChange {
        client_id: args.client,
        value: args.keep.0.map(|period| period.to_string()),
    };
    if change.client_id.is_none() && change.value.is_none() {
        let usage = "--keep default needs --client: without it, name a duration or forever";
        return Err(AdminError::Usage(usage.to_owned()));
    }
    let operations = context.open().await?.operations;
    if !args.yes
        && let Some(keep) = operations.preview_retention(&change).await?
    {
        let whose = whose(change.client_id.as_ref());
        confirm(&format!(
            "Delete {whose} that are older than {keep}, now and from now on?"
        ))?;
    }
    let set = operations.set_retention(&change).await?;
    let waited = wait(context, set.everywhere(), &args.wait).await?;
    let text = format!("{}. {waited}", sentence(&set.result));
    let audit = set.audit;
    let applied = set.waited(waited.duration());
    context.output.change(audit, &applied, || text)
}

async fn show(context: &Context<'_>, client: &ClientId) -> Result<(), AdminError> {
    let retention = context
        .open()
        .await?
        .operations
        .retention_of(client)
        .await?;
    let text = || format!("{}.", sentence(&retention));
    context.output.result(&retention, text)
}

async fn show_all(context: &Context<'_>) -> Result<(), AdminError> {
    let retention = context.open().await?.operations.retention().await?;
    context.output.result(&retention, || {
        let mut text = format!("{}.", sentence_of(None, retention.for_all));
        if !retention.clients.is_empty() {
            let row = |own: &ClientRetention| {
                let client = own.client_id.as_ref().map(ToString::to_string);
                [client.unwrap_or_default(), own.keep.to_string()]
            };
            let rows = retention.clients.iter().map(row);
            text += &format!("\n\n{}", table(["CLIENT", "KEEP"], rows));
        }
        text
    })
}

async fn forget(context: &Context<'_>, args: ForgetArgs) -> Result<(), AdminError> {
    let opened = context.open().await?;
    let client = &args.client;
    if !args.yes {
        confirm(&format!("Delete {} permanently?", whose(Some(client))))?;
    }
    let static_entries = opened.static_entries();
    let purged = opened.operations.purge_logs(client, static_entries).await?;
    let receipt = &purged.result;
    let remark = remark(context.output, &receipt.static_keys);
    context.output.change(purged.audit, &purged, || {
        let at = receipt.at.format(&Rfc3339).unwrap_or_default();
        format!(
            "Deleted all {} entries of {client} at {at} by {}. This is entry {} of the audit \
             trail. What they said may remain for a time in: {}.{remark}",
            receipt.entries,
            receipt.actor,
            receipt.audit_sequence,
            receipt.may_remain_in.join("; "),
        )
    })
}

fn whose(client: Option<&ClientId>) -> String {
    match client {
        Some(client) => format!("all logs of {client}"),
        None => "all logs of clients without a retention period of their own".to_owned(),
    }
}

fn sentence(retention: &ClientRetention) -> String {
    sentence_of(retention.client_id.as_ref(), retention.keep)
}

fn sentence_of(client: Option<&ClientId>, keep: RetentionPeriod) -> String {
    let whose = match client {
        Some(client) => format!("Logs of {client}"),
        None => "Logs of clients without a retention period of their own".to_owned(),
    };
    match keep {
        RetentionPeriod::Forever => format!("{whose} are kept indefinitely"),
        RetentionPeriod::For(..) => format!("{whose} are kept for {keep}"),
    }
}
