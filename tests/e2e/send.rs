//! The client's command line.

use crate::{
    process::{Finished, PATIENCE, Server, finished_with_input, with_input},
    site::Site,
    workflows::manager,
};
use serde_json::{Value, json};
use std::{
    fs::{self, OpenOptions},
    io::{BufRead, BufReader, Write},
    os::unix::{fs::PermissionsExt, process::CommandExt},
    path::Path,
    process::{Child, Command, Stdio},
    thread,
    time::{Duration, Instant},
};

on_both_databases! {
    lines_of_standard_input_are_stored,
    a_job_is_stored_with_its_end,
    signals_reach_the_job,
    a_job_that_cannot_be_started_has_failed,
    what_waits_is_delivered_by_flush,
    what_is_lost_is_said,
    a_service_without_a_home_keeps_its_entries,
    without_a_folder_lines_are_kept_in_memory,
    a_job_tells_when_it_is_expected,
    a_job_runs_though_the_server_cannot_be_told_when,
    settings_are_read_from_a_file,
    files_are_followed_over_restarts,
    files_are_followed_while_they_are_rotated,
    a_file_that_is_cut_is_read_from_its_start,
    a_file_that_is_written_anew_is_read_from_its_start,
    a_file_waits_while_the_disk_is_full,
    a_file_that_cannot_be_read_stops_no_other,
    a_damaged_position_is_begun_anew,
    check_says_what_to_fix,
}

/// An address where nobody listens.
const NOWHERE: &str = "http://127.0.0.1:9";

/// What was stored, the first first.
fn stored(server: &Server, key: &str) -> Vec<Value> {
    server.list(key, "?order=asc&limit=1000")
}

fn messages(server: &Server, key: &str) -> Vec<String> {
    let message = |entry: &Value| entry["message"].as_str().unwrap().to_owned();
    stored(server, key).iter().map(message).collect()
}

fn append(path: &Path, text: &str) {
    let mut file = OpenOptions::new()
        .append(true)
        .create(true)
        .open(path)
        .unwrap();
    file.write_all(text.as_bytes()).unwrap();
}

fn succeed(command: &mut Command) -> Finished {
    let finished = Finished::of(command);
    assert_eq!(finished.code, Some(0), "{}", finished.stderr);
    finished
}

fn lines_of_standard_input_are_stored(site: &Site) {
    let key = site.issue("acme_corp").key;
    let server = site.start();
    let input = "{\"rows\":1.50,\"message\":\"object\"}\r\nplain text\n\n{\"status\":\"FAILED\",\"workflow\":\"own\"}\n{\"status\":200,\"ratio\":NaN,\"id\":7,\"note\":\"a\\u0000b\"}\n";
    let mut command = site.send_command(&server.url, &key);
    command.args(["--workflow", "import", "--environment", "production"]);
    assert_eq!(with_input(&mut command, input), "");
    let entries = stored(&server, &key);
    let of = |name: &str| {
        entries
            .iter()
            .map(|entry| entry[name].clone())
            .collect::<Vec<_>>()
    };
    assert_eq!(of("status"), ["INFO", "INFO", "FAILED", "200"]);
    assert_eq!(of("workflow"), ["import", "import", "own", "import"]);
    assert_eq!(of("environment"), ["production"; 4]);
    assert_eq!(
        of("message"),
        [
            json!("object"),
            json!("plain text"),
            Value::Null,
            Value::Null
        ]
    );
    let fitted = &entries[3];
    assert_eq!(
        (&fitted["ratio"], &fitted["id_"], &fitted["note"]),
        (&Value::Null, &json!(7), &json!("a\u{FFFD}b"))
    );
    assert!(
        server.get(&key, "/api/v1/logs").body.contains("1.50"),
        "values stay as they are written"
    );
}

