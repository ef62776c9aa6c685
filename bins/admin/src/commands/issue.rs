use crate::{args::IssueArgs, context::Context, error::AdminError};
use central_logger_key_store::{Adoption, KeyRecord, NewKey, Scopes};
use central_logger_keys::{ApiKey, ClientId, KeyEnvironment, KeyId};
use serde::Serialize;
use std::io;
use time::OffsetDateTime;

#[derive(Serialize)]
struct Issued<'a> {
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
    fn of(record: &'a KeyRecord, api_key: &'a ApiKey) -> Self {
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
    let new = new_key(context, args)?;
    let keys = context.keys_to_add(context.settings()?).await?;
    match made_elsewhere {
        None => {
            let issued = keys.keyring.issue(&keys.prefix, new).await?;
            let view = Issued::of(&issued.record, &issued.api_key);
            let shown = context.output.result(&view, || {
                format!(
                    "Issued the key {} to {}. It is shown this once:\n\n    {}",
                    view.key_id, view.client_id, view.api_key
                )
            });
            shown.map_err(|source| AdminError::NotShown {
                id: issued.record.id.clone(),
                source: Box::new(source),
            })
        }
        Some(key) => {
            // Parsed again, because storing it takes the key.
            let shown = ApiKey::parse(key.expose_secret()).map_err(AdminError::KeyOnStdin)?;
            match keys.keyring.adopt(key, new).await? {
                Adoption::Known(record) => Err(AdminError::KeyExists(record.id)),
                Adoption::New(record) => {
                    let view = Issued::of(&record, &shown);
                    context.output.result(&view, || {
                        format!(
                            "Stored the key for {} under the id {}.",
                            view.client_id, view.key_id
                        )
                    })
                }
            }
        }
    }
}

fn new_key(context: &Context<'_>, args: IssueArgs) -> Result<NewKey, AdminError> {
    let expires_at = match args.expires {
        None => None,
        Some(when) => Some(when.from(context.now()).ok_or(AdminError::ExpiryTooFar)?),
    };
    Ok(NewKey {
        client_name: args.name,
        scopes: match args.scopes.is_empty() {
            true => Scopes::default(),
            false => Scopes::from(args.scopes),
        },
        environment: args.env,
        expires_at,
        note: args.note,
        ..NewKey::for_client(args.client)
    })
}

fn read_key() -> Result<ApiKey, AdminError> {
    let mut line = String::new();
    io::stdin()
        .read_line(&mut line)
        .map_err(AdminError::Stdin)?;
    ApiKey::parse(line.trim_end_matches(['\r', '\n'])).map_err(AdminError::KeyOnStdin)
}
