use crate::{
    args::{ForgetArgs, RetentionCommand, SetRetentionArgs},
    commands::{confirm::confirm, static_left::StaticLeft, wait::wait},
    context::Context,
    error::AdminError,
    output::table,
};
use central_logger_key_store::settings::{ClientSettings, SettingChange};
use central_logger_keys::{ClientId, KeyId};
use central_logger_log_store::{RetentionPeriod, retention::purge as remove_all};
use serde::Serialize;
use serde_json::json;
use time::{OffsetDateTime, format_description::well_known::Rfc3339};

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
        let usage = "--keep default needs --client: without it, say for how long, or forever";
        return Err(AdminError::Usage(usage.to_owned()));
    }
    let keyring = context.keys().await?.keyring;
    let before = keyring.retention().await?;
    let mut after = before.clone();
    after.apply(&change);
    let client = change.client_id.as_ref();
    let keep = period(&after, client);
    if !args.yes && after != before && keep != RetentionPeriod::Forever {
        let whose = whose(client);
        let question = format!("Remove {whose} that are older than {keep}, now and from now on?");
        confirm(&question)?;
    }
    let set = keyring.set_retention(&change).await?;
    let waited = wait(context, set.everywhere(), &args.wait).await?;
    let keep = period(&set.done, client);
    let result = json!({
        "client_id": client, "keep": keep, "waited_ms": waited.milliseconds(),
    });
    let text = || format!("{}. {waited}", sentence(client, keep));
    context.output.change(keyring.noted(), &result, text)
}

async fn show(context: &Context<'_>, client: &ClientId) -> Result<(), AdminError> {
    let retention = context.keys().await?.keyring.retention().await?;
    let keep = period(&retention, Some(client));
    let result = json!({"client_id": client, "keep": keep});
    let text = || format!("{}.", sentence(Some(client), keep));
    context.output.result(&result, text)
}

async fn show_all(context: &Context<'_>) -> Result<(), AdminError> {
    #[derive(Serialize)]
    struct Own<'a> {
        client_id: &'a ClientId,
        keep: &'a str,
    }
    let retention = context.keys().await?.keyring.retention().await?;
    let clients = retention.clients.iter();
    let own: Vec<_> = clients
        .map(|(client_id, keep)| Own { client_id, keep })
        .collect();
    let result = json!({"for_all": period(&retention, None), "clients": own});
    context.output.result(&result, || {
        let mut text = format!("{}.", sentence(None, period(&retention, None)));
        if !own.is_empty() {
            let rows = own.iter();
            let rows = rows.map(|own| [own.client_id.to_string(), own.keep.to_owned()]);
            text += &format!("\n\n{}", table(["CLIENT", "KEEP"], rows));
        }
        text
    })
}

async fn forget(context: &Context<'_>, args: ForgetArgs) -> Result<(), AdminError> {
    #[derive(Serialize)]
    struct Receipt<'a> {
        client_id: &'a ClientId,
        entries: usize,
        #[serde(with = "time::serde::rfc3339")]
        at: OffsetDateTime,
        actor: String,
        audit_sequence: u64,
        /// Those that may send again.
        static_keys: Option<Vec<KeyId>>,
    }
    let keys = context.keys().await?;
    let client = &args.client;
    if !args.yes {
        confirm(&format!("Remove {} for good?", whose(Some(client))))?;
    }
    // Before and after, so that no crash leaves the trail without a word of it.
    keys.keyring.record_purge(client, None).await?;
    let entries = remove_all(&*keys.logs, client).await?;
    let noted = keys.keyring.record_purge(client, Some(entries)).await?;
    let left = StaticLeft::of(context, &keys, client).await;
    let receipt = Receipt {
        client_id: client,
        entries,
        at: noted.at,
        actor: noted.actor,
        audit_sequence: noted.sequence,
        static_keys: left.ids.clone(),
    };
    context.output.change(keys.keyring.noted(), &receipt, || {
        let at = receipt.at.format(&Rfc3339).unwrap_or_default();
        format!(
            "Removed {entries} entries of {client}, all that there were, at {at} by {}. This is entry \
             {} of the audit trail.{}",
            receipt.actor,
            receipt.audit_sequence,
            left.remark()
        )
    })
}

fn whose(client: Option<&ClientId>) -> String {
    match client {
        Some(client) => format!("all logs of {client}"),
        None => "all logs of clients without a term of their own".to_owned(),
    }
}

/// How long the logs of a client are kept, or those of all without a term of their own.
fn period(settings: &ClientSettings, client: Option<&ClientId>) -> RetentionPeriod {
    RetentionPeriod::of_setting(match client {
        Some(client) => settings.of(client),
        None => settings.for_all.as_deref(),
    })
}

fn sentence(client: Option<&ClientId>, keep: RetentionPeriod) -> String {
    let whose = match client {
        Some(client) => format!("Logs of {client}"),
        None => "Logs of clients without a term of their own".to_owned(),
    };
    match keep {
        RetentionPeriod::Forever => format!("{whose} are kept for ever"),
        RetentionPeriod::For(..) => format!("{whose} are kept for {keep}"),
    }
}