fn a_job_is_stored_with_its_end(site: &Site) {
    let key = site.issue("acme_corp").key;
    let server = site.start();
    let run = |script: &str| {
        let mut command = site.send_command(&server.url, &key);
        Finished::of(command.args([
            "run",
            "--workflow",
            "nightly",
            "--",
            "/bin/sh",
            "-c",
            script,
        ]))
    };
    let finished = run("echo to people; echo to logs >&2; exit 3");
    assert_eq!(
        (finished.code, &*finished.stdout, &*finished.stderr),
        (Some(3), "to people\n", "to logs\n")
    );
    assert_eq!(run("true").code, Some(0));
    assert_eq!(run("kill -9 $$").code, Some(137));
    let entries = stored(&server, &key);
    let statuses: Vec<_> = entries
        .iter()
        .map(|entry| entry["status"].as_str().unwrap())
        .collect();
    assert_eq!(
        statuses,
        [
            "RUNNING", "FAILED", "RUNNING", "SUCCESS", "RUNNING", "FAILED"
        ]
    );
    let (start, end) = (&entries[0], &entries[1]);
    assert_eq!(
        (&start["run_id"], &start["workflow"]),
        (&end["run_id"], &end["workflow"])
    );
    assert_ne!(start["run_id"], entries[2]["run_id"]);
    assert_eq!(end["exit_code"], 3);
    assert!(end["duration_ms"].is_u64() && end["host"].is_string());
    let mut output: Vec<_> = end["output"].as_str().unwrap().lines().collect();
    output.sort_unstable();
    assert_eq!(output, ["to logs", "to people"]);
    assert_eq!(
        (&entries[5]["exit_code"], &entries[5]["signal"]),
        (&137.into(), &9.into())
    );
}

fn signals_reach_the_job(site: &Site) {
    let key = site.issue("acme_corp").key;
    let server = site.start();
    let script = "trap 'echo caught; exit 7' TERM; echo ready; while :; do sleep 0.05; done";
    let mut command = site.send_command(&server.url, &key);
    command.args(["run", "--workflow", "w", "--", "/bin/sh", "-c", script]);
    let mut child = command.stdout(Stdio::piped()).spawn().unwrap();
    let mut lines = BufReader::new(child.stdout.take().unwrap()).lines();
    assert_eq!(lines.next().unwrap().unwrap(), "ready");
    signal(&child, "TERM");
    assert_eq!(lines.next().unwrap().unwrap(), "caught");
    assert_eq!(child.wait().unwrap().code(), Some(7));
    let end = stored(&server, &key).pop().unwrap();
    assert_eq!(
        (&end["status"], &end["exit_code"]),
        (&"FAILED".into(), &7.into())
    );
    assert_eq!(end["output"], "ready\ncaught\n");
}

pub(crate) fn signal(child: &Child, name: &str) {
    let kill = Command::new("kill")
        .args(["-s", name, &child.id().to_string()])
        .status();
    assert!(kill.unwrap().success());
}

fn a_job_that_cannot_be_started_has_failed(site: &Site) {
    let key = site.issue("acme_corp").key;
    let server = site.start();
    let mut command = site.send_command(&server.url, &key);
    let finished = Finished::of(command.args(["run", "--workflow", "w", "--", "/no/such/program"]));
    assert_eq!(finished.code, Some(127));
    assert!(
        finished.stderr.contains("/no/such/program"),
        "{}",
        finished.stderr
    );
    let end = stored(&server, &key).pop().unwrap();
    assert_eq!(
        (&end["status"], &end["error"]["type"]),
        (&"FAILED".into(), &"NotStarted".into())
    );
}

