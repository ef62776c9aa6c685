use crate::{
    args::GenerateArgs,
    context::Context,
    error::AdminError,
    handover::{Handover, base_url, link_hint},
};
use central_logger_keys::{ApiKey, KeyEnvironment};
use central_logger_settings::Settings;
use serde_json::json;

/// The client id in the entry until somebody replaces it.
const PLACEHOLDER: &str = "client_id";

pub(crate) fn generate(context: &Context<'_>, args: GenerateArgs) -> Result<(), AdminError> {
    let settings = context.settings()?;
    let key = ApiKey::generate(&settings.key_prefix, KeyEnvironment::Live)?;
    let secret = key.expose_secret();
    let client = args
        .client
        .as_ref()
        .map_or(PLACEHOLDER, |client| client.as_str());
    let env_entry = env_entry(&settings, secret, client)?;
    let handover = Handover {
        api_key: secret,
        client_id: client,
        expires_at: None,
        replaces: None,
    };
    let message = handover.text(&base_url(&settings)?);
    let result = json!({
        "api_key": secret,
        "key_id": key.key_id(),
        "client_id": args.client,
        "env_entry": env_entry,
        "message": message,
    });
    context.output.secret(&result, || {
        let hint = match args.client {
            Some(_) => "",
            None => " (replace client_id by the client's id)",
        };
        format!(
            "The key, which is shown only once:\n\n    {secret}\n\n\
             For your .env, with the keys that it already has{hint}:\n\n{env_entry}\n\n\
             For the client:\n\n{message}\n\n{}",
            link_hint(client)
        )
    })
}

/// The new key after those of `API_KEYS`, in their order.
fn env_entry(settings: &Settings, secret: &str, client: &str) -> Result<String, AdminError> {
    let present = settings.environment.api_keys()?;
    let mut members: Vec<_> = present
        .iter()
        .map(|(key, client)| member(key.expose_secret(), client.as_str()))
        .collect();
    members.push(member(secret, client));
    Ok(format!("API_KEYS={{\n{}\n}}", members.join(",\n")))
}

fn member(key: &str, client: &str) -> String {
    format!("    {}: {}", json!(key), json!(client))
}
