use crate::{
    args::SwitchArgs,
    context::{Context, key_id},
    error::AdminError,
};
use serde_json::json;

pub(crate) async fn disable(context: &Context<'_>, args: SwitchArgs) -> Result<(), AdminError> {
    let id = key_id(&args.id)?;
    let changed = context.keys().await?.keyring.disable(&id).await?;
    // Servers ask the database for each request, so there is nobody to wait for.
    let waited_ms = 0;
    let result = json!({"key_id": id, "changed": changed, "waited_ms": waited_ms});
    context.output.result(&result, || match changed {
        true => format!("Disabled, and refused by every server until `enable {id}`: {id}"),
        false => "Nothing to do: disabled before.".to_owned(),
    })
}

pub(crate) async fn enable(context: &Context<'_>, args: SwitchArgs) -> Result<(), AdminError> {
    let id = key_id(&args.id)?;
    let changed = context.keys().await?.keyring.enable(&id).await?;
    let result = json!({"key_id": id, "changed": changed});
    context.output.result(&result, || match changed {
        true => format!("Enabled: {id}"),
        false => "Nothing to do: it was enabled.".to_owned(),
    })
}