fn what_waits_is_delivered_by_flush(site: &Site) {
    let key = site.issue("acme_corp").key;
    let server = site.start();
    let mut command = site.send_command(NOWHERE, &key);
    let finished =
        Finished::of(command.args(["run", "--workflow", "w", "--", "/bin/sh", "-c", "exit 4"]));
    assert_eq!(finished.code, Some(4), "the job decides");
    assert!(
        finished.stderr.contains("2 entries wait in"),
        "{}",
        finished.stderr
    );
    assert!(
        finished.stderr.contains("cannot be reached") && finished.stderr.lines().count() == 1,
        "one line has it all: {}",
        finished.stderr
    );
    assert!(!finished.stderr.contains(&key));
    let mut command = site.send_command("", "");
    let finished =
        Finished::of(command.args(["run", "--workflow", "w", "--", "/bin/sh", "-c", "exit 5"]));
    assert_eq!(finished.code, Some(5), "without settings, too");
    assert!(
        finished.stderr.contains("set LOGGER_API_URL"),
        "{}",
        finished.stderr
    );

    let mut command = site.send_command(NOWHERE, &key);
    assert_eq!(
        Finished::of(command.args(["flush", "--timeout", "0.5"])).code,
        Some(1)
    );
    let mut command = site.send_command(&server.url, &key);
    let finished = succeed(command.arg("flush"));
    assert!(
        finished.stderr.contains("delivered 4 entries"),
        "{}",
        finished.stderr
    );
    let codes: Vec<_> = stored(&server, &key)
        .iter()
        .map(|entry| entry["exit_code"].clone())
        .collect();
    assert_eq!(codes, [Value::Null, json!(4), Value::Null, json!(5)]);
    let finished = succeed(site.send_command(&server.url, &key).arg("flush"));
    assert!(
        finished.stderr.contains("nothing was waiting"),
        "{}",
        finished.stderr
    );
}

fn what_is_lost_is_said(site: &Site) {
    let mut command = site.send_command("", "");
    let run = ["run", "--no-spool", "--", "/bin/sh", "-c", "exit 3"];
    let finished = Finished::of(command.args(run));
    assert_eq!(finished.code, Some(3));
    let said = finished.stderr.trim_end();
    assert!(
        said.contains("2 entries are lost; set LOGGER_API_URL") && !said.contains('\n'),
        "{said}"
    );
    let mut command = site.send_command("", "");
    let finished = finished_with_input(command.arg("--no-spool"), "1\n2\n3\n");
    assert_eq!(finished.code, Some(1), "{}", finished.stderr);
    let last = finished.stderr.lines().last().unwrap();
    assert!(last.contains("lost: 3"), "{}", finished.stderr);
    // A line that no server takes.
    let line = format!("{{\"data\":\"{}\"}}\nshort\n", "x".repeat(300_000));
    append(&site.path("long.log"), &line);
    let mut command = site.send_command("", "");
    let finished = Finished::of(command.args(["tail", "--once", "long.log"]));
    assert_eq!(finished.code, Some(1), "{}", finished.stderr);
    let last = finished.stderr.lines().last().unwrap();
    assert!(
        last.contains("entries that wait: 1, lost: 1"),
        "{}",
        finished.stderr
    );
}

fn without_home(command: &mut Command) -> &mut Command {
    for name in ["XDG_STATE_HOME", "HOME", "STATE_DIRECTORY"] {
        command.env_remove(name);
    }
    command
}

fn a_service_without_a_home_keeps_its_entries(site: &Site) {
    let key = site.issue("acme_corp").key;
    let server = site.start();
    let command = |url: &str| {
        let mut command = site.send_command(url, &key);
        without_home(&mut command);
        // As `StateDirectory=` does.
        command.env("STATE_DIRECTORY", site.path("lib/central-logger"));
        command
    };
    let job = ["run", "--workflow", "w", "--", "/bin/sh", "-c", "exit 4"];
    let finished = Finished::of(command(NOWHERE).args(job));
    assert_eq!(finished.code, Some(4));
    assert!(
        finished.stderr.contains("2 entries wait in"),
        "{}",
        finished.stderr
    );
    let finished = succeed(command(&server.url).arg("flush"));
    assert!(
        finished.stderr.contains("delivered 2 entries"),
        "{}",
        finished.stderr
    );
    assert_eq!(stored(&server, &key)[1]["exit_code"], 4);
}

