use crate::{
    args::IssueArgs,
    commands::wait::wait,
    context::{Context, Keys},
    error::AdminError,
    handover::{Delivery, Handover},
};
use central_logger_key_store::{ExternalKey, Imported, IssuedKey, KeyRecord, NewKey};
use central_logger_keys::{ApiKey, ClientId, KeyEnvironment, KeyId, Networks, Scope, Scopes};
use serde::Serialize;
use std::{
    io::{self, BufRead, Read},
    sync::Arc,
};
use time::OffsetDateTime;

#[derive(Serialize)]
pub(crate) struct Issued<'a> {
    key_id: &'a KeyId,
    api_key: &'a str,
    client_id: &'a ClientId,
    client_name: Option<&'a str>,
    scopes: &'a Scopes,
    environment: KeyEnvironment,
    #[serde(with = "time::serde::rfc3339")]
    created_at: OffsetDateTime,
    #[serde(with = "time::serde::rfc3339::option")]
    expires_at: Option<OffsetDateTime>,
}

impl<'a> Issued<'a> {
    pub(crate) fn of(record: &'a KeyRecord, api_key: &'a ApiKey) -> Self {
        Self {
            key_id: &record.id,
            api_key: api_key.expose_secret(),
            client_id: &record.client_id,
            client_name: record.client_name.as_deref(),
            scopes: &record.scopes,
            environment: record.environment,
            created_at: record.created_at,
            expires_at: record.expires_at,
        }
    }
}

pub(crate) async fn issue(context: &Context<'_>, args: IssueArgs) -> Result<(), AdminError> {
    let made_elsewhere = args.key_stdin.then(read_key).transpose()?;
    let new = new_key(context, &args)?;
    let keys = context.keys_to_add().await?;
    let delivery = Delivery::prepare(&keys.settings, &args.message, made_elsewhere.is_none())?;
    let stored = match made_elsewhere {
        None => {
            let issued = keys.keyring.issue(&keys.settings.key_prefix, new).await;
            issued.map_err(AdminError::from)
        }
        Some(key) => adopt(&keys, key, new).await,
    };
    let IssuedKey { record, api_key } = match stored {
        Ok(issued) => issued,
        Err(error) => {
            delivery.discard(context.output);
            return Err(error);
        }
    };
    let view = Issued::of(&record, &api_key);
    let handover = Handover {
        api_key: api_key.expose_secret(),
        client_id: record.client_id.as_str(),
        expires_at: record.expires_at,
        replaces: None,
    };
    let headline = format!(
        "Stored a key for {} with the id {}.",
        record.client_id, record.id
    );
    let audit = keys.keyring.noted();
    let output = context.output;
    // The key is shown first: whoever has enough of waiting still has it.
    delivery.hand_over(output, audit, &view, &headline, &handover, &record.id)?;
    // Servers may remember that they did not know it, when it was presented before.
    wait(context, keys.keyring.everywhere(), &args.wait).await?;
    Ok(())
}

async fn adopt(keys: &Keys, key: ApiKey, new: NewKey) -> Result<IssuedKey, AdminError> {
    let api_key = Arc::new(key);
    let foreign = ExternalKey::Key(Arc::clone(&api_key));
    match keys.keyring.import(foreign, new).await? {
        Imported::Known(record) => Err(AdminError::KeyExists(record.id)),
        Imported::New(record) => Ok(IssuedKey { record, api_key }),
    }
}

fn new_key(context: &Context<'_>, args: &IssueArgs) -> Result<NewKey, AdminError> {
    for scope in args.scopes.iter().filter(|scope| !scope.is_own()) {
        context.output.remark(&format!(
            "The scope {scope} is none of Central Logger's, which are {}: only a service of yours that \
             asks for it accepts it.",
            Scope::OWN.each_ref().map(Scope::as_str).join(", ")
        ));
    }
    let mut allowed_from = Networks::default();
    for networks in &args.allow_ip {
        allowed_from.extend(networks.clone());
    }
    Ok(NewKey {
        client_name: args.name.clone(),
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
    /// More than any key has, so that what is longer is seen to be.
    const MAX_LINE: u64 = 4096;
    let mut line = String::new();
    io::stdin()
        .lock()
        .take(MAX_LINE)
        .read_line(&mut line)
        .map_err(AdminError::Stdin)?;
    ApiKey::parse(line.trim_end_matches(['\r', '\n'])).map_err(AdminError::KeyOnStdin)
}
