use crate::{
    args::RotateArgs,
    commands::{issue::Issued, wait::wait},
    context::{Context, key_id},
    error::AdminError,
    handover::{Delivery, Handover, Replaced},
    view::{KeyView, minute},
};
use central_logger_key_store::{Head, KeyRecord, Rotation};
use central_logger_keys::KeyId;
use serde::Serialize;
use time::{Duration, OffsetDateTime};

/// Servers may know of a shorter grace too late, unless they are waited for.
const LONGEST_LEASE: Duration = Duration::MINUTE;

#[derive(Serialize)]
struct Successor<'a> {
    #[serde(flatten)]
    issued: Issued<'a>,
    replaces: &'a KeyId,
    #[serde(with = "time::serde::rfc3339::option")]
    old_expires_at: Option<OffsetDateTime>,
}

pub(crate) async fn rotate(context: &Context<'_>, args: RotateArgs) -> Result<(), AdminError> {
    let id = key_id(&args.id)?;
    if args.finish {
        let keyring = context.keys().await?.keyring;
        let ended = keyring.finish_rotation(&id).await?;
        let waited = wait(context, ended.everywhere(), &args.wait).await?;
        return show_old(context, keyring.noted(), &ended.done, || {
            format!("The grace is over: {id}. {waited}")
        });
    }
    if let Some(by) = args.extend {
        let keys = context.keys().await?;
        let extended = keys.keyring.extend_rotation(&id, by.0).await?;
        let waited = wait(context, extended.everywhere(), &args.wait).await?;
        let extended = &extended.done;
        return show_old(context, keys.keyring.noted(), extended, || {
            format!(
                "The key {id} works until {}. {waited}",
                minute(extended.ends_at(), "")
            )
        });
    }
    replace(context, &id, args).await
}

fn show_old(
    context: &Context<'_>,
    audit: Option<Head>,
    record: &KeyRecord,
    for_people: impl FnOnce() -> String,
) -> Result<(), AdminError> {
    let view = KeyView::of(record, context.now());
    context.output.change(audit, &view, for_people)
}

async fn replace(context: &Context<'_>, id: &KeyId, args: RotateArgs) -> Result<(), AdminError> {
    let rotation = Rotation {
        grace: args.grace.0,
        expires_at: context.point(args.expires)?,
    };
    let keys = context.keys().await?;
    let delivery = Delivery::prepare(&keys.settings, &args.message, true)?;
    let prefix = &keys.settings.key_prefix;
    let is_wait_due = args.grace.0 < LONGEST_LEASE;
    let committed = match keys.keyring.rotate(id, prefix, rotation).await {
        Ok(committed) => committed,
        Err(error) => {
            delivery.discard(context.output);
            return Err(error.into());
        }
    };
    let rotated = &committed.done;
    let (record, old) = (&rotated.issued.record, &rotated.replaced);
    let works_until = match old.revoked_at {
        Some(_) => None,
        None => old.ends_at(),
    };
    let view = Successor {
        issued: Issued::of(record, &rotated.issued.api_key),
        replaces: id,
        old_expires_at: old.revoked_at.or(works_until),
    };
    let handover = Handover {
        api_key: rotated.issued.api_key.expose_secret(),
        client_id: record.client_id.as_str(),
        expires_at: record.expires_at,
        replaces: Some(Replaced { id, works_until }),
    };
    let about_old = match works_until {
        Some(end) => format!("which works until {}", minute(Some(end), "")),
        None => "which is revoked".to_owned(),
    };
    let headline = format!("Issued {} in the place of {id}, {about_old}.", record.id);
    // The key is shown first: whoever has enough of waiting still has it.
    let audit = keys.keyring.noted();
    let output = context.output;
    delivery.hand_over(output, audit, &view, &headline, &handover, &record.id)?;
    if is_wait_due {
        let waited = wait(context, committed.everywhere(), &args.wait).await?;
        context.output.remark(&waited.to_string());
    }
    Ok(())
}
