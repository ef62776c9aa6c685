use crate::{context::Context, error::AdminError};
use central_logger_backend::Backend;
use serde_json::json;

pub(crate) async fn migrate(context: &Context<'_>) -> Result<(), AdminError> {
    let backend = Backend::open(&context.settings()?.database_url).await?;
    let applied = backend.migrate().await?;
    context
        .output
        .result(&json!({"applied": applied}), || match applied.is_empty() {
            true => "The schema is up to date.".to_owned(),
            false => format!("Applied:\n  {}", applied.join("\n  ")),
        })
}
