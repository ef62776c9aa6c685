//! Starting: settings, what is wrong with them, and the first key.

use crate::{
    http::GUIDE_ENTRY,
    process::{Finished, Server},
    site::Site,
};
use std::{fs, net::TcpListener};

on_both_databases! {
    quickstart_issues_a_first_key_and_only_one,
    several_servers_may_start_on_a_new_database_at_once,
    a_newer_schema_is_refused,
    a_schema_that_becomes_newer_stops_a_running_server,
}

fn quickstart_issues_a_first_key_and_only_one(site: &Site) {
    let quickstart = || {
        let mut command = site.server();
        command.arg("--quickstart");
        Server::start(command)
    };
    let server = quickstart();
    let url = server.url.clone();
    server.tell_to_stop();
    let (_, printed) = server.wait();
    let key = printed
        .split_whitespace()
        .find(|word| word.starts_with("cl_live_"))
        .unwrap();
    assert!(printed.contains(&format!(
        "curl -X POST {url}/api/v1/logs -H 'X-API-Key: {key}'"
    )));
    assert!(
        printed.contains(&format!("\n    {url}/sign-in/")),
        "{printed}"
    );

    let server = quickstart();
    assert_eq!(server.post(key, GUIDE_ENTRY).json(201)["client_id"], "demo");
    server.tell_to_stop();
    let (_, printed) = server.wait();
    assert!(
        !printed.contains("cl_live_") && !printed.contains("/sign-in/"),
        "{printed}"
    );
    assert_eq!(
        site.admin_json(&["list"])["keys"].as_array().unwrap().len(),
        1
    );
}

fn several_servers_may_start_on_a_new_database_at_once(site: &Site) {
    let servers: Vec<_> = std::thread::scope(|scope| {
        let starts: Vec<_> = (0..4)
            .map(|_| scope.spawn(|| site.start_process()))
            .collect();
        starts
            .into_iter()
            .map(|start| start.join().unwrap())
            .collect()
    });
    let issued = site.issue("acme_corp");
    for server in &servers {
        server.post(&issued.key, GUIDE_ENTRY).json(201);
    }
    assert_eq!(servers[0].list(&issued.key, "").len(), 4);
    // And all of them refuse the key as soon as `revoke` has returned.
    site.admin_json(&["revoke", &issued.id]);
    for server in &servers {
        server.post(&issued.key, GUIDE_ENTRY).problem(401);
    }
}

fn a_newer_schema_is_refused(site: &Site) {
    site.admin_json(&["migrate"]);
    site.execute(&later(site));
    let refused = Server::refuse(site.server());
    assert!(refused.one_line().contains("newer"), "{refused:?}");
    let refused = site.admin(&["list"]);
    assert!(refused.one_line().contains("newer"), "{refused:?}");
}

fn later(site: &Site) -> String {
    let history = history(site);
    format!("INSERT INTO {history} (version, name, compatible_from) VALUES (99, 'later', 99)")
}

/// The table of applied migrations.
fn history(site: &Site) -> &'static str {
    match site.database_url {
        Some(_) => "central_logger_migrations",
        None => "schema_migrations",
    }
}

fn a_schema_that_becomes_newer_stops_a_running_server(site: &Site) {
    let key = site.issue("acme_corp").key;
    let server = site.start_process();
    server.post(&key, GUIDE_ENTRY).json(201);
    let (keys, logs) = (|sql: &str| site.execute(sql), in_logs(site));
    let places: [&dyn Fn(&str); 2] = [&keys, &*logs];
    for execute in places {
        execute(&later(site));
        server.await_unready("newer than this server");
        // From then on nothing is accepted from memory.
        server.await_unready("Changes of keys cannot be followed");
        for answer in [
            server.post(&key, GUIDE_ENTRY),
            server.get(&key, "/api/v1/logs"),
            server.call("GET", "/readyz", &[]),
        ] {
            answer.problem(503);
        }
        execute(&format!("DELETE FROM {} WHERE version = 99", history(site)));
        server.await_ready();
        server.post(&key, GUIDE_ENTRY).json(201);
    }
    assert_eq!(server.list(&key, "").len(), 3);
}

/// What runs SQL in the file of logs, or in the one database.
fn in_logs(site: &Site) -> Box<dyn Fn(&str) + '_> {
    match site.database_url {
        Some(_) => Box::new(|sql| site.execute(sql)),
        None => Box::new(|sql| {
            let file = site.path("data/central-logger-logs.db");
            let database = rusqlite::Connection::open(file).unwrap();
            database.execute(sql, []).unwrap();
        }),
    }
}

#[test]
fn a_flag_beats_the_environment_which_beats_the_file() {
    let site = Site::on_sqlite();
    site.write(
        ".env",
        "DATABASE_URL=sqlite:from_file.db\nLOGGER_KEY_PREFIX=file\n",
    );
    let mut command = site.server();
    command.arg("--quickstart");
    let made = |name: &str| site.path(name).exists();
    Server::start(command).kill();
    assert!(made("from_file.db"));

    let mut command = site.server();
    command.env("DATABASE_URL", "sqlite:from_environment.db");
    Server::start(command).kill();
    assert!(made("from_environment.db"));

    let mut command = site.server();
    command
        .env("DATABASE_URL", "sqlite:from_environment_again.db")
        .args(["--database-url", "sqlite:from_flag.db"]);
    Server::start(command).kill();
    assert!(made("from_flag.db") && !made("from_environment_again.db"));
    assert!(!made("data"));

    site.write("other.env", "LOGGER_KEY_PREFIX=acme\n");
    let issued = site.issue_with(&["--client", "a", "--env-file", "other.env"]);
    assert!(issued.key.starts_with("acme_live_"));
    assert!(site.issue("a").key.starts_with("file_live_"));
}

