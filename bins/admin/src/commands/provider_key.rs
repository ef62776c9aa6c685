use super::{
    confirm::confirm, issue::read_key, networks::all_of, revoke::revoked_text, wait::wait,
};
use crate::{
    args::{
        IssueProviderKeyArgs, ProviderKeyCommand, RevokeProviderKeyArgs, RotateProviderKeyArgs,
    },
    context::{Context, key_id},
    error::AdminError,
    text::{minute, new_provider_key, provider_key_table, unreadable_line},
};
use central_logger_command_line::OutputTarget;
use central_logger_keyring::Rotation;
use central_logger_operations::{
    Change,
    keys::{Issued, KeyFilter, NewProviderKey},
};
use central_logger_text::PlainText;
use serde::Serialize;

pub(crate) async fn provider_key(
    context: &Context<'_>,
    command: ProviderKeyCommand,
) -> Result<(), AdminError> {
    match command {
        ProviderKeyCommand::Issue(args) => issue(context, args).await,
        ProviderKeyCommand::List { q } => list(context, q).await,
        ProviderKeyCommand::Rotate(args) => rotate(context, args).await,
        ProviderKeyCommand::Revoke(args) => revoke(context, args).await,
    }
}

async fn issue(context: &Context<'_>, args: IssueProviderKeyArgs) -> Result<(), AdminError> {
    let external = args.key_stdin.then(read_key).transpose()?;
    let new = NewProviderKey {
        name: args.name,
        scopes: args.scopes,
        allowed_from: all_of(&args.allow_ip),
        expires_at: context.point(args.expires)?,
    };
    let opened = context.open_or_create().await?;
    let operations = &opened.operations;
    let issued = match external {
        None => {
            need_reader()?;
            let prefix = &opened.settings.key_prefix;
            operations.issue_provider_key(prefix, new).await?
        }
        Some(key) => operations.issue_external_provider_key(key, new).await?,
    };
    let id = &issued.result.record.id;
    let headline = format!("Stored a key of the provider with the id {id}.");
    // The key is shown first, so that it is not lost when somebody interrupts the waiting.
    show(context, &issued, &issued.result, &headline)?;
    wait(context, issued.everywhere(), &args.wait).await?;
    Ok(())
}

async fn list(context: &Context<'_>, part: Option<PlainText>) -> Result<(), AdminError> {
    let operations = context.open().await?.operations;
    let filter = KeyFilter {
        part: part.map(String::from),
        ..KeyFilter::default()
    };
    let listing = operations.list_provider_keys(&filter).await?;
    context.output.result(&listing, || {
        let mut text = match listing.keys.is_empty() {
            true => "No keys of the provider.".to_owned(),
            false => provider_key_table(&listing.keys),
        };
        for key in &listing.unreadable {
            text += &format!("\n{}", unreadable_line(key));
        }
        text
    })
}

async fn rotate(context: &Context<'_>, args: RotateProviderKeyArgs) -> Result<(), AdminError> {
    let id = key_id(&args.id)?;
    let rotation = Rotation {
        grace: args.grace.0,
        expires_at: context.point(args.expires)?,
    };
    let opened = context.open().await?;
    need_reader()?;
    let prefix = &opened.settings.key_prefix;
    let rotated = opened.operations.rotate_provider_key(&id, prefix, rotation);
    let rotated = rotated.await?;
    let successor = &rotated.result;
    let about_old = match successor.works_until {
        Some(end) => format!("which is valid until {}", minute(end)),
        None => "which is revoked".to_owned(),
    };
    let new_id = &successor.issued.record.id;
    let headline = format!("Issued {new_id} in place of {id}, {about_old}.");
    show(context, &rotated, &successor.issued, &headline)?;
    if successor.is_wait_due {
        let waited = wait(context, rotated.everywhere(), &args.wait).await?;
        context.output.remark(&waited.to_string());
    }
    Ok(())
}

async fn revoke(context: &Context<'_>, args: RevokeProviderKeyArgs) -> Result<(), AdminError> {
    let id = key_id(&args.id)?;
    let operations = context.open().await?.operations;
    if !args.yes {
        let with_made = match args.with_made {
            true => ", and all keys that it made,",
            false => "",
        };
        let what = format!("the key {id} of the provider{with_made}");
        confirm(&format!("Revoke {what} permanently?"))?;
    }
    let reason = args.reason.as_ref();
    let revoked = operations.revoke_provider_key(&id, reason, args.with_made);
    let revoked = revoked.await?;
    let waited = wait(context, revoked.everywhere(), &args.wait).await?;
    let text = revoked_text(&revoked.result, waited);
    let audit = revoked.audit;
    let applied = revoked.waited(waited.duration());
    context.output.change(audit, &applied, || text)
}

/// A new key that nobody sees is lost.
fn need_reader() -> Result<(), AdminError> {
    let target = OutputTarget::stdout();
    target.need_reader().map_err(AdminError::NoReader)
}

/// Shows a key, this once.
fn show(
    context: &Context<'_>,
    change: &Change<impl Serialize>,
    issued: &Issued,
    headline: &str,
) -> Result<(), AdminError> {
    let text = || format!("{headline} {}", new_provider_key(issued));
    let shown = context.output.secret_change(change.audit, change, text);
    shown.map_err(|source| AdminError::NotShown {
        id: issued.record.id.clone(),
        source: Box::new(source),
    })
}
