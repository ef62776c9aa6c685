use crate::{
    args::{QuotaCommand, SetQuotaArgs},
    commands::wait::wait,
    context::Context,
    error::AdminError,
    quota_limit::QuotaLimit,
};
use central_logger_key_store::{KeyringError, RequestQuota};
use central_logger_keys::ClientId;
use serde::Serialize;
use std::num::NonZeroU32;

#[derive(Serialize)]
struct View<'a> {
    client_id: &'a ClientId,
    #[serde(flatten)]
    quota: RequestQuota,
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
    let either = |named: Option<QuotaLimit>, present| named.map_or(present, |limit| limit.0);
    let decide = |present: RequestQuota| RequestQuota {
        per_day: either(args.requests_per_day, present.per_day),
        per_month: either(args.requests_per_month, present.per_month),
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
    context.output.result(&view, || text)
}

async fn show(context: &Context<'_>, client: &ClientId) -> Result<(), AdminError> {
    let keys = context
        .keys()
        .await?
        .keyring
        .list(Some(client), None)
        .await?;
    let Some(key) = keys.first() else {
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

fn sentence(client: &ClientId, quota: RequestQuota) -> String {
    let number = |limit: Option<NonZeroU32>| match limit {
        Some(limit) => format!("at most {limit} requests"),
        None => "any number of requests".to_owned(),
    };
    let (day, month) = (number(quota.per_day), number(quota.per_month));
    format!("{client} may make {day} in a day and {month} in a month")
}
