//! What `doctor` finds in a database on PostgreSQL, and who else tells of it.

use crate::{exposition::Measured, http::GUIDE_ENTRY, process::Server, site::Site};
use central_logger_postgres::testing::{execute, new_database, new_login, role_names, with_login};
use serde_json::json;
use std::thread;
use time::{OffsetDateTime, format_description::well_known::Rfc3339};
use tokio::runtime::Runtime;

/// Whether all is well with what `doctor` calls `check`, and what it says of it.
fn finding(site: &Site, check: &str) -> (bool, String) {
    let doctor = site.admin_json_of_any(&["doctor"]);
    let mut checks = doctor["checks"].as_array().unwrap().iter();
    let found = checks.find(|found| found["name"] == check);
    let found = found.unwrap_or_else(|| panic!("{doctor}"));
    let detail = found["detail"].as_str().unwrap().to_owned();
    (found["ok"] == true, detail)
}

/// Checks that `doctor` tells people of a problem too, and fails.
fn assert_fails(site: &Site, check: &str, detail: &str) {
    let told = site.admin(&["doctor"]);
    assert_eq!(told.code, Some(1), "{told:?}");
    let line = format!("FAIL  {check:<12} {detail}");
    assert!(told.stdout.contains(&line), "{}", told.stdout);
}

#[test]
fn logins_that_may_take_the_roles_of_servers_are_named_with_what_takes_them_away() {
    let site = Site::on_postgres();
    site.admin_json(&["migrate"]);
    let well = (true, "row-level security keeps clients apart".to_owned());
    assert_eq!(finding(&site, "isolation"), well);
    let runtime = Runtime::new().unwrap();
    let stranger = runtime.block_on(new_login());
    let roles = runtime.block_on(role_names(&site.url()));
    let granted = ["reader", "writer", "keeper"].map(|kind| &roles[kind]);
    for role in granted {
        site.execute(&format!("GRANT {role} TO {stranger}"));
    }
    let (is_well, detail) = finding(&site, "isolation");
    assert!(!is_well, "{detail}");
    let (says, strangers) = detail.split_once('\n').unwrap();
    assert!(says.contains("not known to be the login of a server"));
    assert!(says.contains("`migrate --serve-as`"), "{says}");
    let mut expected = granted
        .map(|role| format!("{stranger} may take the role {role}: REVOKE {role} FROM {stranger};"));
    expected.sort();
    assert_eq!(strangers.lines().collect::<Vec<_>>(), expected);
    assert_fails(&site, "isolation", &detail);

    for line in strangers.lines() {
        let (_, sql) = line.split_once(": ").unwrap();
        site.execute(sql);
    }
    assert_eq!(finding(&site, "isolation"), well);
}

/// How many months have a partition, as each sample of the metric tells.
fn months_ready(measured: &Measured) -> Vec<f64> {
    let told = measured.scrape();
    let samples = told.of("central_logger_store_partitions_ready");
    samples.map(|sample| sample.value).collect()
}

#[test]
fn a_month_without_a_partition_is_told_by_log_metric_and_doctor() {
    let runtime = Runtime::new().unwrap();
    let (url, login) = runtime.block_on(async { (new_database().await, new_login().await) });
    let owner = Site::on(&url);
    owner.admin_json(&["migrate", "--serve-as", &login]);
    let key = owner.issue("acme_corp").key;
    let now = OffsetDateTime::now_utc();
    let (year, month) = (now.year(), u8::from(now.month()));
    owner.execute(&format!("DROP TABLE workflow_logs_{year}_{month:02}"));
    let missing = format!("{year}-{month:02}");

    // The login of the server owns no table, so telling is all that is left to it.
    let site = Site::on(&with_login(&url, &login));
    let measured = Measured::start(&site);
    let server = &measured.server;
    let line = server.logged(
        "logs of these months go to workflow_logs_default, and cannot be dropped together: run \
         `central-logger-admin migrate` as the owner of the tables",
    );
    assert_eq!(line["level"], "WARN", "{line}");
    assert_eq!(line["fields"]["missing"], missing, "{line}");
    assert_eq!(line["fields"]["may_make"], false, "{line}");
    assert_eq!(months_ready(&measured), [0.0]);
    let executed_at = now.format(&Rfc3339).unwrap();
    let entry = json!({"environment": "e", "executed_at": executed_at, "status": "s"});
    server.post(&key, entry.to_string()).json(201);
    let in_default = || {
        let told = runtime.block_on(execute(&url, "SELECT id FROM workflow_logs_default"));
        // Beside the rows there are the names of the columns and the number of rows.
        told.len() - 2
    };
    assert_eq!(in_default(), 1);
    let (is_well, detail) = finding(&site, "partitions");
    assert!(!is_well, "{detail}");
    let expected = format!(
        "no partition of {missing}: their logs go to workflow_logs_default, and cannot be dropped \
         together: run `central-logger-admin migrate` as the owner of the tables, which this \
         login is not"
    );
    assert_eq!(detail, expected);
    assert_fails(&site, "partitions", &detail);

    owner.admin_json(&["migrate"]);
    let well = (true, "4 months are ready".to_owned());
    assert_eq!(finding(&site, "partitions"), well);
    assert_eq!(in_default(), 0);
    let again = Measured::start(&site);
    assert_eq!(months_ready(&again), [4.0]);
    assert_eq!(again.server.list(&key, "").len(), 1);
}

