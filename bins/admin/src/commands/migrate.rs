use crate::{
    args::MigrateArgs,
    context::{Context, Keys},
    error::AdminError,
};
use central_logger_backend::{Backend, BackendError};
use central_logger_key_store::KeyringError;
use serde_json::{Value, json};
use std::time::Duration;
use tokio::{pin, select, time::sleep};

/// When people are told what they are waiting for.
const PATIENCE: Duration = Duration::from_secs(2);

pub(crate) async fn migrate(context: &Context<'_>, args: MigrateArgs) -> Result<(), AdminError> {
    let settings = context.settings()?;
    let backend = settings.open_database().await?;
    let applied = remarking(context, async {
        let applied = backend.migrate().await?;
        if let Backend::Postgres(postgres) = &backend {
            postgres.finish_migration().await?;
        }
        Ok(applied)
    });
    let applied = applied.await?;
    // So that the audit trail vouches for the keys from here on.
    match Keys::new(&backend, settings).keyring.tend().await {
        Err(KeyringError::WrongPepper(error)) => context.output.remark(&error.to_string()),
        tended => tended?,
    }
    let mut told = vec![match applied.is_empty() {
        true => "The schema is up to date.".to_owned(),
        false => format!("Applied:\n  {}", applied.join("\n  ")),
    }];
    let mut result = json!({"applied": applied});
    if let Some(role) = &args.serve_as {
        let (text, missing_sql) = serve_as(&backend, role).await?;
        told.push(text);
        result["serve_as"] = json!(role);
        result["missing_sql"] = json!(missing_sql);
    }
    if args.citus {
        let (text, distributed) = distribute(&backend).await?;
        told.push(text);
        result["has_citus"] = json!(!distributed.is_null());
        result["distributed"] = match distributed {
            Value::Null => json!([]),
            tables => tables,
        };
    }
    context.output.result(&result, || told.join("\n"))
}

/// Says what it is waiting for, when it takes long.
async fn remarking<T>(
    context: &Context<'_>,
    work: impl Future<Output = Result<T, BackendError>>,
) -> Result<T, BackendError> {
    pin!(work);
    select! {
        done = &mut work => done,
        () = sleep(PATIENCE) => {
            context.output.remark("This takes its time, for large tables or for others who hold locks …");
            work.await
        }
    }
}

/// What is told of it, and the SQL that somebody else has to run.
async fn serve_as(backend: &Backend, role: &str) -> Result<(String, Option<String>), AdminError> {
    let Backend::Postgres(postgres) = backend else {
        let only = "--serve-as: SQLite has no roles; it is for PostgreSQL";
        return Err(AdminError::Usage(only.to_owned()));
    };
    let missing = postgres.serve_as(role).await.map_err(BackendError::from)?;
    let text = match &missing {
        None => format!("The role {role} may serve, and nothing more."),
        Some(sql) => format!("This login may not say so: let whoever may run this:\n{sql}"),
    };
    Ok((text, missing))
}

/// What is told of it, and the tables; null where there is no Citus.
async fn distribute(backend: &Backend) -> Result<(String, Value), AdminError> {
    let distributed = backend.distribute().await?;
    let text = match distributed.as_deref() {
        None => "The database does not have Citus: nothing was distributed.".to_owned(),
        Some([]) => "The logs were distributed before.".to_owned(),
        Some(tables) => format!(
            "Distributed by client: {}. Restart the servers, so that they write to one machine at \
             a time.",
            tables.join(", ")
        ),
    };
    Ok((text, json!(distributed)))
}
