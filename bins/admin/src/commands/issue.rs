use super::{
    deliver::{hand_over, patiently, report},
    networks::all_of,
    reveal_links,
    wait::wait,
};
use crate::{
    args::IssueArgs,
    context::Context,
    error::AdminError,
    handover::{Delivery, Handover},
};
use central_logger_delivery::TargetName;
use central_logger_key_store::NewKey;
use central_logger_keys::{ApiKey, Scope, Scopes};
use std::io::{self, BufRead, Read};

pub(crate) async fn issue(context: &Context<'_>, args: IssueArgs) -> Result<(), AdminError> {
    if let Some(target) = &args.deliver {
        return deliver(context, &args, target.as_ref()).await;
    }
    let external = args.key_stdin.then(read_key).transpose()?;
    let new = new_key(context, &args)?;
    if args.link.reveal_link {
        return reveal_links::make(context, new, &args.link).await;
    }
    let opened = context.open_or_create().await?;
    let (operations, settings) = (&opened.operations, &opened.settings);
    let delivery = Delivery::prepare(settings, &args.message, external.is_none())?;
    let issued = match external {
        None => operations.issue(&settings.key_prefix, new).await,
        Some(key) => operations.issue_external(key, new).await,
    };
    let issued = match issued {
        Ok(issued) => issued,
        Err(error) => {
            delivery.discard(context.output);
            return Err(error.into());
        }
    };
    let record = &issued.result.record;
    let handover = Handover {
        api_key: issued.result.api_key.expose_secret(),
        client_id: record.owner.as_str(),
        expires_at: record.expires_at,
        replaces: None,
    };
    let (client, id) = (record.owner.as_str(), &record.id);
    let headline = format!("Stored a key for {client} with the id {id}.");
    // The key is shown first, so that it is not lost when somebody interrupts the waiting.
    delivery.hand_over(context.output, &issued, &headline, &handover, &record.id)?;
    wait(context, issued.everywhere(), &args.wait).await?;
    Ok(())
}

async fn deliver(
    context: &Context<'_>,
    args: &IssueArgs,
    target: Option<&TargetName>,
) -> Result<(), AdminError> {
    let new = new_key(context, args)?;
    let hand_over = hand_over(&context.open_or_create().await?)?;
    let (client, overwrite) = (&args.client, args.overwrite);
    let issue = async || {
        hand_over
            .issue(client, new.clone(), target, overwrite)
            .await
    };
    let delivered = patiently(context, issue).await?;
    report(context, &delivered)
}

fn new_key(context: &Context<'_>, args: &IssueArgs) -> Result<NewKey, AdminError> {
    for scope in args.scopes.iter().filter(|scope| !scope.is_own()) {
        context.output.remark(&format!(
            "Warning: {scope} is not a scope of Central Logger, which has {}: only a service of yours \
             that asks for it accepts it.",
            Scope::OWN.each_ref().map(Scope::as_str).join(", ")
        ));
    }
    Ok(NewKey {
        name: args.name.clone(),
        scopes: match args.scopes.is_empty() {
            true => Scopes::default(),
            false => Scopes::from(args.scopes.clone()),
        },
        environment: args.env,
        allowed_from: all_of(&args.allow_ip),
        rate_limit: args.rate,
        expires_at: context.point(args.expires)?,
        note: args.note.clone(),
        allow_weak: args.allow_weak,
        ..NewKey::for_client(args.client.clone())
    })
}

pub(super) fn read_key() -> Result<ApiKey, AdminError> {
    ApiKey::parse(&first_line()?).map_err(AdminError::KeyOnStdin)
}

/// The first line of standard input.
pub(super) fn first_line() -> Result<String, AdminError> {
    /// Longer than any key, so that a line that is too long is seen to be.
    const MAX_LINE: u64 = 4096;
    let mut line = String::new();
    io::stdin()
        .lock()
        .take(MAX_LINE)
        .read_line(&mut line)
        .map_err(AdminError::Stdin)?;
    Ok(line.trim_end_matches(['\r', '\n']).to_owned())
}
