use crate::{
    args::AlertsArgs,
    context::Context,
    error::AdminError,
    text::{acknowledged, alert_table},
};
use central_logger_key_activity::AlertQuery;
use central_logger_operations::Operations;

pub(crate) async fn alerts(context: &Context<'_>, args: AlertsArgs) -> Result<(), AdminError> {
    let operations = context.open().await?.operations;
    if !args.ack.is_empty() {
        let result = operations.acknowledge(&args.ack).await?;
        return context.output.result(&result, || {
            let lines = result.acknowledged.iter().map(acknowledged);
            lines.collect::<Vec<_>>().join("\n")
        });
    }
    if !args.redeliver.is_empty() {
        let result = operations.redeliver(args.redeliver).await?;
        return context.output.result(&result, || {
            let lines = result.due.iter().map(|id| {
                format!("{id} is due: a server with a webhook delivers it within seconds.")
            });
            lines.collect::<Vec<_>>().join("\n")
        });
    }
    list(context, &operations, args).await
}

async fn list(
    context: &Context<'_>,
    operations: &Operations,
    args: AlertsArgs,
) -> Result<(), AdminError> {
    let since = args.since.before(context.now());
    let all = AlertQuery {
        limit: usize::MAX,
        ..AlertQuery::latest(args.client, since)
    };
    let list = operations.alerts(all).await?;
    context
        .output
        .result(&list, || match list.alerts.is_empty() {
            true => "No alerts.".to_owned(),
            false => alert_table(&list.alerts),
        })
}
