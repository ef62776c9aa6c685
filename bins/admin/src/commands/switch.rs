use super::wait::wait;
use crate::{
    args::SwitchArgs,
    context::{Context, key_id},
    error::AdminError,
    text::minute_or,
};
use central_logger_key_store::KeyStatus;

pub(crate) async fn disable(context: &Context<'_>, args: SwitchArgs) -> Result<(), AdminError> {
    let id = key_id(&args.id)?;
    let disabled = context.open().await?.operations.disable(&id).await?;
    let waited = wait(context, disabled.everywhere(), &args.wait).await?;
    let text = match disabled.result.changed {
        true => format!("Disabled, until `enable {id}`. {waited}"),
        false => format!("Nothing to do: disabled before. {waited}"),
    };
    let audit = disabled.audit;
    let applied = disabled.waited(waited.duration());
    context.output.change(audit, &applied, || text)
}

pub(crate) async fn enable(context: &Context<'_>, args: SwitchArgs) -> Result<(), AdminError> {
    let id = key_id(&args.id)?;
    let enabled = context.open().await?.operations.enable(&id).await?;
    let waited = wait(context, enabled.everywhere(), &args.wait).await?;
    let switched = &enabled.result;
    let outcome = match switched.changed {
        true => format!("Enabled: {id}."),
        false => "Nothing to do: it was enabled.".to_owned(),
    };
    let text = match switched.status {
        KeyStatus::Active => format!("{outcome} {waited}"),
        KeyStatus::Expired => format!(
            "{outcome} It is still refused, because it expired on {}: issue another.",
            minute_or(switched.ends_at, "")
        ),
        // Somebody else was faster.
        KeyStatus::Disabled | KeyStatus::Revoked => {
            format!(
                "{outcome} It is still refused, because it is {}.",
                switched.status
            )
        }
    };
    let audit = enabled.audit;
    let applied = enabled.waited(waited.duration());
    context.output.change(audit, &applied, || text)
}
