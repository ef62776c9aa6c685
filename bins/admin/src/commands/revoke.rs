use super::{
    confirm::confirm,
    static_keys::remark,
    wait::{Waited, wait},
};
use crate::{
    args::RevokeArgs,
    context::{Context, key_id},
    error::AdminError,
};
use central_logger_keys::{ClientId, KeyId, KeyOwner};
use central_logger_operations::keys::Revoked;

/// Whose keys are revoked.
enum Selection {
    Key(KeyId),
    Client(ClientId),
}

pub(crate) async fn revoke(context: &Context<'_>, args: RevokeArgs) -> Result<(), AdminError> {
    let selection = match (&args.id, args.client) {
        (Some(id), _) => Selection::Key(key_id(id)?),
        (None, Some(client)) => Selection::Client(client),
        (None, None) => return Err(AdminError::Usage("name a KEY_ID or --client ID".to_owned())),
    };
    let opened = context.open().await?;
    let operations = &opened.operations;
    let owner = match &selection {
        Selection::Key(id) => operations.owner_of(id).await?,
        Selection::Client(client) => Some(client.clone().into()),
    };
    if !args.yes {
        let what = what(&selection, owner.as_ref(), args.with_made);
        confirm(&format!("Revoke {what} permanently?"))?;
    }
    let reason = args.reason.as_ref();
    let revoked = match &selection {
        Selection::Key(id) if args.with_made => operations.revoke_with_made(id, reason).await?,
        Selection::Key(id) => operations.revoke(id, reason).await?,
        Selection::Client(client) => {
            let static_entries = opened.static_entries();
            operations
                .revoke_client(client, reason, static_entries)
                .await?
        }
    };
    let waited = wait(context, revoked.everywhere(), &args.wait).await?;
    let mut text = revoked_text(&revoked.result, waited);
    if owner == Some(KeyOwner::Provider) {
        text = format!("It was a key of the provider. {text}");
    }
    if let (Some(sessions), Some(links)) = (
        revoked.result.sessions_ended,
        revoked.result.links_withdrawn,
    ) && sessions + links > 0
    {
        text += &format!(" Sessions ended: {sessions}; links withdrawn: {links}.");
    }
    if let Some(left) = &revoked.result.static_keys {
        text += &remark(context.output, left);
    }
    let audit = revoked.audit;
    let applied = revoked.waited(waited.duration());
    context.output.change(audit, &applied, || text)
}

fn what(selection: &Selection, owner: Option<&KeyOwner>, with_made: bool) -> String {
    let id = match selection {
        Selection::Client(client) => return format!("all keys of {client}, and end its sessions"),
        Selection::Key(id) => id,
    };
    // Of a row that cannot be read nobody knows whose it is.
    let of_owner = owner.map(|owner| format!(" of {owner}"));
    let of_owner = of_owner.unwrap_or_default();
    match with_made {
        true => format!("the key {id}{of_owner}, and all keys that it made,"),
        false => format!("the key {id}{of_owner}"),
    }
}

/// Which keys were revoked.
pub(super) fn revoked_text(revoked: &Revoked, waited: Waited) -> String {
    match revoked.revoked.as_slice() {
        [] => format!("Nothing to do: revoked before. {waited}"),
        ids => {
            let ids: Vec<_> = ids.iter().map(ToString::to_string).collect();
            format!("Revoked: {}. {waited}", ids.join(", "))
        }
    }
}
