//! Two weeks of fifty clients who mean well, then a day of attacks, minute by minute on a clock that is
//! set by hand. What comes of it is the table in docs/monitoring.md.

use super::traffic::{Client, accept, guess, noise, refuse};
use central_logger_key_activity::{
    Alert, AlertKind, MemoryActivity, UsageBatch, UsageStore, WatchedKey,
};
use central_logger_key_store::MemoryKeys;
use central_logger_monitor::{Thresholds, Watch};
use central_logger_times::{Clock, ManualClock};
use std::{fmt::Write, sync::Arc};
use time::{Duration, OffsetDateTime, macros::datetime};

const BEGIN: OffsetDateTime = datetime!(2026-01-01 00:00 UTC);
const DAYS: i64 = 14;
const CLIENTS: usize = 50;
const SEED: u64 = 20_260_301;

struct Replay {
    clock: Arc<ManualClock>,
    activity: Arc<MemoryActivity>,
    watch: Watch,
    clients: Vec<Client>,
    random: fastrand::Rng,
    /// When the clients began.
    began: OffsetDateTime,
    alerts: Vec<Alert>,
}

impl Replay {
    fn new() -> Self {
        let clock = Arc::new(ManualClock::new(BEGIN));
        let activity = Arc::new(MemoryActivity::new());
        let mut random = fastrand::Rng::with_seed(SEED);
        let watch = Watch::new(
            Arc::new(MemoryKeys::new()),
            activity.clone(),
            "replay",
            Thresholds::default(),
            clock.clone(),
        );
        Self {
            clients: (0..CLIENTS)
                .map(|number| Client::new(number, &mut random))
                .collect(),
            watch: watch.unwrap(),
            began: BEGIN,
            clock,
            activity,
            random,
            alerts: Vec::new(),
        }
    }

    async fn add(&self, batch: &UsageBatch) {
        self.activity.add_usage(batch).await.unwrap();
    }

    /// All clients as usual, and whatever else, in a minute of which a look is taken after each six
    /// seconds.
    async fn minute(&mut self, mut attack: impl FnMut(&mut UsageBatch, OffsetDateTime, u64)) {
        let at = self.clock.now();
        let day = (at - self.began).whole_days().unsigned_abs() as u32;
        let mut batch = UsageBatch::default();
        for client in &self.clients {
            client.act(&mut batch, at, day, &mut self.random);
        }
        noise(&mut batch, at, &mut self.random);
        self.add(&batch).await;
        for step in 0..10 {
            let mut batch = UsageBatch::default();
            attack(&mut batch, self.clock.now(), step);
            self.add(&batch).await;
            self.clock.advance(Duration::seconds(6));
            if step == 9 || !batch.is_empty() {
                self.alerts.extend(self.watch.look().await.unwrap());
            }
        }
    }

    async fn quiet(&mut self, time: Duration) {
        for _ in 0..time.whole_minutes() {
            self.minute(|_, _, _| {}).await;
        }
    }

    /// An attack of a minute, and two hours after it. Gives what was told of within the minute, and how
    /// much afterwards.
    async fn attack(
        &mut self,
        attack: impl FnMut(&mut UsageBatch, OffsetDateTime, u64),
    ) -> (Vec<Alert>, usize) {
        self.minute(attack).await;
        let within = std::mem::take(&mut self.alerts);
        self.quiet(Duration::hours(2)).await;
        (within, std::mem::take(&mut self.alerts).len())
    }

    fn key(&self, number: usize) -> WatchedKey {
        self.clients[number].key.clone()
    }

    fn home(&self, number: usize) -> String {
        self.clients[number].networks[0].clone()
    }
}

