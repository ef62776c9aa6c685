//! Entries that outlive their client.

use crate::{
    PATIENCE, builder, log_numbers, numbers,
    scripted_server::{ScriptedServer, away, stored},
};
use std::{fs, os::unix::fs::PermissionsExt, path::Path, time::Duration};

const LATER: Duration = Duration::from_secs(3600);
/// An address where nobody listens.
const NOWHERE: &str = "http://127.0.0.1:9";

fn segments(folder: &Path) -> Vec<String> {
    let files = fs::read_dir(folder)
        .unwrap()
        .map(|file| file.unwrap().file_name());
    let names = files.map(|name| name.into_string().unwrap());
    names.filter(|name| name.ends_with(".spool")).collect()
}

/// Leaves entries of a process that has ended.
fn leave_behind(folder: &Path, n: std::ops::Range<u32>) {
    let client = builder(NOWHERE).spool_dir(folder).linger(LATER).build();
    log_numbers(&client, n);
    client.close(Duration::ZERO);
    disown(folder);
}

/// Makes all segments belong to a process that has ended.
fn disown(folder: &Path) {
    let namespace = fs::metadata("/proc/self/ns/pid")
        .map_or(0, |file| std::os::unix::fs::MetadataExt::ino(&file));
    for name in segments(folder) {
        let id = name.rsplit_once('-').unwrap().0;
        let of_another = format!("{id}-999999999.1.{namespace}.spool");
        fs::rename(folder.join(&name), folder.join(of_another)).unwrap();
    }
}

#[test]
fn what_is_delivered_leaves_the_spool() {
    let folder = tempfile::tempdir().unwrap();
    let spool = folder.path().join("state/spool");
    let server = ScriptedServer::start(|_, _| stored());
    let client = builder(&server.url).spool_dir(&spool).build();
    log_numbers(&client, 0..3000);
    assert!(client.flush(PATIENCE));
    assert_eq!(
        fs::metadata(&spool).unwrap().permissions().mode() & 0o777,
        0o700
    );
    let stats = client.stats();
    assert_eq!((stats.delivered, stats.spooled_bytes), (3000, 0));
    let active = spool.join(&segments(&spool)[0]);
    assert_eq!(
        fs::metadata(&active).unwrap().permissions().mode() & 0o777,
        0o600
    );
    assert_eq!(
        fs::read_to_string(active).unwrap(),
        "central-logger-spool 1\n"
    );
    assert!(client.close(PATIENCE));
    assert_eq!(segments(&spool), [""; 0]);
}

#[test]
fn what_is_left_at_the_end_is_delivered_by_the_next_client() {
    let folder = tempfile::tempdir().unwrap();
    {
        let client = builder(NOWHERE).spool_dir(folder.path()).build();
        log_numbers(&client, 0..10);
        assert!(!client.close(Duration::ZERO));
        assert_eq!((client.stats().queued, client.stats().dropped), (10, 0));
    }
    let server = ScriptedServer::start(|_, _| stored());
    let client = builder(&server.url).spool_dir(folder.path()).build();
    log_numbers(&client, 10..12);
    assert!(client.flush(PATIENCE));
    let all: Vec<_> = server
        .requests(1)
        .iter()
        .flat_map(|request| request.entries.clone())
        .collect();
    let mut sent = numbers(&all);
    sent.sort_unstable();
    assert_eq!(sent, (0..12).collect::<Vec<_>>());
}

#[test]
fn segments_of_ended_processes_are_delivered_in_order() {
    let folder = tempfile::tempdir().unwrap();
    (0..5).for_each(|part| leave_behind(folder.path(), part * 10..part * 10 + 10));
    let server = ScriptedServer::start(|_, _| stored());
    let client = builder(&server.url)
        .spool_dir(folder.path())
        .linger(LATER)
        .build();
    assert!(
        client.flush(PATIENCE),
        "the first look at the folder is awaited"
    );
    let all: Vec<_> = server
        .requests(1)
        .iter()
        .flat_map(|request| request.entries.clone())
        .collect();
    assert_eq!(numbers(&all), (0..50).collect::<Vec<_>>());
    assert_eq!(segments(folder.path()), [""; 0]);
}

#[test]
fn segments_of_living_processes_are_left_alone() {
    let folder = tempfile::tempdir().unwrap();
    let writer = builder(NOWHERE)
        .spool_dir(folder.path())
        .linger(LATER)
        .build();
    log_numbers(&writer, 0..3);
    let server = ScriptedServer::start(|_, _| stored());
    let other = builder(&server.url).spool_dir(folder.path()).build();
    assert!(other.flush(PATIENCE));
    assert_eq!(
        (other.stats().delivered, segments(folder.path()).len()),
        (0, 1)
    );
}

