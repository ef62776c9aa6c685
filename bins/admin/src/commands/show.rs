use crate::{
    args::ShowArgs,
    commands::usage::in_words,
    context::{Context, Keys, key_id},
    error::AdminError,
    view::KeyView,
};
use central_logger_key_store::{KeyringError, Usage, UsagePer, UsageQuery};
use serde::Serialize;
use time::Duration;

const RECENTLY: Duration = Duration::hours(24);

/// A key between the one before it and the one after it.
#[derive(Serialize)]
struct Lineage<'a> {
    #[serde(flatten)]
    key: KeyView<'a>,
    predecessor: Option<KeyView<'a>>,
    successor: Option<KeyView<'a>>,
    /// Of the last 24 hours.
    usage: Option<Usage>,
}

pub(crate) async fn show(context: &Context<'_>, args: ShowArgs) -> Result<(), AdminError> {
    let id = key_id(&args.id)?;
    let Keys { keyring, usage, .. } = context.keys().await?;
    let record = keyring.show(&id).await?;
    let of_client = keyring.list(Some(&record.client_id), None).await?;
    let now = context.now();
    let query = UsageQuery {
        client: Some(record.client_id.clone()),
        since: now - RECENTLY,
        per: UsagePer::Key,
    };
    let mut used = usage.usage(&query).await.map_err(KeyringError::Store)?;
    used.retain(|usage| usage.key_id.as_ref() == Some(&id));
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
        usage: used.pop(),
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
        lines
    })
}
