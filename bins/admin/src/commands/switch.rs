use crate::{
    args::SwitchArgs,
    commands::wait::wait,
    context::{Context, key_id},
    error::AdminError,
};
use serde_json::json;

pub(crate) async fn disable(context: &Context<'_>, args: SwitchArgs) -> Result<(), AdminError> {
    let id = key_id(&args.id)?;
    let keyring = context.keys().await?.keyring;
    let disabled = keyring.disable(&id).await?;
    let waited = wait(context, disabled.everywhere(), &args.wait).await?;
    let changed = disabled.done;
    let result = json!({"key_id": id, "changed": changed, "waited_ms": waited.milliseconds()});
    context
        .output
        .change(keyring.noted(), &result, || match changed {
            true => format!("Disabled, until `enable {id}`. {waited}"),
            false => format!("Nothing to do: disabled before. {waited}"),
        })
}

pub(crate) async fn enable(context: &Context<'_>, args: SwitchArgs) -> Result<(), AdminError> {
    let id = key_id(&args.id)?;
    let keyring = context.keys().await?.keyring;
    let enabled = keyring.enable(&id).await?;
    let waited = wait(context, enabled.everywhere(), &args.wait).await?;
    let changed = enabled.done;
    let result = json!({"key_id": id, "changed": changed, "waited_ms": waited.milliseconds()});
    context
        .output
        .change(keyring.noted(), &result, || match changed {
            true => format!("Enabled: {id}. {waited}"),
            false => format!("Nothing to do: it was enabled. {waited}"),
        })
}
