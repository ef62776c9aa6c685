use crate::{
    context::{Context, Keys},
    error::AdminError,
};
use central_logger_key_store::KeyringError;
use serde_json::json;

pub(crate) async fn migrate(context: &Context<'_>, citus: bool) -> Result<(), AdminError> {
    let settings = context.settings()?;
    let backend = settings.open_database().await?;
    let applied = backend.migrate().await?;
    // So that the audit trail vouches for the keys from here on.
    match Keys::new(&backend, settings).keyring.tend().await {
        Err(KeyringError::WrongPepper(error)) => context.output.remark(&error.to_string()),
        tended => tended?,
    }
    let schema = match applied.is_empty() {
        true => "The schema is up to date.".to_owned(),
        false => format!("Applied:\n  {}", applied.join("\n  ")),
    };
    if !citus {
        let result = json!({"applied": applied});
        return context.output.result(&result, || schema);
    }
    let distributed = backend.distribute().await?;
    let logs = match distributed.as_deref() {
        None => "The database does not have Citus: nothing was distributed.".to_owned(),
        Some([]) => "The logs were distributed before.".to_owned(),
        Some(tables) => format!(
            "Distributed by client: {}. Restart the servers, so that they write to one machine at \
             a time.",
            tables.join(", ")
        ),
    };
    let result = json!({"applied": applied, "has_citus": distributed.is_some(),
                        "distributed": distributed.unwrap_or_default()});
    context
        .output
        .result(&result, || format!("{schema}\n{logs}"))
}
