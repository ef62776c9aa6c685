use super::{confirm::confirm, static_keys::remark, wait::wait};
use crate::{
    args::RevokeArgs,
    context::{Context, key_id},
    error::AdminError,
};
use central_logger_keys::{ClientId, KeyId};

/// Whose keys are revoked.
enum Selection {
    Key(KeyId),
    Client(ClientId),
}

pub(crate) async fn revoke(context: &Context<'_>, args: RevokeArgs) -> Result<(), AdminError> {
    let (selection, what) = match (args.id, args.client) {
        (Some(id), _) => {
            let id = key_id(&id)?;
            let what = format!("the key {id}");
            (Selection::Key(id), what)
        }
        (None, Some(client)) => {
            let what = format!("all keys of {client}");
            (Selection::Client(client), what)
        }
        (None, None) => return Err(AdminError::Usage("name a KEY_ID or --client ID".to_owned())),
    };
    let opened = context.open().await?;
    if !args.yes {
        confirm(&format!("Revoke {what} permanently?"))?;
    }
    let (operations, reason) = (&opened.operations, args.reason.as_ref());
    let revoked = match &selection {
        Selection::Key(id) => operations.revoke(id, reason).await?,
        Selection::Client(client) => {
            let static_entries = opened.static_entries();
            operations
                .revoke_client(client, reason, static_entries)
                .await?
        }
    };
    let waited = wait(context, revoked.everywhere(), &args.wait).await?;
    let mut text = match revoked.result.revoked.as_slice() {
        [] => format!("Nothing to do: revoked before. {waited}"),
        ids => {
            let ids: Vec<_> = ids.iter().map(ToString::to_string).collect();
            format!("Revoked: {}. {waited}", ids.join(", "))
        }
    };
    if let Some(left) = &revoked.result.static_keys {
        text += &remark(context.output, left);
    }
    let audit = revoked.audit;
    let applied = revoked.waited(waited.duration());
    context.output.change(audit, &applied, || text)
}
