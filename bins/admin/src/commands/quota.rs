use crate::{
    args::{QuotaCommand, SetQuotaArgs},
    commands::wait::wait,
    context::Context,
    error::AdminError,
    quota_limit::QuotaLimit,
};
use central_logger_key_store::{
    KeyringError,
    quota::{Quota, RequestQuota, SpaceQuota},
};
use central_logger_keys::ClientId;
use serde::Serialize;
use std::fmt::Display;

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
    let decide = |present: Quota| Quota {
        requests: RequestQuota {
            per_day: either(args.requests_per_day, present.requests.per_day),
            per_month: either(args.requests_per_month, present.requests.per_month),
        },
        space: SpaceQuota {
            entries_per_day: either(args.entries_per_day, present.space.entries_per_day),
            bytes_per_day: either(args.bytes_per_day, present.space.bytes_per_day),
        },
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

fn either<N>(named: Option<QuotaLimit<N>>, present: Option<N>) -> Option<N> {
    named.map_or(present, |limit| limit.0)
}

fn sentence(client: &ClientId, Quota { requests, space }: Quota) -> String {
    let (day, month) = (
        most(requests.per_day, "requests"),
        most(requests.per_month, "requests"),
    );
    let mut sentence = format!("{client} may make {day} in a day and {month} in a month");
    if space != SpaceQuota::default() {
        let (entries, bytes) = (
            most(space.entries_per_day, "entries"),
            most(space.bytes_per_day, "bytes"),
        );
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
