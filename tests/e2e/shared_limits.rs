//! Limits that count for all servers of a database together.

use crate::{http::GUIDE_ENTRY, process::Server, site::Site, soak};
use std::{
    sync::{
        OnceLock,
        atomic::{AtomicBool, AtomicU64, Ordering},
    },
    thread,
    time::{Duration, Instant},
};

on_both_databases! {
    a_low_rate_is_one_for_all_servers,
    a_low_rate_flows_in_once_for_all_servers,
    a_quota_is_used_up_at_full_speed,
    a_quota_outlives_restarts_and_a_kill,
    a_rate_goes_to_where_the_load_is,
    what_is_stored_in_a_day_counts_for_all_servers,
}

const WHOAMI: &str = "/api/v1/whoami";

fn a_low_rate_is_one_for_all_servers(site: &Site) {
    let key = site
        .issue_with(&["--client", "acme_corp", "--rate", "5/h"])
        .key;
    let mut servers: Vec<_> = (0..3).map(|_| site.start_process()).collect();
    for request in 0..5 {
        servers[request % 3].get(&key, WHOAMI).json(200);
    }
    let are_all_refused = |servers: &[Server]| {
        for server in servers {
            let refused = server.get(&key, WHOAMI);
            refused.problem(429);
            let wait: u32 = refused.header("retry-after").unwrap().parse().unwrap();
            assert!((1..=720).contains(&wait), "{wait}");
        }
    };
    are_all_refused(&servers);
    let old = servers.remove(0);
    old.tell_to_stop();
    assert!(old.wait().0.success());
    servers.remove(0).kill();
    servers.push(site.start_process());
    are_all_refused(&servers);
}

fn a_low_rate_flows_in_once_for_all_servers(site: &Site) {
    const SECONDS_BETWEEN: f64 = 12.0;
    let key = site
        .issue_with(&["--client", "acme_corp", "--rate", "5/m"])
        .key;
    let servers: Vec<_> = (0..3).map(|_| site.start_process()).collect();
    let (began, mut asked_at) = (Instant::now(), Instant::now());
    let (load, mut longest_pause) = (Load::default(), Duration::ZERO);
    while began.elapsed() < Duration::from_secs(soak::rounds(6) as u64) {
        for server in &servers {
            load.call(server, &key);
        }
        longest_pause = longest_pause.max(asked_at.elapsed());
        asked_at = Instant::now();
        // A load on the machine shows nothing here.
        thread::sleep(Duration::from_millis(20));
    }
    let (accepted, elapsed) = (load.accepted() as f64 - 5.0, began.elapsed().as_secs_f64());
    let most = elapsed / SECONDS_BETWEEN;
    assert!(accepted <= most, "{accepted} in {elapsed} s");
    // If this machine asks often enough to be told.
    if longest_pause < Duration::from_secs(1) {
        assert!(accepted > most - 2.0, "{accepted} in {elapsed} s");
    }
    soak::report(&format!(
        "5/m over three servers: {accepted} accepted in {elapsed:.0} s after the first five"
    ));
}

/// Calls servers until told to stop.
#[derive(Default)]
struct Load {
    accepted: AtomicU64,
    refused: AtomicU64,
    /// How many were accepted when the first was refused.
    until_refused: OnceLock<u64>,
    is_over: AtomicBool,
}

impl Load {
    fn call(&self, server: &Server, key: &str) -> bool {
        let (counted, is_accepted) = match server.get(key, WHOAMI).status {
            200 => (&self.accepted, true),
            429 => {
                self.until_refused.get_or_init(|| self.accepted());
                (&self.refused, false)
            }
            // A server that this machine keeps from its lease does not know.
            503 => return true,
            other => panic!("{other}"),
        };
        counted.fetch_add(1, Ordering::Relaxed);
        is_accepted
    }

    fn accepted(&self) -> u64 {
        self.accepted.load(Ordering::Relaxed)
    }

    /// Calls all servers at once until so many requests were accepted, or one was refused.
    fn run_to(&self, servers: &[Server], key: &str, accepted: u64) {
        thread::scope(|scope| {
            for server in servers.iter().chain(servers) {
                scope.spawn(
                    move || {
                        while self.accepted() < accepted && self.call(server, key) {}
                    },
                );
            }
        });
    }
}

