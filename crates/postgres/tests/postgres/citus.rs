//! Distributing the logs. What Citus itself does is left to clusters that have it: here stand-ins of
//! its catalogue and its function take down what they are asked.

use central_logger_log_store::LogStore;
use central_logger_postgres::{
    Postgres,
    testing::{execute, new_database},
};

const STAND_INS: &str = "
    CREATE TABLE pg_dist_partition (logicalrelid regclass, distribution_column text, beside text);
    CREATE FUNCTION create_distributed_table(
        table_name regclass, distribution_column text, colocate_with text DEFAULT 'default'
    ) RETURNS void LANGUAGE sql AS
        'INSERT INTO pg_dist_partition SELECT table_name, distribution_column, colocate_with'";

#[tokio::test]
async fn without_citus_nothing_is_distributed() {
    let postgres = Postgres::connect(&new_database().await).await.unwrap();
    postgres.migrate().await.unwrap();
    assert_eq!(postgres.distribute().await.unwrap(), None);
    assert!(!postgres.logs().commit_style().one_client);
}

#[tokio::test]
async fn logs_are_distributed_by_client_once_and_written_by_client_from_then_on() {
    let url = new_database().await;
    let postgres = Postgres::connect(&url).await.unwrap();
    postgres.migrate().await.unwrap();
    execute(&url, STAND_INS).await;
    let all = vec![
        "workflow_logs",
        "idempotency_keys",
        "log_arrivals",
        "log_blocks",
        "log_block_contents",
        "workflow_documents",
    ];
    assert_eq!(postgres.distribute().await.unwrap(), Some(all));
    assert_eq!(postgres.distribute().await.unwrap(), Some(vec![]));
    let asked = "DO $$ BEGIN ASSERT (
        SELECT array_agg((logicalrelid::text, distribution_column, beside)::text ORDER BY beside,
                         logicalrelid::text)
        FROM pg_dist_partition
    ) = ARRAY['(workflow_logs,client_id,none)', '(idempotency_keys,client_id,workflow_logs)',
              '(log_arrivals,client_id,workflow_logs)',
              '(log_block_contents,client_id,workflow_logs)',
              '(log_blocks,client_id,workflow_logs)',
              '(workflow_documents,client_id,workflow_logs)']; END $$";
    execute(&url, asked).await;

    let postgres = Postgres::connect(&url).await.unwrap();
    postgres.migrate().await.unwrap();
    assert!(postgres.logs().commit_style().one_client);
}