#[test]
fn a_database_that_does_not_hold_all_text_is_refused_by_every_program() {
    let runtime = Runtime::new().unwrap();
    let url = runtime.block_on(new_database());
    let (server, database) = url.rsplit_once('/').unwrap();
    let latin = format!("{database}_latin");
    let create = format!(
        "CREATE DATABASE {latin} ENCODING 'LATIN1' LC_COLLATE 'C' LC_CTYPE 'C' TEMPLATE template0"
    );
    runtime.block_on(execute(&url, &create));
    let site = Site::on(&format!("{server}/{latin}"));
    let refused = [
        Server::refuse(site.server()).stderr,
        site.admin(&["issue", "--client", "acme_corp"]).stderr,
        site.admin(&["doctor"]).stdout,
    ];
    for said in refused {
        assert!(said.contains("LATIN1"), "{said}");
    }
}

/// What `pg_dump` holds, until a row is in `dumped`.
const DUMP: &str = "
    BEGIN;
    LOCK TABLE workflow_logs, idempotency_keys, api_keys, audit_log IN ACCESS SHARE MODE;
    DO $$ BEGIN
        WHILE NOT EXISTS (SELECT FROM dumped) LOOP PERFORM pg_sleep(0.02); END LOOP;
    END $$;
    COMMIT";

#[test]
fn a_dump_holds_up_neither_servers_nor_doctor() {
    let runtime = Runtime::new().unwrap();
    let url = runtime.block_on(new_database());
    let site = Site::on(&url);
    let key = site.issue("acme_corp").key;
    let now = OffsetDateTime::now_utc();
    let (year, month) = (now.year(), u8::from(now.month()));
    site.execute(&format!("DROP TABLE workflow_logs_{year}_{month:02}"));
    site.execute("CREATE TABLE dumped (is_over boolean)");
    let dump = {
        let url = url.clone();
        thread::spawn(move || Runtime::new().unwrap().block_on(execute(&url, DUMP)))
    };
    let holds = "SELECT pid FROM pg_locks JOIN pg_stat_activity USING (pid)
                 WHERE relation = 'workflow_logs'::regclass AND granted
                     AND query LIKE '%FROM dumped%' AND pid <> pg_backend_pid()";
    // Beside the rows there are the names of the columns and the number of rows.
    while runtime.block_on(execute(&url, holds)).len() == 2 {
        assert!(!dump.is_finished(), "it holds nothing");
    }

    let running = site.start_process();
    running.post(&key, GUIDE_ENTRY).json(201);
    let started = site.start_process();
    for server in [&running, &started] {
        let stored = server.post(&key, GUIDE_ENTRY).json(201);
        let listed = server.list(&key, "");
        assert!(listed.iter().any(|log| log["id"] == stored["id"]));
        server.await_ready();
    }
    let (is_well, detail) = finding(&site, "partitions");
    let missing = format!("no partition of {year}-{month:02}");
    assert!(!is_well && detail.contains(&missing), "{detail}");
    assert!(!dump.is_finished(), "it held on");

    site.execute("INSERT INTO dumped VALUES (true)");
    dump.join().unwrap();
    site.admin_json(&["migrate"]);
    let well = (true, "4 months are ready".to_owned());
    assert_eq!(finding(&site, "partitions"), well);
}