fn without_a_folder_lines_are_kept_in_memory(site: &Site) {
    let key = site.issue("acme_corp").key;
    let server = site.start();
    let mut command = site.send_command(&server.url, &key);
    let folder = tempfile::tempdir().unwrap();
    if rustix::process::geteuid().is_root() {
        // There is a folder for root, so another user runs a copy that everybody may read. It is not copied here, where
        // a child of another test might hold it open while it is to be run.
        let copy = folder.path().join("central-logger-send");
        fs::set_permissions(folder.path(), fs::Permissions::from_mode(0o755)).unwrap();
        let mut copying = Command::new("cp");
        succeed(copying.arg(command.get_program()).arg(&copy));
        command = Command::new(copy);
        command
            .env("LOGGER_API_URL", &server.url)
            .env("LOGGER_API_KEY", &key)
            .current_dir(folder.path())
            .uid(65_534)
            .gid(65_534);
    }
    let finished = finished_with_input(without_home(&mut command), "a line\n");
    assert_eq!(finished.code, Some(0), "{}", finished.stderr);
    assert!(
        finished.stderr.contains("kept in memory only"),
        "{}",
        finished.stderr
    );
    assert_eq!(messages(&server, &key), ["a line"]);
    let finished = Finished::of(command.arg("flush"));
    assert!(
        finished.one_line().contains("--spool-dir"),
        "{}",
        finished.stderr
    );
}

/// Runs a job, which is expected as the flags say and fails.
fn run_expected(site: &Site, url: &str, key: &str, flags: &[&str]) -> Finished {
    let mut command = site.send_command(url, key);
    command.args(["run", "--workflow", "backup", "--environment", "prod"]);
    let finished = Finished::of(command.args(flags).args(["--", "/bin/sh", "-c", "exit 3"]));
    assert_eq!(finished.code, Some(3), "the job decides");
    finished
}

fn a_job_tells_when_it_is_expected(site: &Site) {
    let key = manager(site, "acme_corp");
    let server = site.start();
    let monitor = || {
        let path = "/api/v1/workflows/backup/monitor?environment=prod";
        let monitor = server.get(&key, path).json(200);
        ["every", "cron", "grace", "max_runtime"].map(|name| monitor[name].clone())
    };
    let every = ["--every", "24h", "--grace", "1h", "--max-runtime", "2h"];
    assert_eq!(run_expected(site, &server.url, &key, &every).stderr, "");
    let set = [json!("24h"), Value::Null, json!("1h"), json!("2h")];
    assert_eq!(monitor(), set);
    // What the server was told before stays.
    let cron = ["--cron", "0 3 * * *", "--time-zone", "Europe/Berlin"];
    assert_eq!(run_expected(site, &server.url, &key, &cron).stderr, "");
    assert_eq!(monitor(), set);
    let statuses: Vec<_> = stored(&server, &key)
        .iter()
        .map(|entry| entry["status"].clone())
        .collect();
    assert_eq!(statuses, ["RUNNING", "FAILED", "RUNNING", "FAILED"]);
}

fn a_job_runs_though_the_server_cannot_be_told_when(site: &Site) {
    let key = manager(site, "acme_corp");
    let server = site.start();
    // 30 February.
    let never = run_expected(site, &server.url, &key, &["--cron", "0 3 30 2 *"]).stderr;
    assert!(
        never.contains("not told when runs are expected: cron: ") && never.contains("never comes"),
        "{never}"
    );
    assert_eq!(never.lines().count(), 1, "{never}");
    assert_eq!(stored(&server, &key).len(), 2);
    let away = run_expected(site, NOWHERE, &key, &["--every", "24h"]).stderr;
    assert!(
        away.contains("2 entries wait in") && away.contains("not told when runs are expected"),
        "{away}"
    );
    assert_eq!(away.lines().count(), 1, "{away}");
    let path = "/api/v1/workflows/backup/monitor?environment=prod";
    server.get(&key, path).problem(404);
}

