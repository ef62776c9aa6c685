use super::site::{Site, Split, run};
use central_logger_limits::{Period, Rule};
use proptest::prelude::*;
use time::Duration;

/// What happens while a quota is used up.
#[derive(Debug, Clone)]
struct Life {
    most: u64,
    split: Split,
    /// Requests in a millisecond.
    load: u32,
    /// Of a thousand requests, after how many a server is restarted.
    restarts: u32,
    /// After what part of the quota a server is killed, in percent.
    kill_at: Option<u32>,
    seed: u64,
}

fn lives() -> impl Strategy<Value = Life> {
    let split = prop::collection::vec(1..100_u32, 1..6).prop_map(Split);
    let kill_at = prop::option::of(1..100_u32);
    (
        1000..30_000_u64,
        split,
        1..20_u32,
        0..3_u32,
        kill_at,
        any::<u64>(),
    )
        .prop_map(|(most, split, load, restarts, kill_at, seed)| Life {
            most,
            split,
            load,
            restarts,
            kill_at,
            seed,
        })
}

/// Returns how many were accepted before the first was refused, and in all.
async fn use_up(life: &Life) -> (u64, u64) {
    let mut site = Site::new(Rule::quota(life.most, Period::Day), life.split.0.len());
    let mut random = fastrand::Rng::with_seed(life.seed);
    let (mut accepted, mut before_refusal, mut refused) = (0, None, 0);
    let mut kill_at = life
        .kill_at
        .map(|percent| life.most * u64::from(percent) / 100);
    while refused < 2000 {
        for _ in 0..life.load {
            match site.send(life.split.next(&mut random)).await {
                true => accepted += 1,
                false => {
                    before_refusal.get_or_insert(accepted);
                    refused += 1;
                }
            }
            if random.u32(0..1000) < life.restarts {
                site.restart(life.split.next(&mut random)).await;
            }
            if kill_at.is_some_and(|at| accepted >= at) {
                site.kill(life.split.next(&mut random));
                kill_at = None;
            }
        }
        site.wait(Duration::MILLISECOND).await;
    }
    // What other servers hold comes back when nobody asks them for it.
    for _ in 0..20 {
        site.wait(Duration::milliseconds(500)).await;
    }
    while site.send(0).await {
        accepted += 1;
    }
    (before_refusal.unwrap(), accepted)
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 16, ..ProptestConfig::default() })]

    #[test]
    fn a_quota_is_never_exceeded_and_all_but_one_percent_is_used_before_a_refusal(life in lives()) {
        let (before_refusal, accepted) = run(use_up(&life));
        prop_assert!(accepted <= life.most, "{accepted}");
        prop_assert!(before_refusal * 100 >= life.most * 99, "{before_refusal}");
        // In the end nothing is left but what a server held that was killed.
        let lost = life.kill_at.map_or(0, |_| life.most / 512);
        prop_assert!(accepted + lost >= life.most, "{accepted}");
    }
}

#[test]
fn a_small_quota_is_used_to_the_last_request() {
    run(async {
        for most in [1, 2, 7, 100, 511] {
            let site = Site::new(Rule::quota(most, Period::Month), 3);
            for request in 0..most {
                assert!(site.send(request as usize % 3).await, "{request} of {most}");
            }
            for server in 0..3 {
                assert!(!site.send(server).await);
            }
        }
    });
}

#[test]
fn a_quota_begins_anew_at_midnight() {
    run(async {
        let mut site = Site::new(Rule::quota(2000, Period::Day), 2);
        for day in 0..3 {
            let mut accepted = 0;
            for request in 0..4000 {
                accepted += u32::from(site.send(request % 2).await);
                site.wait(Duration::MILLISECOND).await;
            }
            assert_eq!(accepted, 2000, "day {day}");
            site.wait(Duration::DAY).await;
        }
    });
}

#[test]
fn most_requests_ask_nobody() {
    run(async {
        let mut site = Site::new(Rule::quota(100_000, Period::Day), 3);
        for request in 0..50_000_u32 {
            assert!(site.send(request as usize % 3).await);
            if request % 10 == 0 {
                site.wait(Duration::MILLISECOND).await;
            }
        }
        assert!(site.exchanges() < 50_000 / 50, "{}", site.exchanges());
    });
}
