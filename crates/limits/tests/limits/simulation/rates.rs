use super::site::{Site, Split, run};
use central_logger_limits::{RateRule, Rule};
use central_logger_times::Clock;
use proptest::prelude::*;
use std::num::NonZeroU32;
use time::Duration;

fn rate(requests: u32, seconds: u64) -> RateRule {
    let burst = (requests / 10).max(10.min(requests));
    RateRule {
        requests: NonZeroU32::new(requests).unwrap(),
        period: std::time::Duration::from_secs(seconds),
        burst: NonZeroU32::new(burst).unwrap(),
    }
}

/// The one bucket that all servers together must not exceed.
struct Reference {
    rule: RateRule,
    /// In units of which a request has as many as a period has nanoseconds.
    level: i128,
    at: std::time::Duration,
}

impl Reference {
    fn new(rule: RateRule, now: std::time::Duration) -> Self {
        let level = i128::from(rule.burst.get()) * rule.period.as_nanos() as i128;
        Self {
            rule,
            level,
            at: now,
        }
    }

    fn level_at(&mut self, now: std::time::Duration) -> i128 {
        let unit = self.rule.period.as_nanos() as i128;
        let inflow = (now - self.at).as_nanos() as i128 * i128::from(self.rule.requests.get());
        self.level = (self.level + inflow).min(i128::from(self.rule.burst.get()) * unit);
        self.at = now;
        self.level / unit
    }

    fn take(&mut self, now: std::time::Duration) {
        assert!(self.level_at(now) >= 1, "more than the rate was accepted");
        self.level -= self.rule.period.as_nanos() as i128;
    }
}

#[derive(Debug, Clone)]
struct Life {
    requests: u32,
    seconds: u64,
    split: Split,
    /// Requests in ten seconds, in each phase of two seconds.
    loads: Vec<u32>,
    /// Of ten thousand requests, after how many a server is killed or restarted.
    ends: u32,
    seed: u64,
}

fn lives() -> impl Strategy<Value = Life> {
    let split = prop::collection::vec(1..100_u32, 1..6).prop_map(Split);
    let loads = prop::collection::vec(prop_oneof![Just(0), 1..5000_u32], 1..8);
    let seconds = prop_oneof![Just(1), Just(60), Just(3600)];
    (1..2000_u32, seconds, split, loads, 0..20_u32, any::<u64>()).prop_map(
        |(requests, seconds, split, loads, ends, seed)| Life {
            requests,
            seconds,
            split,
            loads,
            ends,
            seed,
        },
    )
}

async fn live(life: &Life) {
    let rule = rate(life.requests, life.seconds);
    let mut site = Site::new(Rule::Rate(rule), life.split.0.len());
    let mut random = fastrand::Rng::with_seed(life.seed);
    let mut reference = Reference::new(rule, site.clock.elapsed());
    for load in &life.loads {
        for _ in 0..2000 {
            let expected = f64::from(*load) / 10_000.0;
            let arrivals = expected as u32 + u32::from(random.f64() < expected.fract());
            for _ in 0..arrivals {
                let server = life.split.next(&mut random);
                if site.send(server).await {
                    reference.take(site.clock.elapsed());
                }
                match random.u32(0..10_000) < life.ends {
                    true if random.bool() => site.kill(server),
                    true => site.restart(server).await,
                    false => {}
                }
            }
            site.wait(Duration::MILLISECOND).await;
        }
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 16, ..ProptestConfig::default() })]

    #[test]
    fn servers_together_never_exceed_a_rate(life in lives()) {
        run(live(&life));
    }
}

/// Returns what each server has accepted in each second.
async fn flood(rule: RateRule, split: &[u32], per_second: u32, seconds: u32) -> Vec<Vec<u32>> {
    let mut site = Site::new(Rule::Rate(rule), split.len());
    let mut random = fastrand::Rng::with_seed(7);
    let split = Split(split.to_vec());
    let mut reference = Reference::new(rule, site.clock.elapsed());
    let mut accepted = Vec::new();
    for _ in 0..seconds {
        let mut second = vec![0; split.0.len()];
        for _ in 0..1000 {
            let expected = f64::from(per_second) / 1000.0;
            let arrivals = expected as u32 + u32::from(random.f64() < expected.fract());
            for _ in 0..arrivals {
                let server = split.next(&mut random);
                if site.send(server).await {
                    reference.take(site.clock.elapsed());
                    second[server] += 1;
                }
            }
            site.wait(Duration::MILLISECOND).await;
        }
        accepted.push(second);
    }
    accepted
}

#[test]
fn a_flood_gets_the_rate_however_it_is_split() {
    for (split, load) in [
        (&[80, 15, 5][..], 250),
        (&[80, 15, 5], 500),
        (&[80, 15, 5], 3000),
        (&[1, 1, 1], 300),
        (&[1], 300),
        (&[20, 20, 20, 20, 20], 1000),
    ] {
        let accepted = run(flood(rate(100, 1), split, load, 30));
        let each: Vec<u32> = accepted.iter().map(|second| second.iter().sum()).collect();
        let mean = f64::from(each.iter().sum::<u32>()) / 30.0;
        assert!(
            (95.0..=110.0).contains(&mean),
            "{split:?} of {load}: {mean}: {each:?}"
        );
        // Each gets its part, once the parts have settled.
        let all: u32 = split.iter().sum();
        for (server, weight) in split.iter().enumerate() {
            let got: u32 = accepted[5..].iter().map(|second| second[server]).sum();
            let fair = 25.0 * 100.0 * f64::from(*weight) / f64::from(all);
            assert!(
                f64::from(got) > 0.5 * fair,
                "{split:?} of {load}: {server} got {got}"
            );
        }
    }
}

#[test]
fn a_load_below_the_rate_is_not_refused() {
    for (split, load) in [(&[80, 15, 5][..], 50), (&[1, 1, 1], 50), (&[1, 1], 10)] {
        let accepted = run(flood(rate(100, 1), split, load, 30));
        let sum: u32 = accepted.iter().flatten().sum();
        let expected = 30.0 * f64::from(load);
        assert!(
            f64::from(sum) >= 0.97 * expected,
            "{split:?} of {load}: {sum} of {expected}"
        );
    }
}

#[test]
fn a_low_rate_is_kept_exactly_and_refuses_nothing_without_need() {
    run(async {
        let mut site = Site::new(Rule::Rate(rate(5, 60)), 3);
        for request in 0..5 {
            assert!(site.send(request % 3).await, "{request}");
        }
        for server in 0..3 {
            assert!(!site.send(server).await);
        }
        for round in 0..10 {
            site.wait(Duration::milliseconds(11_800)).await;
            assert!(!site.send(round % 3).await, "{round}: too early");
            site.wait(Duration::milliseconds(200)).await;
            assert!(site.send((round + 1) % 3).await, "{round}");
            assert!(!site.send(round % 3).await, "{round}: it was one");
        }
    });
}

#[test]
fn what_a_killed_server_held_is_there_again_after_its_lease() {
    run(async {
        let mut site = Site::new(Rule::Rate(rate(100, 1)), 2);
        for _ in 0..1000 {
            site.send(0).await;
            site.wait(Duration::MILLISECOND).await;
        }
        site.kill(0);
        let mut accepted = Vec::new();
        for _ in 0..4 {
            let mut second = 0;
            for _ in 0..1000 {
                second += u32::from(site.send(1).await);
                site.wait(Duration::MILLISECOND).await;
            }
            accepted.push(second);
        }
        assert!(accepted[3] >= 95, "{accepted:?}");
    });
}
