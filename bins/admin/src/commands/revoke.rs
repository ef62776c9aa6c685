use crate::{
    args::RevokeArgs,
    commands::{confirm::confirm, static_left::StaticLeft, wait::wait},
    context::{Context, key_id},
    error::AdminError,
};
use central_logger_key_store::{KeySelection, KeyringError};
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
    let client = match &selection {
        KeySelection::Client(client) => Some(client),
        KeySelection::Id(_) => None,
    };
    let revoked = keys.keyring.revoke(&selection, args.reason.as_ref()).await;
    let left = match client {
        Some(client) => Some(StaticLeft::of(context, &keys, client).await),
        None => None,
    };
    let revoked = revoked.map_err(|error| only_static(error, left.as_ref()))?;
    let waited = wait(context, revoked.everywhere(), &args.wait).await?;
    let mut result = json!({"revoked": revoked.done, "waited_ms": waited.milliseconds()});
    if let Some(left) = &left {
        result["static_keys"] = json!(left.ids);
    }
    context.output.change(keys.keyring.noted(), &result, || {
        let said = match revoked.done.as_slice() {
            [] => format!("Nothing to do: revoked before. {waited}"),
            ids => {
                let ids: Vec<_> = ids.iter().map(ToString::to_string).collect();
                format!("Revoked: {}. {waited}", ids.join(", "))
            }
        };
        said + &left.as_ref().map(StaticLeft::remark).unwrap_or_default()
    })
}

/// A client without keys in the database may have others, which are not revoked.
fn only_static(error: KeyringError, left: Option<&StaticLeft>) -> AdminError {
    match (
        error,
        left.and_then(|left| Some((left.named()?, left.place.clone()))),
    ) {
        (KeyringError::NoKeys(client), Some((ids, place))) => {
            AdminError::OnlyStatic { client, ids, place }
        }
        (error, _) => AdminError::of_revocation(error),
    }
}
