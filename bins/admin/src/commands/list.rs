use crate::{
    args::ListArgs,
    context::Context,
    error::AdminError,
    output::table,
    view::{KeyView, UnreadableView},
};
use central_logger_key_store::KeyList;
use serde_json::json;

pub(crate) async fn list(context: &Context<'_>, args: ListArgs) -> Result<(), AdminError> {
    let keys = context.keys().await?;
    let listed = keys.keyring.list(args.client.as_ref(), args.status).await?;
    let KeyList {
        mut records,
        unreadable,
    } = listed;
    let unreadable: Vec<_> = unreadable.iter().map(UnreadableView).collect();
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
        .result(&json!({"keys": views, "unreadable": unreadable}), || {
            let mut text = match views.is_empty() {
                true => "No keys.".to_owned(),
                false => table(KeyView::COLUMNS, views.iter().map(KeyView::row)),
            };
            for key in &unreadable {
                text += &format!("\n{}", key.as_line());
            }
            text
        })
}
