use crate::{args::UsageArgs, context::Context, error::AdminError, text::usage_table};
use central_logger_key_activity::{UsagePer, UsageQuery};

pub(crate) async fn usage(context: &Context<'_>, args: UsageArgs) -> Result<(), AdminError> {
    let query = UsageQuery {
        client: args.client,
        since: args.since.before(context.now()),
        per: match args.per_client {
            true => UsagePer::Client,
            false => UsagePer::Key,
        },
    };
    let report = context.open().await?.operations.usage(&query).await?;
    let output = context.output;
    output.result(&report, || match report.usage.is_empty() {
        true => "No requests.".to_owned(),
        false => usage_table(&report.usage),
    })
}
