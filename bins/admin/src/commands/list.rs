use crate::{
    args::ListArgs,
    context::Context,
    error::AdminError,
    text::{key_table, unreadable_line},
};
use central_logger_operations::keys::KeyFilter;

pub(crate) async fn list(context: &Context<'_>, args: ListArgs) -> Result<(), AdminError> {
    let filter = KeyFilter {
        client: args.client,
        status: args.status,
        due: args.due.map(|age| age.0),
        part: args.q.map(String::from),
    };
    let listing = context.open().await?.operations.list(&filter).await?;
    context.output.result(&listing, || {
        let mut text = match listing.keys.is_empty() {
            true => "No keys.".to_owned(),
            false => key_table(&listing.keys),
        };
        for key in &listing.unreadable {
            text += &format!("\n{}", unreadable_line(key));
        }
        text
    })
}