fn settings_are_read_from_a_file(site: &Site) {
    let key = site.issue("acme_corp").key;
    let server = site.start();
    site.write(
        "client.env",
        &format!(
            "LOGGER_API_URL={}\nLOGGER_API_KEY={key}\nLOGGER_ENVIRONMENT=test\n",
            server.url
        ),
    );
    let mut command = site.send_command("", "");
    with_input(command.args(["--env-file", "client.env"]), "a line\n");
    assert_eq!(stored(&server, &key)[0]["environment"], "test");
    let mut command = site.send_command(&server.url, &key);
    let finished = finished_with_input(command.args(["--env-file", "none.env"]), "");
    assert!(
        finished.one_line().contains("none.env"),
        "{}",
        finished.stderr
    );

    site.write(".env", "LOGGER_API_URL='half");
    let mut command = site.send_command("", "");
    let finished = Finished::of(command.args(["run", "--", "/bin/sh", "-c", "exit 6"]));
    assert_eq!(finished.code, Some(6), "a job runs all the same");
    assert!(finished.stderr.contains(".env"), "{}", finished.stderr);
}

/// Reads what the files have, and ends.
fn tail_once(site: &Site, server: &Server, key: &str, file: &str) {
    let mut command = site.send_command(&server.url, key);
    succeed(command.args(["tail", "--once", "--workflow", "shop", file]));
}

fn files_are_followed_over_restarts(site: &Site) {
    let key = site.issue("acme_corp").key;
    let server = site.start();
    let log = site.path("shop.log");
    append(&log, "1\n2\n");
    tail_once(site, &server, &key, "shop.log");
    append(&log, "3\n");
    tail_once(site, &server, &key, "shop.log");
    // Rotated twice while nobody followed.
    append(&log, "4\n");
    fs::rename(&log, site.path("shop.log.2")).unwrap();
    thread::sleep(Duration::from_millis(20));
    append(&log, "5\n");
    fs::rename(&log, site.path("shop.log.1")).unwrap();
    thread::sleep(Duration::from_millis(20));
    append(&log, "6\n");
    tail_once(site, &server, &key, "shop.log");
    tail_once(site, &server, &key, "shop.log");
    assert_eq!(messages(&server, &key), ["1", "2", "3", "4", "5", "6"]);
    assert_eq!(stored(&server, &key)[0]["workflow"], "shop");
}

fn await_messages(server: &Server, key: &str, expected: &[&str]) {
    let began = Instant::now();
    while messages(server, key).len() < expected.len() {
        assert!(began.elapsed() < PATIENCE, "{:?}", messages(server, key));
        thread::sleep(Duration::from_millis(20));
    }
    assert_eq!(messages(server, key), expected);
}

fn files_are_followed_while_they_are_rotated(site: &Site) {
    let key = site.issue("acme_corp").key;
    let server = site.start();
    let log = site.path("shop.log");
    let start = || {
        let mut command = site.send_command(&server.url, &key);
        command
            .args(["tail", "shop.log"])
            .stdin(Stdio::null())
            .spawn()
            .unwrap()
    };
    let mut tail = start();
    append(&log, "1\n2\n");
    await_messages(&server, &key, &["1", "2"]);
    fs::rename(&log, site.path("shop.log.1")).unwrap();
    append(&site.path("shop.log.1"), "3\n");
    append(&log, "4\nhalf");
    await_messages(&server, &key, &["1", "2", "3", "4"]);
    tail.kill().unwrap();
    tail.wait().unwrap();
    append(&log, " a line\n5\n");
    let mut tail = start();
    await_messages(&server, &key, &["1", "2", "3", "4", "half a line", "5"]);
    signal(&tail, "TERM");
    assert_eq!(tail.wait().unwrap().code(), Some(0));
}

