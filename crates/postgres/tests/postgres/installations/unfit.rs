//! Databases that cannot be used.

use central_logger_key_store::KeyStore;
use central_logger_postgres::{
    OpenError, Postgres,
    testing::{execute, new_database, new_login},
};
use central_logger_text::Report;

#[tokio::test]
async fn a_table_of_another_program_is_not_taken_for_ours() {
    for table in [
        "CREATE TABLE schema_migrations (version text PRIMARY KEY)",
        "CREATE TABLE schema_migrations (version bigint, dirty boolean)",
        "CREATE TABLE schema_migrations (name text, compatible_from text)",
    ] {
        let url = new_database().await;
        execute(&url, table).await;
        let postgres = Postgres::connect(&url).await.unwrap();
        assert!(postgres.is_new().await.unwrap(), "{table}");
        postgres.migrate().await.unwrap();
        postgres.keys().ready().await.unwrap();
        execute(&url, "SELECT FROM schema_migrations").await;
    }
}

#[tokio::test]
async fn tables_of_the_same_name_are_an_error_that_tells_the_search_path() {
    let url = new_database().await;
    execute(&url, "CREATE TABLE api_keys (token text)").await;
    let postgres = Postgres::connect(&url).await.unwrap();
    let said = Report(&postgres.migrate().await.unwrap_err()).to_string();
    assert!(
        said.contains("api_keys") && said.contains("search path: \"$user\", public"),
        "{said}"
    );

    let elsewhere = format!("{url}?options=-c%20search_path%3Dnowhere");
    let postgres = Postgres::connect(&elsewhere).await.unwrap();
    let said = Report(&postgres.migrate().await.unwrap_err()).to_string();
    assert!(said.contains("search path: nowhere"), "{said}");
}

#[tokio::test]
async fn a_database_that_does_not_hold_all_text_is_refused() {
    let server = std::env::var("TEST_DATABASE_URL").unwrap();
    let (base, _) = server.rsplit_once('/').unwrap();
    for encoding in ["LATIN1", "SQL_ASCII"] {
        let name = new_login().await;
        execute(
            &server,
            &format!("CREATE DATABASE {name} ENCODING '{encoding}' LC_COLLATE 'C' LC_CTYPE 'C' TEMPLATE template0"),
        )
        .await;
        let postgres = Postgres::connect(&format!("{base}/{name}")).await.unwrap();
        for error in [
            postgres.pending().await.unwrap_err(),
            postgres.migrate().await.unwrap_err(),
        ] {
            assert!(
                matches!(&error, OpenError::Encoding { found } if found == encoding),
                "{error:?}"
            );
        }
    }
}
