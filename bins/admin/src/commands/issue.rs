use super::wait::wait;
use crate::{
    args::IssueArgs,
    context::Context,
    error::AdminError,
    handover::{Delivery, Handover},
};
use central_logger_key_store::NewKey;
use central_logger_keys::{ApiKey, Networks, Scope, Scopes};
use std::io::{self, BufRead, Read};

pub(crate) async fn issue(context: &Context<'_>, args: IssueArgs) -> Result<(), AdminError> {
    let external = args.key_stdin.then(read_key).transpose()?;
    let new = new_key(context, &args)?;
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

fn new_key(context: &Context<'_>, args: &IssueArgs) -> Result<NewKey, AdminError> {
    for scope in args.scopes.iter().filter(|scope| !scope.is_own()) {
        context.output.remark(&format!(
            "Warning: {scope} is not a scope of Central Logger, which has {}: only a service of yours \
             that asks for it accepts it.",
            Scope::OWN.each_ref().map(Scope::as_str).join(", ")
        ));
    }
    let mut allowed_from = Networks::default();
    for networks in &args.allow_ip {
        allowed_from.extend(networks.clone());
    }
    Ok(NewKey {
        name: args.name.clone(),
        scopes: match args.scopes.is_empty() {
            true => Scopes::default(),
            false => Scopes::from(args.scopes.clone()),
        },
        environment: args.env,
        allowed_from,
        rate_limit: args.rate,
        expires_at: context.point(args.expires)?,
        note: args.note.clone(),
        allow_weak: args.allow_weak,
        ..NewKey::for_client(args.client.clone())
    })
}

fn read_key() -> Result<ApiKey, AdminError> {
    /// Longer than any key, so that a line that is too long is seen to be.
    const MAX_LINE: u64 = 4096;
    let mut line = String::new();
    io::stdin()
        .lock()
        .take(MAX_LINE)
        .read_line(&mut line)
        .map_err(AdminError::Stdin)?;
    ApiKey::parse(line.trim_end_matches(['\r', '\n'])).map_err(AdminError::KeyOnStdin)
}
