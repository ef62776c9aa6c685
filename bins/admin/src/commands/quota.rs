use crate::{
    args::{QuotaCommand, SetQuotaArgs},
    commands::wait::wait,
    context::Context,
    error::AdminError,
    quota_limit::QuotaLimit,
};
use central_logger_key_store::{
    KeyringError,
    quota::{Quota, QuotaDimension},
};
use central_logger_keys::ClientId;
use serde::Serialize;
use std::{
    fmt::Display,
    num::{NonZeroU32, NonZeroU64},
};

#[derive(Serialize)]
struct View<'a> {
    client_id: &'a ClientId,
    #[serde(flatten)]
    quota: Quota,
    #[serde(skip_serializing_if = "Option::is_none")]
    waited_ms: Option<u128>,
}

pub(crate) async fn quota(context: &Context<'_>, command: QuotaCommand) -> Result<(), AdminError> {
    match command {
        QuotaCommand::Set(args) => set(context, args).await,
        QuotaCommand::Show { client } => show(context, &client).await,
    }
}

async fn set(context: &Context<'_>, args: SetQuotaArgs) -> Result<(), AdminError> {
    let keyring = context.keys().await?.keyring;
    let large = |limit: QuotaLimit<NonZeroU32>| QuotaLimit(limit.0.map(NonZeroU64::from));
    let named = [
        (
            QuotaDimension::RequestsPerDay,
            args.requests_per_day.map(large),
        ),
        (
            QuotaDimension::RequestsPerMonth,
            args.requests_per_month.map(large),
        ),
        (QuotaDimension::EntriesPerDay, args.entries_per_day),
        (QuotaDimension::BytesPerDay, args.bytes_per_day),
    ];
    let decide = |present: Quota| {
        let named = named
            .iter()
            .filter_map(|(dimension, limit)| Some((*dimension, (*limit)?.0)));
        named.fold(present, |quota, (dimension, limit)| {
            quota.with(dimension, limit)
        })
    };
    let set = keyring.set_quota(&args.client, decide).await?;
    let waited = wait(context, set.everywhere(), &args.wait).await?;
    let quota = set.done;
    let view = View {
        client_id: &args.client,
        quota,
        waited_ms: Some(waited.milliseconds()),
    };
    let text = format!("{}. {waited}", sentence(&args.client, quota));
    context.output.change(keyring.noted(), &view, || text)
}

async fn show(context: &Context<'_>, client: &ClientId) -> Result<(), AdminError> {
    let keys = context
        .keys()
        .await?
        .keyring
        .list(Some(client), None)
        .await?;
    let Some(key) = keys.records.first() else {
        return Err(KeyringError::NoKeys(client.clone()).into());
    };
    let view = View {
        client_id: client,
        quota: key.quota,
        waited_ms: None,
    };
    let text = format!("{}.", sentence(client, key.quota));
    context.output.result(&view, || text)
}

fn sentence(client: &ClientId, quota: Quota) -> String {
    let most = |dimension, what| most(quota.limit(dimension), what);
    let (day, month) = (
        most(QuotaDimension::RequestsPerDay, "requests"),
        most(QuotaDimension::RequestsPerMonth, "requests"),
    );
    let mut sentence = format!("{client} may make {day} in a day and {month} in a month");
    let stored = [QuotaDimension::EntriesPerDay, QuotaDimension::BytesPerDay];
    if stored
        .iter()
        .any(|dimension| quota.limit(*dimension).is_some())
    {
        let [entries, bytes] = stored;
        let (entries, bytes) = (most(entries, "entries"), most(bytes, "bytes"));
        sentence += &format!(", and store {entries} and {bytes} in a day");
    }
    sentence
}

fn most(limit: Option<impl Display>, what: &str) -> String {
    match limit {
        Some(limit) => format!("at most {limit} {what}"),
        None => format!("any number of {what}"),
    }
}
