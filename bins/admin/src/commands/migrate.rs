use crate::{
    args::MigrateArgs,
    context::{Context, Opened},
    error::AdminError,
};
use central_logger_database::{Database, DatabaseError, Grant, OpenOptions};
use serde_json::{Value, json};
use std::time::Duration;
use tokio::{pin, select, time::sleep};

/// How long to work silently.
const PATIENCE: Duration = Duration::from_secs(2);

pub(crate) async fn migrate(context: &Context<'_>, args: MigrateArgs) -> Result<(), AdminError> {
    let settings = context.settings()?;
    let database = settings.open_database(&OpenOptions::default()).await?;
    let applied = remarking(context, async {
        let applied = database.migrate().await?;
        database.finish_migration().await?;
        Ok(applied)
    });
    let applied = applied.await?;
    // So that the audit trail has an entry about every key from here on.
    let operations = Opened::new(&*database, settings).operations;
    if let Some(problem) = operations.tend().await? {
        context.output.remark(&problem.to_string());
    }
    let mut told = vec![match applied.is_empty() {
        true => "The schema is up to date.".to_owned(),
        false => format!("Applied:\n  {}", applied.join("\n  ")),
    }];
    let mut result = json!({"applied": applied});
    if let Some(role) = &args.serve_as {
        let (text, missing_sql) = serve_as(&*database, role).await?;
        told.push(text);
        result["serve_as"] = json!(role);
        result["missing_sql"] = json!(missing_sql);
    }
    if args.citus {
        let (text, distributed) = distribute(&*database).await?;
        told.push(text);
        result["has_citus"] = json!(!distributed.is_null());
        result["distributed"] = match distributed {
            Value::Null => json!([]),
            tables => tables,
        };
    }
    context.output.result(&result, || told.join("\n"))
}

/// Says why it takes long, when it does.
async fn remarking<T>(
    context: &Context<'_>,
    work: impl Future<Output = Result<T, DatabaseError>>,
) -> Result<T, DatabaseError> {
    pin!(work);
    select! {
        done = &mut work => done,
        () = sleep(PATIENCE) => {
            context.output.remark("This can take long, with large tables or while other sessions hold locks …");
            work.await
        }
    }
}

/// Returns a text for people, and the SQL that a privileged user has to run.
async fn serve_as(
    database: &dyn Database,
    role: &str,
) -> Result<(String, Option<String>), AdminError> {
    match database.grant_server_rights(role).await {
        Ok(Grant::Missing { sql }) => {
            let text =
                format!("This login may not grant that: run this SQL as a privileged user:\n{sql}");
            Ok((text, Some(sql)))
        }
        Ok(_) => Ok((
            format!("The role {role} has the rights of a server, and no others."),
            None,
        )),
        Err(DatabaseError::Unsupported(reason)) => {
            Err(AdminError::Usage(format!("--serve-as: {reason}")))
        }
        Err(error) => Err(error.into()),
    }
}

/// Returns a text for people, and the tables; null without Citus.
async fn distribute(database: &dyn Database) -> Result<(String, Value), AdminError> {
    let distributed = database.distribute_logs().await?;
    let text = match distributed.as_deref() {
        None => "The database does not have Citus: nothing was distributed.".to_owned(),
        Some([]) => "The logs are distributed already.".to_owned(),
        Some(tables) => format!(
            "Distributed by client: {}. Restart the servers, so that they write to one machine at \
             a time.",
            tables.join(", ")
        ),
    };
    Ok((text, json!(distributed)))
}