#[tokio::test]
async fn two_weeks_of_fifty_clients_raise_nothing_and_each_attack_its_alert_within_a_minute() {
    let mut replay = Replay::new();
    // A key that was used once, more than a month before the attacks.
    let sleeper: WatchedKey = ("client-0".parse().unwrap(), "sleeper00001".parse().unwrap());
    let mut batch = UsageBatch::default();
    accept(&mut batch, &sleeper, BEGIN, 3, "10.99.0.0/24");
    replay.add(&batch).await;
    replay.clock.advance(Duration::days(20));
    replay.began = replay.clock.now();

    replay.quiet(Duration::days(DAYS)).await;
    let false_alarms = std::mem::take(&mut replay.alerts);
    assert_eq!(false_alarms, [], "nobody did anything wrong");

    let mut rows = Vec::new();
    let mut row = |what: &str, (within, afterwards): (Vec<Alert>, usize), kind, subject: &str| {
        let [alert] = &within[..] else {
            panic!("{what}: {within:#?}")
        };
        let about = alert.subject.key_id.as_ref().map(ToString::to_string);
        let about = about.or(alert.subject.network.clone()).unwrap_or_default();
        assert_eq!((alert.kind, &*about), (kind, subject), "{what}");
        assert_eq!(afterwards, 0, "{what}");
        rows.push(format!("| {what} | `{kind}` | {} | 0 |", within.len()));
    };

    let told =
        replay.attack(|batch, at, _| guess(batch, None, "unknown", at, 30, "203.0.113.0/24"));
    let what = "one address tries five keys a second";
    row(
        what,
        told.await,
        AlertKind::FailedAttempts,
        "203.0.113.0/24",
    );

    let target = replay.key(0);
    let told = replay.attack(|batch, at, step| {
        let network = format!("172.16.{step}.0/24");
        guess(batch, Some(&target), "wrong_secret", at, 2, &network);
    });
    let what = "ten addresses guess the secret of one key, twice each";
    row(what, told.await, AlertKind::WrongSecrets, target.1.as_str());

    let told = replay.attack(|batch, at, step| {
        for part in 0..50 {
            let network = format!("100.{step}.{part}.0/24");
            guess(batch, None, "unknown", at, 3, &network);
        }
    });
    let what = "five hundred addresses try three keys each";
    row(what, told.await, AlertKind::Spray, "");

    let (stolen, rate) = (replay.key(7), replay.clients[7].rate);
    let told =
        replay.attack(|batch, at, _| accept(batch, &stolen, at, rate / 10 + 1, "203.0.113.0/24"));
    let what = "a stolen key is used from elsewhere, as often as by its client";
    row(what, told.await, AlertKind::NewNetwork, stolen.1.as_str());

    let (busy, home) = (replay.key(14), replay.home(14));
    let told = replay.attack(|batch, at, _| accept(batch, &busy, at, 10_000, &home));
    let what = "a key makes a thousand requests a second";
    row(what, told.await, AlertKind::Spike, busy.1.as_str());

    let told = replay.attack(|batch, at, step| {
        if step == 0 {
            accept(batch, &sleeper, at, 1, "10.99.0.0/24");
        }
    });
    let what = "one request with a key that was not used for five weeks";
    row(what, told.await, AlertKind::Dormant, sleeper.1.as_str());

    let (revoked, home) = (replay.key(21), replay.home(21));
    let told = replay.attack(|batch, at, step| {
        if step == 0 {
            refuse(batch, Some(&revoked), "revoked", at, 1, &home);
        }
    });
    let what = "one request with a revoked key";
    row(
        what,
        told.await,
        AlertKind::UsedAfterEnd,
        revoked.1.as_str(),
    );

    let (curious, home) = (replay.key(28), replay.home(28));
    let told = replay.attack(|batch, at, _| {
        refuse(batch, Some(&curious), "forbidden", at, 1, &home);
        refuse(
            batch,
            Some(&curious),
            "forbidden_address",
            at,
            1,
            "203.0.113.0/24",
        );
    });
    let what = "a key asks twenty times for what it may not, or from where it may not";
    row(what, told.await, AlertKind::Forbidden, curious.1.as_str());

    let mut table = "| attack, in one minute | alert | told within it | other alerts until two hours later |\n|---|---|---|---|\n".to_owned();
    for row in rows {
        writeln!(table, "{row}").unwrap();
    }
    let docs = include_str!("../../../../../docs/monitoring.md");
    assert!(
        docs.contains(&table),
        "docs/monitoring.md must hold:\n{table}"
    );
}
