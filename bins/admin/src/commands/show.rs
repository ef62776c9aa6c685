use crate::{
    args::ShowArgs,
    context::{Context, key_id},
    error::AdminError,
    view::KeyView,
};

pub(crate) async fn show(context: &Context<'_>, args: ShowArgs) -> Result<(), AdminError> {
    let id = key_id(&args.id)?;
    let record = context.keys().await?.keyring.show(&id).await?;
    let view = KeyView::of(&record, context.now());
    context.output.result(&view, || view.lines())
}