/// Checks that a quota was used up but for a hundredth when the first request was refused, and not exceeded.
fn assert_used_up(load: &Load, quota: u64) {
    let accepted = load.accepted();
    let until_refused = *load.until_refused.get().expect("the quota is met");
    let told = format!("{until_refused} accepted until the first refusal, {accepted} in all");
    soak::report(&format!("a quota of {quota} over three servers: {told}"));
    assert!(accepted <= quota, "{told}");
    assert!(until_refused * 100 >= quota * 99, "{told}");
}

fn set_quota(site: &Site, quota: u64) -> String {
    let key = site.issue("acme_corp").key;
    let number = quota.to_string();
    let set = [
        "quota",
        "set",
        "--client",
        "acme_corp",
        "--requests-per-day",
        &number,
    ];
    site.admin_json(&set);
    key
}

fn a_quota_is_used_up_at_full_speed(site: &Site) {
    let quota = soak::either(3000, 100_000);
    let key = set_quota(site, quota);
    let servers: Vec<_> = (0..3).map(|_| site.start_process()).collect();
    let load = Load::default();
    load.run_to(&servers, &key, u64::MAX);
    assert_used_up(&load, quota);
}

fn a_quota_outlives_restarts_and_a_kill(site: &Site) {
    let quota = soak::either(3000, 100_000);
    let key = set_quota(site, quota);
    let mut servers: Vec<_> = (0..3).map(|_| site.start_process()).collect();
    let load = Load::default();
    load.run_to(&servers, &key, quota / 3);
    for server in servers.drain(..) {
        server.tell_to_stop();
        assert!(server.wait().0.success());
    }
    servers.extend((0..3).map(|_| site.start_process()));
    load.run_to(&servers, &key, quota * 2 / 3);
    servers.remove(1).kill();
    servers.push(site.start_process());
    load.run_to(&servers, &key, u64::MAX);
    assert_used_up(&load, quota);
}

fn a_rate_goes_to_where_the_load_is(site: &Site) {
    const RATE: f64 = 100.0;
    let key = site
        .issue_with(&["--client", "acme_corp", "--rate", "100/s"])
        .key;
    let servers: Vec<_> = (0..3).map(|_| site.start_process()).collect();
    let load = Load::default();
    let seconds = soak::rounds(3) as u64;
    let began = Instant::now();
    thread::scope(|scope| {
        // Of each twenty requests, which go to which server.
        for _ in 0..2 {
            scope.spawn(|| {
                while !load.is_over.load(Ordering::Relaxed) {
                    for (server, part) in servers.iter().zip([16, 3, 1]) {
                        for _ in 0..part {
                            load.call(server, &key);
                        }
                    }
                }
            });
        }
        thread::sleep(Duration::from_secs(seconds));
        load.is_over.store(true, Ordering::Relaxed);
    });
    let elapsed = began.elapsed().as_secs_f64();
    let (accepted, refused) = (load.accepted(), load.refused.load(Ordering::Relaxed));
    // A tenth comes at once, and its numbers are whole.
    let most = elapsed * RATE + 11.0;
    assert!(accepted as f64 <= most, "{accepted} in {elapsed} s");
    // If this machine sends as much as it takes to use it up.
    if refused > 2 * accepted {
        let least = 0.95 * RATE * (elapsed - 0.5);
        assert!(accepted as f64 >= least, "{accepted} in {elapsed} s");
    }
    soak::report(&format!(
        "100/s over three servers, load 80/15/5: {:.1} accepted a second for {elapsed:.1} s, {refused} refused",
        accepted as f64 / elapsed
    ));
}

fn what_is_stored_in_a_day_counts_for_all_servers(site: &Site) {
    let key = site.issue("acme_corp").key;
    let set = [
        "quota",
        "set",
        "--client",
        "acme_corp",
        "--entries-per-day",
        "10",
    ];
    site.admin_json(&set);
    let servers = [site.start_process(), site.start_process()];
    let two = format!("[{GUIDE_ENTRY},{GUIDE_ENTRY}]");
    for request in 0..4 {
        servers[request % 2].post(&key, &two).json(201);
    }
    let three = format!("[{GUIDE_ENTRY},{GUIDE_ENTRY},{GUIDE_ENTRY}]");
    let refused = servers[0].post(&key, &three).problem(429);
    let detail = refused["detail"].as_str().unwrap();
    assert!(
        detail.contains("10 entries in a day and has stored 8"),
        "{detail}"
    );
    servers[1].post(&key, &two).json(201);
    for server in servers {
        server.post(&key, GUIDE_ENTRY).problem(429);
        server.tell_to_stop();
        assert!(server.wait().0.success());
    }
    site.start_process().post(&key, GUIDE_ENTRY).problem(429);
}
