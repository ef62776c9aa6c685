use crate::{
    args::RevokeArgs,
    commands::{confirm::confirm, wait::wait},
    context::{Context, key_id},
    error::AdminError,
};
use central_logger_key_store::KeySelection;
use serde_json::json;

pub(crate) async fn revoke(context: &Context<'_>, args: RevokeArgs) -> Result<(), AdminError> {
    let (selection, what) = match (args.id, args.client) {
        (Some(id), _) => {
            let id = key_id(&id)?;
            let what = format!("the key {id}");
            (KeySelection::Id(id), what)
        }
        (None, Some(client)) => {
            let what = format!("all keys of {client}");
            (KeySelection::Client(client), what)
        }
        (None, None) => return Err(AdminError::Usage("name a KEY_ID or --client ID".to_owned())),
    };
    let keys = context.keys().await?;
    if !args.yes {
        confirm(&format!("Revoke {what} for good?"))?;
    }
    let reason = args.reason.as_deref();
    let revoked = keys.keyring.revoke(&selection, reason).await?;
    let waited = wait(context, revoked.everywhere(), &args.wait).await?;
    let result = json!({"revoked": revoked.done, "waited_ms": waited.milliseconds()});
    context.output.change(keys.keyring.noted(), &result, || {
        match revoked.done.as_slice() {
            [] => format!("Nothing to do: revoked before. {waited}"),
            ids => {
                let ids: Vec<_> = ids.iter().map(ToString::to_string).collect();
                format!("Revoked: {}. {waited}", ids.join(", "))
            }
        }
    })
}