#[test]
fn a_cut_record_is_skipped_and_a_damaged_one_counted() {
    let folder = tempfile::tempdir().unwrap();
    leave_behind(folder.path(), 0..4);
    let path = folder.path().join(&segments(folder.path())[0]);
    let text = fs::read_to_string(&path).unwrap();
    let mut lines: Vec<_> = text.lines().map(str::to_owned).collect();
    lines[2] = lines[2].replace("\"n\":1", "\"n\":7");
    fs::write(&path, format!("{}\n00000000 {{\"n\":", lines.join("\n"))).unwrap();
    let server = ScriptedServer::start(|_, _| stored());
    let client = builder(&server.url).spool_dir(folder.path()).build();
    assert!(client.flush(PATIENCE));
    assert_eq!(numbers(&server.requests(1)[0].entries), [0, 2, 3]);
    let stats = client.stats();
    assert_eq!((stats.delivered, stats.rejected, stats.queued), (3, 1, 0));
}

#[test]
fn a_segment_of_a_newer_version_stays() {
    let folder = tempfile::tempdir().unwrap();
    leave_behind(folder.path(), 0..1);
    let name = segments(folder.path()).remove(0);
    fs::write(
        folder.path().join(&name),
        "central-logger-spool 2\nwhatever\n",
    )
    .unwrap();
    let server = ScriptedServer::start(|_, _| stored());
    let client = builder(&server.url).spool_dir(folder.path()).build();
    assert!(client.flush(PATIENCE));
    assert_eq!(segments(folder.path()), [name]);
}

#[test]
fn a_full_spool_keeps_what_it_has() {
    let folder = tempfile::tempdir().unwrap();
    let client = builder(NOWHERE)
        .spool_dir(folder.path())
        .max_spool(2000)
        .linger(LATER)
        .build();
    log_numbers(&client, 0..100);
    let stats = client.stats();
    assert_eq!(stats.queued + stats.dropped, 100);
    assert!(stats.queued > 5 && stats.spooled_bytes <= 2000, "{stats:?}");
    client.close(Duration::ZERO);
    assert!(
        numbers_in(folder.path())
            .iter()
            .copied()
            .eq(0..stats.queued)
    );
}

fn numbers_in(folder: &Path) -> Vec<u64> {
    let mut names = segments(folder);
    names.sort_unstable();
    let texts = names
        .iter()
        .map(|name| fs::read_to_string(folder.join(name)).unwrap());
    let lines: Vec<_> = texts
        .flat_map(|text| {
            text.lines()
                .skip(1)
                .map(|line| line[9..].to_owned())
                .collect::<Vec<_>>()
        })
        .collect();
    let entries: Vec<_> = lines
        .iter()
        .map(|line| serde_json::from_str(line).unwrap())
        .collect();
    numbers(&entries)
}

#[test]
fn full_segments_are_delivered_and_deleted() {
    let folder = tempfile::tempdir().unwrap();
    let server = ScriptedServer::start(|number, _| if number < 2 { away() } else { stored() });
    let client = builder(&server.url)
        .spool_dir(folder.path())
        .linger(LATER)
        .build();
    log_numbers(&client, 0..2);
    let many = 30_000;
    log_numbers(&client, 2..many);
    assert!(segments(folder.path()).len() > 1, "segments have a bound");
    assert!(client.flush(PATIENCE));
    let stats = client.stats();
    assert_eq!(
        (stats.delivered, stats.spooled_bytes, stats.queued),
        (many.into(), 0, 0)
    );
}

#[test]
fn many_writers_lose_nothing() {
    let folder = tempfile::tempdir().unwrap();
    let server = ScriptedServer::start(|number, _| if number % 3 == 0 { away() } else { stored() });
    let client = builder(&server.url).spool_dir(folder.path()).build();
    std::thread::scope(|scope| {
        for writer in 0..4 {
            let client = &client;
            scope.spawn(move || log_numbers(client, writer * 1000..writer * 1000 + 1000));
        }
    });
    assert!(client.flush(PATIENCE));
    assert_eq!(client.stats().delivered, 4000);
    assert_eq!(client.stats().queued, 0);
}

#[test]
fn what_a_closed_client_leaves_may_be_taken_at_once() {
    let folder = tempfile::tempdir().unwrap();
    let client = builder(NOWHERE).spool_dir(folder.path()).build();
    log_numbers(&client, 0..1);
    client.close(Duration::ZERO);
    let path = folder.path().join(&segments(folder.path())[0]);
    let modified = fs::metadata(path).unwrap().modified().unwrap();
    assert_eq!(modified, std::time::SystemTime::UNIX_EPOCH);
}
