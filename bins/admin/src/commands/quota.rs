use super::wait::wait;
use crate::{
    args::{QuotaCommand, SetQuotaArgs},
    context::Context,
    error::AdminError,
    quota_limit::QuotaLimit,
};
use central_logger_key_store::quota::QuotaDimension;
use central_logger_operations::{ClientQuota, QuotaUpdate};
use std::{
    fmt::Display,
    num::{NonZeroU32, NonZeroU64},
};

pub(crate) async fn quota(context: &Context<'_>, command: QuotaCommand) -> Result<(), AdminError> {
    match command {
        QuotaCommand::Set(args) => {
            let operations = context.open_or_create().await?.operations;
            let set = operations.set_quota(&args.client, &update(&args)).await?;
            let waited = wait(context, set.everywhere(), &args.wait).await?;
            let text = format!("{}. {waited}", sentence(&set.result));
            let audit = set.audit;
            let applied = set.waited(waited.duration());
            context.output.change(audit, &applied, || text)
        }
        QuotaCommand::Show { client } => {
            let operations = context.open().await?.operations;
            let quota = operations.quota(&client).await?;
            let text = || format!("{}.", sentence(&quota));
            context.output.result(&quota, text)
        }
    }
}

fn update(args: &SetQuotaArgs) -> QuotaUpdate {
    let large = |limit: QuotaLimit<NonZeroU32>| limit.0.map(NonZeroU64::from);
    let limits = [
        (
            QuotaDimension::RequestsPerDay,
            args.requests_per_day.map(large),
        ),
        (
            QuotaDimension::RequestsPerMonth,
            args.requests_per_month.map(large),
        ),
        (
            QuotaDimension::EntriesPerDay,
            args.entries_per_day.map(|limit| limit.0),
        ),
        (
            QuotaDimension::BytesPerDay,
            args.bytes_per_day.map(|limit| limit.0),
        ),
    ];
    let named = limits
        .into_iter()
        .filter_map(|(dimension, limit)| Some((dimension, limit?)));
    named.fold(QuotaUpdate::default(), |update, (dimension, limit)| {
        update.with(dimension, limit)
    })
}

fn sentence(ClientQuota { client_id, quota }: &ClientQuota) -> String {
    let at_most = |dimension, what| at_most(quota.limit(dimension), what);
    let (day, month) = (
        at_most(QuotaDimension::RequestsPerDay, "requests"),
        at_most(QuotaDimension::RequestsPerMonth, "requests"),
    );
    let mut sentence = format!("{client_id} may make {day} in a day and {month} in a month");
    let stored = [QuotaDimension::EntriesPerDay, QuotaDimension::BytesPerDay];
    if stored
        .into_iter()
        .any(|dimension| quota.limit(dimension).is_some())
    {
        let (entries, bytes) = (at_most(stored[0], "entries"), at_most(stored[1], "bytes"));
        sentence += &format!(", and store {entries} and {bytes} in a day");
    }
    sentence
}

fn at_most(limit: Option<impl Display>, what: &str) -> String {
    match limit {
        Some(limit) => format!("at most {limit} {what}"),
        None => format!("any number of {what}"),
    }
}
