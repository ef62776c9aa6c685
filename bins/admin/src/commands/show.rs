use crate::{
    alert_view::AlertView,
    args::ShowArgs,
    commands::usage::in_words,
    context::{Context, Keys, key_id},
    error::AdminError,
    view::KeyView,
};
use central_logger_key_activity::{
    Alert, AlertPage, AlertStore, Usage, UsagePer, UsageQuery, UsageStore,
};
use central_logger_key_store::KeyRecord;
use central_logger_times::Timestamp;
use serde::Serialize;
use time::{Duration, OffsetDateTime};

/// How far back usage is shown.
const RECENTLY: Duration = Duration::hours(24);
/// How far back alerts are shown that nobody has acknowledged.
const ALERTED: Duration = Duration::days(7);

/// A key between the one before it and the one after it.
#[derive(Serialize)]
struct Lineage<'a> {
    #[serde(flatten)]
    key: KeyView<'a>,
    predecessor: Option<KeyView<'a>>,
    successor: Option<KeyView<'a>>,
    /// Of the last 24 hours.
    usage: Option<Usage>,
    /// Of the last 7 days, those that nobody has acknowledged.
    alerts: Vec<AlertView>,
}

pub(crate) async fn show(context: &Context<'_>, args: ShowArgs) -> Result<(), AdminError> {
    let id = key_id(&args.id)?;
    let Keys {
        keyring, activity, ..
    } = context.keys().await?;
    let record = keyring.show(&id).await?;
    let of_client = keyring.list(Some(&record.client_id), None).await?.records;
    let now = context.now();
    let lineage = Lineage {
        predecessor: of_client
            .iter()
            .find(|other| Some(&other.id) == record.predecessor.as_ref())
            .map(|found| KeyView::of(found, now)),
        successor: of_client
            .iter()
            .find(|other| other.predecessor.as_ref() == Some(&id))
            .map(|found| KeyView::of(found, now)),
        key: KeyView::of(&record, now),
        usage: usage(&*activity, &record, now).await?,
        alerts: open_alerts(&*activity, &record, now).await?,
    };
    context.output.result(&lineage, || {
        let mut lines = lineage.key.lines();
        for (name, relative) in [
            ("Replaces", &lineage.predecessor),
            ("Replaced by", &lineage.successor),
        ] {
            if let Some(relative) = relative {
                lines += &format!("\n{name:<12} {}", relative.as_relative());
            }
        }
        if let Some(usage) = &lineage.usage {
            lines += &format!("\n{:<12} {}", "Last 24 h", in_words(usage));
        }
        for alert in &lineage.alerts {
            lines += &format!("\n{:<12} {}", "Alert", alert.as_line());
        }
        lines
    })
}

async fn usage(
    store: &dyn UsageStore,
    key: &KeyRecord,
    now: OffsetDateTime,
) -> Result<Option<Usage>, AdminError> {
    let query = UsageQuery {
        client: Some(key.client_id.clone()),
        since: Timestamp::clamped(now).saturating_sub(RECENTLY),
        per: UsagePer::Key,
    };
    let used = store.usage(&query).await?;
    let mut used = used.into_iter();
    Ok(used.find(|usage| usage.key_id.as_ref() == Some(&key.id)))
}

async fn open_alerts(
    store: &dyn AlertStore,
    key: &KeyRecord,
    now: OffsetDateTime,
) -> Result<Vec<AlertView>, AdminError> {
    let since = Timestamp::clamped(now).saturating_sub(ALERTED);
    let page = AlertPage::read(store, Some(key.client_id.clone()), since).await;
    let AlertPage { alerts, .. } = page?;
    let is_open = |alert: &Alert| {
        alert.subject.key_id.as_ref() == Some(&key.id) && alert.acknowledged.is_none()
    };
    Ok(alerts
        .into_iter()
        .filter(is_open)
        .map(AlertView::from)
        .collect())
}
