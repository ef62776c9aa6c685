use super::{
    deliver::{hand_over, patiently, report},
    rotate_due::rotate_due,
    wait::wait,
};
use crate::{
    args::RotateArgs,
    context::{Context, key_id},
    error::AdminError,
    handover::{Delivery, Handover, Replaced},
    text::{minute, minute_or},
};
use central_logger_hand_over::Succession;
use central_logger_keyring::Rotation;
use central_logger_keys::KeyId;
use time::Duration;

pub(crate) async fn rotate(context: &Context<'_>, args: RotateArgs) -> Result<(), AdminError> {
    let Some(id) = &args.id else {
        return rotate_due(context, &args).await;
    };
    let id = key_id(id)?;
    if args.finish {
        return finish(context, &id, &args).await;
    }
    if args.deliver {
        return deliver(context, &id, &args).await;
    }
    match args.extend {
        Some(by) => extend(context, &id, by.0, &args).await,
        None => replace(context, &id, args).await,
    }
}

async fn finish(context: &Context<'_>, id: &KeyId, args: &RotateArgs) -> Result<(), AdminError> {
    let finished = context.open().await?.operations.finish_rotation(id).await?;
    let waited = wait(context, finished.everywhere(), &args.wait).await?;
    context.output.change(finished.audit, &finished, || {
        format!("The grace period is over: {id}. {waited}")
    })
}

async fn extend(
    context: &Context<'_>,
    id: &KeyId,
    by: Duration,
    args: &RotateArgs,
) -> Result<(), AdminError> {
    let operations = context.open().await?.operations;
    let extended = operations.extend_rotation(id, by).await?;
    let waited = wait(context, extended.everywhere(), &args.wait).await?;
    context.output.change(extended.audit, &extended, || {
        let end = minute_or(extended.result.ends_at(), "");
        format!("The key {id} is valid until {end}. {waited}")
    })
}

async fn deliver(context: &Context<'_>, id: &KeyId, args: &RotateArgs) -> Result<(), AdminError> {
    let how = Succession {
        grace: args.grace(),
        expires_at: context.point(args.expires)?,
        overwrite: args.overwrite,
    };
    let hand_over = hand_over(&context.open().await?)?;
    let delivered = patiently(context, async || hand_over.rotate(id, how).await).await?;
    report(context, &delivered)
}

async fn replace(context: &Context<'_>, id: &KeyId, args: RotateArgs) -> Result<(), AdminError> {
    let rotation = Rotation {
        grace: args.grace(),
        expires_at: context.point(args.expires)?,
    };
    let opened = context.open().await?;
    let delivery = Delivery::prepare(&opened.settings, &args.message, true)?;
    let prefix = &opened.settings.key_prefix;
    let rotated = match opened.operations.rotate(id, prefix, rotation).await {
        Ok(rotated) => rotated,
        Err(error) => {
            delivery.discard(context.output);
            return Err(error.into());
        }
    };
    let successor = &rotated.result;
    let (issued, works_until) = (&successor.issued, successor.works_until);
    let handover = Handover {
        api_key: issued.api_key.expose_secret(),
        client_id: issued.record.owner.as_str(),
        expires_at: issued.record.expires_at,
        replaces: Some(Replaced { id, works_until }),
    };
    let about_old = match works_until {
        Some(end) => format!("which is valid until {}", minute(end)),
        None => "which is revoked".to_owned(),
    };
    let new_id = &issued.record.id;
    let headline = format!("Issued {new_id} in place of {id}, {about_old}.");
    // The key is shown first, so that it is not lost when somebody interrupts the waiting.
    delivery.hand_over(context.output, &rotated, &headline, &handover, new_id)?;
    if successor.is_wait_due {
        let waited = wait(context, rotated.everywhere(), &args.wait).await?;
        context.output.remark(&waited.to_string());
    }
    Ok(())
}