fn a_file_that_is_cut_is_read_from_its_start(site: &Site) {
    let key = site.issue("acme_corp").key;
    let server = site.start();
    append(&site.path("shop.log"), "a first line\n");
    tail_once(site, &server, &key, "shop.log");
    fs::write(site.path("shop.log"), "again\n").unwrap();
    tail_once(site, &server, &key, "shop.log");
    append(&site.path("new.log"), "skipped\n");
    let mut command = site.send_command(&server.url, &key);
    succeed(command.args(["tail", "--once", "--from-end", "new.log"]));
    append(&site.path("new.log"), "shipped\n");
    tail_once(site, &server, &key, "new.log");
    assert_eq!(
        messages(&server, &key),
        ["a first line", "again", "shipped"]
    );
}

fn a_file_that_is_written_anew_is_read_from_its_start(site: &Site) {
    let key = site.issue("acme_corp").key;
    let server = site.start();
    let log = site.path("shop.log");
    append(&log, "1\n2\n");
    let mut command = site.send_command(&server.url, &key);
    command.args(["tail", "shop.log"]).stdin(Stdio::null());
    let mut tail = command.spawn().unwrap();
    await_messages(&server, &key, &["1", "2"]);
    // Longer than before, so that its size does not tell.
    fs::write(&log, "3\n4\n5\n").unwrap();
    await_messages(&server, &key, &["1", "2", "3", "4", "5"]);
    signal(&tail, "TERM");
    assert_eq!(tail.wait().unwrap().code(), Some(0));
}

/// The command with files that cannot grow beyond 64 KiB, as if the disk was full.
fn on_a_small_disk(command: &Command) -> Command {
    let mut limited = Command::new("/bin/sh");
    let script = "trap '' XFSZ; ulimit -f 64; exec \"$@\"";
    limited
        .args(["-c", script, "sh"])
        .arg(command.get_program());
    for (name, value) in command.get_envs() {
        match value {
            Some(value) => limited.env(name, value),
            None => limited.env_remove(name),
        };
    }
    limited.current_dir(command.get_current_dir().unwrap());
    limited
}

fn a_file_waits_while_the_disk_is_full(site: &Site) {
    let key = site.issue("acme_corp").key;
    let server = site.start();
    let lines: Vec<_> = (0..500).map(|number| format!("{number:0>200}")).collect();
    append(&site.path("shop.log"), &(lines.join("\n") + "\n"));
    let mut command = on_a_small_disk(&site.send_command(NOWHERE, &key));
    let finished = Finished::of(command.args(["tail", "--once", "shop.log"]));
    assert_eq!(finished.code, Some(1), "{}", finished.stderr);
    assert!(
        finished.stderr.contains("shop.log cannot be queued now"),
        "{}",
        finished.stderr
    );
    assert!(!finished.stderr.contains("lost"), "{}", finished.stderr);
    tail_once(site, &server, &key, "shop.log");
    assert_eq!(messages(&server, &key), lines);
}

fn a_file_that_cannot_be_read_stops_no_other(site: &Site) {
    let key = site.issue("acme_corp").key;
    let server = site.start();
    fs::create_dir(site.path("odd.log")).unwrap();
    let mut command = site.send_command(&server.url, &key);
    command.args(["tail", "odd.log", "shop.log"]);
    let tail = command.stdin(Stdio::null()).stderr(Stdio::piped()).spawn();
    let tail = tail.unwrap();
    for line in ["1", "2"] {
        append(&site.path("shop.log"), &format!("{line}\n"));
        let all: Vec<_> = ["1", "2"].into_iter().filter(|one| *one <= line).collect();
        await_messages(&server, &key, &all);
    }
    signal(&tail, "TERM");
    let finished = Finished::from(tail.wait_with_output().unwrap());
    assert_eq!(finished.code, Some(0), "{}", finished.stderr);
    assert!(
        finished.stderr.contains("odd.log cannot be read"),
        "{}",
        finished.stderr
    );
}

