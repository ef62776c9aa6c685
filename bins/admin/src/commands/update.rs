use super::{networks::all_of, wait::wait};
use crate::{
    args::UpdateArgs,
    context::{Context, key_id},
    error::AdminError,
    text::key_lines,
};
use central_logger_key_store::{KeyUpdate, Patch};

pub(crate) async fn update(context: &Context<'_>, args: UpdateArgs) -> Result<(), AdminError> {
    let id = key_id(&args.id)?;
    let networks = (!args.allow_ip.is_empty()).then(|| all_of(&args.allow_ip));
    let update = KeyUpdate {
        name: args.name.into(),
        note: args.note.into(),
        networks: networks.into(),
        rate: args.rate.unwrap_or(Patch::Keep),
    };
    let updated = context
        .open()
        .await?
        .operations
        .update(&id, &update)
        .await?;
    let waited = wait(context, updated.everywhere(), &args.wait).await?;
    let headline = match updated.audit {
        Some(_) => format!("Changed. {waited}"),
        None => "Nothing to do: it was so before.".to_owned(),
    };
    let text = format!("{headline}\n\n{}", key_lines(&updated.result));
    let audit = updated.audit;
    let applied = updated.waited(waited.duration());
    context.output.change(audit, &applied, || text)
}