#[test]
fn lines_of_other_programs_in_the_file_are_passed_over() {
    let site = Site::on_sqlite();
    site.write(
        ".env",
        "my.var=1\njust words\nLOGGER_KEY_PREFIX=acme\nOTHER='it is open\n",
    );
    assert!(site.issue("a").key.starts_with("acme_live_"));
    Server::start(site.server());
}

#[test]
fn a_database_that_cannot_be_used_is_told_in_one_line() {
    let site = Site::on_sqlite();
    let closed = TcpListener::bind("127.0.0.1:0")
        .unwrap()
        .local_addr()
        .unwrap();
    fs::write(site.path("no_database.db"), "x".repeat(4096)).unwrap();
    for (url, says) in [
        (
            "mysql://logger:sekrit@db/logger",
            "DATABASE_URL=postgres://",
        ),
        ("postgres://logger:sekrit@db:port/logger", "DATABASE_URL"),
        (
            &format!("postgres://logger:sekrit@{closed}/logger"),
            "refused",
        ),
        ("sqlite:no_database.db", "no_database.db"),
        ("sqlite:/dev/null/logger.db", "/dev/null"),
    ] {
        let mut command = site.server();
        command
            .env("DATABASE_URL", url)
            .env("LOGGER_DATABASE_WAIT", "0s");
        let server = Server::refuse(command);
        let mut command = site.admin_command();
        command.env("DATABASE_URL", url).arg("list");
        for refused in [server, Finished::of(&mut command)] {
            let line = refused.one_line();
            assert!(line.contains(says), "{line}");
            assert!(!line.contains("sekrit"), "{line}");
        }
    }
}

#[test]
fn settings_that_are_wrong_are_named_with_an_example() {
    let site = Site::on_sqlite();
    for (name, value, says) in [
        ("LOGGER_BIND", "localhost", "LOGGER_BIND=127.0.0.1:8000"),
        ("LOGGER_KEY_PREFIX", "Acme!", "LOGGER_KEY_PREFIX=cl"),
        ("LOGGER_PEPPER_FILE", "absent.pepper", "absent.pepper"),
        ("LOGGER_TLS_CERT", "cert.pem", "LOGGER_TLS_KEY"),
        ("RUST_LOG", "central_logger=loud", "RUST_LOG"),
    ] {
        let mut command = site.server();
        command.env(name, value);
        let refused = Server::refuse(command);
        assert!(refused.one_line().contains(says), "{refused:?}");
    }
    let mut command = site.server();
    command.args(["--env-file", "absent.env"]);
    assert!(Server::refuse(command).one_line().contains("absent.env"));
}

#[test]
fn plain_http_beyond_loopback_is_refused_unless_a_proxy_speaks_https() {
    let site = Site::on_sqlite();
    for address in ["0.0.0.0:0", "[::]:0"] {
        let mut command = site.server();
        command.args(["--bind", address]);
        let refused = Server::refuse(command);
        assert!(
            refused.one_line().contains("--behind-tls-proxy"),
            "{refused:?}"
        );
    }
    let mut command = site.server();
    command.args(["--bind", "0.0.0.0:0", "--behind-tls-proxy"]);
    Server::start(command);
}

#[test]
fn tls_files_that_cannot_be_used_are_named() {
    let site = Site::on_sqlite();
    let made = |name: &str| rcgen::generate_simple_self_signed([name.to_owned()]).unwrap();
    let (one, other) = (made("localhost"), made("localhost"));
    site.write("cert.pem", &one.cert.pem());
    site.write("key.pem", &one.signing_key.serialize_pem());
    site.write("other.pem", &other.signing_key.serialize_pem());
    site.write("text.pem", "no PEM");
    for (certificate, key, says) in [
        ("cert.pem", "absent.pem", "--tls-key: absent.pem"),
        ("cert.pem", "text.pem", "--tls-key: text.pem"),
        ("absent.pem", "key.pem", "--tls-cert: absent.pem"),
        ("text.pem", "key.pem", "no certificate in text.pem"),
        ("cert.pem", "other.pem", "do not fit together"),
    ] {
        let mut command = site.server();
        command.args(["--tls-cert", certificate, "--tls-key", key]);
        let refused = Server::refuse(command);
        assert!(refused.one_line().contains(says), "{refused:?}");
    }
}

#[test]
fn nothing_is_written_before_every_port_is_taken() {
    let site = Site::on_sqlite();
    let taken = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = taken.local_addr().unwrap().to_string();
    for option in ["--bind", "--metrics-bind"] {
        let mut command = site.server();
        command.args(["--quickstart", option, &address]);
        let refused = Server::refuse(command);
        assert!(refused.one_line().contains(&address), "{refused:?}");
        assert_eq!(refused.stdout, "");
        assert!(!site.path("data").exists());
    }
}

#[test]
fn a_port_in_use_is_told() {
    let site = Site::on_sqlite();
    let taken = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = taken.local_addr().unwrap().to_string();
    let mut command = site.server();
    command.args(["--bind", &address]);
    let refused = Server::refuse(command);
    assert!(refused.one_line().contains(&address), "{refused:?}");
}
