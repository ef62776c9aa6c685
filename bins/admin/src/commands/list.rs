use crate::{args::ListArgs, context::Context, error::AdminError, output::table, view::KeyView};
use serde_json::json;

pub(crate) async fn list(context: &Context<'_>, args: ListArgs) -> Result<(), AdminError> {
    let keys = context.keys().await?;
    let mut records = keys.keyring.list(args.client.as_ref(), args.status).await?;
    let now = context.now();
    if let Some(age) = args.due {
        records.retain(|record| record.is_due(age.0, now));
    }
    let views: Vec<_> = records
        .iter()
        .map(|record| KeyView::of(record, now))
        .collect();
    context
        .output
        .result(&json!({"keys": views}), || match views.is_empty() {
            true => "No keys.".to_owned(),
            false => table(KeyView::COLUMNS, views.iter().map(KeyView::row)),
        })
}
