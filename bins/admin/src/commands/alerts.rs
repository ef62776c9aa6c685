use crate::{
    alert_view::AlertView,
    args::AlertsArgs,
    context::{Context, Keys},
    error::AdminError,
    output::table,
};
use central_logger_key_activity::{Acknowledgement, AlertId, AlertPage, AlertStore, Delivery};
use central_logger_times::Timestamp;
use serde::Serialize;

#[derive(Serialize)]
struct Report {
    since: Timestamp,
    alerts: Vec<AlertView>,
    /// Whether there are earlier ones.
    has_more: bool,
}

#[derive(Serialize)]
struct Acknowledged {
    acknowledged: Vec<AlertView>,
}

#[derive(Serialize)]
struct Redelivered {
    due: Vec<AlertId>,
}

pub(crate) async fn alerts(context: &Context<'_>, args: AlertsArgs) -> Result<(), AdminError> {
    let keys = context.keys().await?;
    if !args.ack.is_empty() {
        return acknowledge(context, &keys, args.ack).await;
    }
    if !args.redeliver.is_empty() {
        return redeliver(context, &*keys.activity, args.redeliver).await;
    }
    list(context, &*keys.activity, &args).await
}

async fn list(
    context: &Context<'_>,
    store: &dyn AlertStore,
    args: &AlertsArgs,
) -> Result<(), AdminError> {
    let since = args.since.before(context.now());
    let page = AlertPage::read(store, args.client.clone(), since).await;
    let AlertPage { alerts, has_more } = page?;
    let report = Report {
        since,
        alerts: alerts.into_iter().map(AlertView::from).collect(),
        has_more,
    };
    context.output.result(&report, || {
        if report.alerts.is_empty() {
            return "No alerts.".to_owned();
        }
        table(AlertView::COLUMNS, report.alerts.iter().map(AlertView::row))
    })?;
    if has_more {
        let remark = "There are earlier ones: with --client they are those of one client.";
        context.output.remark(remark);
    }
    Ok(())
}

async fn acknowledge(
    context: &Context<'_>,
    keys: &Keys,
    ids: Vec<AlertId>,
) -> Result<(), AdminError> {
    let acknowledgement = Acknowledgement {
        at: context.now(),
        by: keys.operator.as_str().to_owned(),
    };
    let mut acknowledged = Vec::new();
    for id in ids {
        let noted = keys.activity.acknowledge(&id, None, &acknowledgement).await;
        match noted? {
            Some(alert) => acknowledged.push(AlertView::from(alert)),
            None => return Err(AdminError::UnknownAlert(id)),
        }
    }
    let result = Acknowledged { acknowledged };
    context.output.result(&result, || {
        let lines = result.acknowledged.iter().map(AlertView::acknowledged);
        lines.collect::<Vec<_>>().join("\n")
    })
}

/// Has a server try again, as if for the first time.
async fn redeliver(
    context: &Context<'_>,
    store: &dyn AlertStore,
    ids: Vec<AlertId>,
) -> Result<(), AdminError> {
    let due = Delivery::due(context.now());
    for id in &ids {
        let is_there = store.set_delivery(id, &due).await;
        if !is_there? {
            return Err(AdminError::UnknownAlert(id.clone()));
        }
    }
    let result = Redelivered { due: ids };
    context.output.result(&result, || {
        let lines = result.due.iter().map(|id| {
            format!("{id} is due: a server that has a webhook delivers it within seconds.")
        });
        lines.collect::<Vec<_>>().join("\n")
    })
}
