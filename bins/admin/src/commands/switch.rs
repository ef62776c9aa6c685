use crate::{
    args::SwitchArgs,
    commands::wait::wait,
    context::{Context, key_id},
    error::AdminError,
    view::minute,
};
use central_logger_key_store::KeyStatus;
use serde_json::json;

pub(crate) async fn disable(context: &Context<'_>, args: SwitchArgs) -> Result<(), AdminError> {
    let id = key_id(&args.id)?;
    let keyring = context.keys().await?.keyring;
    let disabled = keyring.disable(&id).await;
    let disabled = disabled.map_err(AdminError::of_revocation)?;
    let waited = wait(context, disabled.everywhere(), &args.wait).await?;
    let changed = disabled.done;
    let status = keyring.show(&id).await?.status(context.now());
    let result = json!({
        "key_id": id, "changed": changed, "status": status, "waited_ms": waited.milliseconds(),
    });
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
    let (changed, record) = (enabled.done, keyring.show(&id).await?);
    let status = record.status(context.now());
    let result = json!({
        "key_id": id, "changed": changed, "status": status, "waited_ms": waited.milliseconds(),
    });
    context.output.change(keyring.noted(), &result, || {
        let said = match changed {
            true => format!("Enabled: {id}."),
            false => "Nothing to do: it was enabled.".to_owned(),
        };
        match status {
            KeyStatus::Active => format!("{said} {waited}"),
            KeyStatus::Expired => format!(
                "{said} It stays refused, for it expired on {}: issue another.",
                minute(record.ends_at(), "")
            ),
            // Somebody else was faster.
            KeyStatus::Disabled | KeyStatus::Revoked => {
                format!("{said} It stays refused, for it is {status}.")
            }
        }
    })
}