fn a_damaged_position_is_begun_anew(site: &Site) {
    let key = site.issue("acme_corp").key;
    let server = site.start();
    append(&site.path("shop.log"), "1\n");
    tail_once(site, &server, &key, "shop.log");
    let files = fs::read_dir(site.path("state/central-logger")).unwrap();
    let mut kept = files.map(|file| file.unwrap().path());
    let position = kept.find(|path| path.extension().is_some_and(|end| end == "json"));
    // As a power cut may leave it.
    fs::write(position.unwrap(), "").unwrap();
    append(&site.path("shop.log"), "2\n");
    let mut command = site.send_command(&server.url, &key);
    let finished = succeed(command.args(["tail", "--once", "--from-end", "shop.log"]));
    assert!(
        finished.stderr.contains("shop.log is damaged") && finished.stderr.lines().count() == 1,
        "{}",
        finished.stderr
    );
    assert_eq!(messages(&server, &key), ["1", "1", "2"]);
    assert_eq!(succeed(&mut command).stderr, "");
}

fn check_says_what_to_fix(site: &Site) {
    let issued = site.issue("acme_corp");
    let readers = site
        .issue_with(&["--client", "widget_co", "--scope", "logs:read"])
        .key;
    let server = site.start();
    let check = |url: &str, key: &str| {
        let finished = Finished::of(site.send_command(url, key).args(["check", "--json"]));
        assert!(!finished.stdout.contains(&issued.key));
        let found: Value = serde_json::from_str(&finished.stdout).unwrap();
        assert_eq!(finished.code, Some(i32::from(found["ok"] == false)));
        found
    };
    let detail = |found: &Value, name: &str| {
        let checks = found["checks"].as_array().unwrap();
        let check = checks.iter().find(|check| check["name"] == name).unwrap();
        (
            check["ok"].as_bool().unwrap(),
            check["detail"].as_str().unwrap().to_owned(),
        )
    };
    let good = check(&server.url, &issued.key);
    assert_eq!(good["ok"], true, "{good}");
    assert_eq!(
        detail(&good, "key"),
        (true, format!("{} of acme_corp", issued.id))
    );
    assert!(detail(&good, "clock").0);
    for (url, key, name, advice) in [
        (&*server.url, "cl_wrong", "key", "set LOGGER_API_KEY"),
        (&server.url, &readers, "key", "logs:write"),
        (&server.url, "", "key", "set LOGGER_API_KEY"),
        (
            &format!("{}/elsewhere", server.url),
            &issued.key,
            "address",
            "check LOGGER_API_URL",
        ),
        (NOWHERE, &issued.key, "address", "cannot be reached"),
        ("", &issued.key, "address", "set LOGGER_API_URL"),
        ("nonsense", &issued.key, "address", "not an address"),
    ] {
        let found = check(url, key);
        let (ok, detail) = detail(&found, name);
        assert!(!ok && detail.contains(advice), "{found}");
    }
    let finished = Finished::of(site.send_command(&server.url, &issued.key).arg("check"));
    assert!(
        finished.stdout.starts_with("ok    address"),
        "{}",
        finished.stdout
    );
}

#[test]
fn https_needs_a_certificate_that_the_system_trusts() {
    let site = Site::on_sqlite();
    let made = rcgen::generate_simple_self_signed(["localhost".to_owned()]).unwrap();
    site.write("cert.pem", &made.cert.pem());
    site.write("key.pem", &made.signing_key.serialize_pem());
    let key = site.issue("acme_corp").key;
    let mut command = site.server();
    command.args(["--tls-cert", "cert.pem", "--tls-key", "key.pem"]);
    let server = Server::start(command);
    let port = server.address().rsplit_once(':').unwrap().1;
    let url = format!("https://localhost:{port}");
    let mut command = site.send_command(&url, &key);
    let finished = finished_with_input(command.env("SSL_CERT_FILE", "cert.pem"), "a line\n");
    assert_eq!((finished.code, &*finished.stderr), (Some(0), ""));
    let finished = Finished::of(site.send_command(&url, &key).arg("check"));
    assert_eq!(finished.code, Some(1), "{}", finished.stdout);
    assert!(
        finished.stdout.starts_with("FAIL  address"),
        "{}",
        finished.stdout
    );
}
