//! Several installations in one cluster, and logins that may do no more than they need.

mod rights;
mod roles;
mod unfit;

use central_logger_keys::ClientId;
use central_logger_log_store::{LogStore, Submission};
use central_logger_postgres::{
    Postgres,
    testing::{execute, new_database, new_login, with_login},
};
use time::OffsetDateTime;
use tokio_postgres::{NoTls, error::SqlState};

/// A database that belongs to a login of its own, which may make roles or not.
async fn installation(may_make_roles: bool) -> (String, String) {
    let (superuser, login) = (new_database().await, new_login().await);
    let database = superuser.rsplit_once('/').unwrap().1;
    let mut sql = format!(
        "ALTER DATABASE {database} OWNER TO {login}; GRANT ALL ON SCHEMA public TO {login};"
    );
    if may_make_roles {
        sql += &format!("ALTER ROLE {login} CREATEROLE;");
    }
    execute(&superuser, &sql).await;
    (superuser, login)
}

async fn migrated(superuser: &str, login: &str) -> Postgres {
    let postgres = Postgres::connect(&with_login(superuser, login))
        .await
        .unwrap();
    postgres.migrate().await.unwrap();
    postgres
}

async fn append(postgres: &Postgres, client: &ClientId) {
    let body = br#"{"environment":"e","executed_at":"2025-12-24T10:30:00Z","status":"s"}"#;
    let now = OffsetDateTime::now_utc();
    let Ok(Submission::One(entry)) = Submission::parse(body, client, now) else {
        panic!("it is an entry");
    };
    postgres.logs().append(client, now, &[entry]).await.unwrap();
}

/// What `login` is told when it tries to do `sql` at `url`; nothing when it succeeds with rows.
async fn refusal(url: &str, sql: &str) -> Option<SqlState> {
    let (client, connection) = match tokio_postgres::connect(url, NoTls).await {
        Ok(connected) => connected,
        Err(error) => return Some(error.code().unwrap().clone()),
    };
    tokio::spawn(connection);
    let done = client.simple_query(sql).await;
    done.err().map(|error| error.code().unwrap().clone())
}
