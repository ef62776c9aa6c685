//! Keys that are not good.

use super::{
    site::{Site, foreign, kinds},
    traffic::{guess, refuse},
};
use central_logger_key_activity::{AlertKind, AlertSubject};

const STRANGER: &str = "203.0.113.0/24";

#[tokio::test]
async fn a_hundred_failures_of_one_network_are_guesses() {
    let mut site = Site::new();
    let tries =
        |number| move |batch: &mut _, at| guess(batch, None, "unknown", at, number, STRANGER);
    assert_eq!(site.see(tries(99)).await, []);
    // Who sends no key at all does not guess.
    let missing = |batch: &mut _, at| refuse(batch, None, "missing", at, 500, STRANGER);
    assert_eq!(site.see(missing).await, []);
    let alerts = site.see(tries(1)).await;
    assert_eq!(kinds(&alerts), [AlertKind::FailedAttempts]);
    assert_eq!(alerts[0].subject.network.as_deref(), Some(STRANGER));
    assert_eq!(
        alerts[0].evidence,
        "100 requests with keys that are not good within two hours from 203.0.113.0/24"
    );
}

#[tokio::test]
async fn secrets_are_guessed_for_a_key() {
    let mut site = Site::new();
    let key = foreign("target");
    let tries = |number| {
        let key = key.clone();
        move |batch: &mut _, at| guess(batch, Some(&key), "wrong_secret", at, number, STRANGER)
    };
    assert_eq!(site.see(tries(9)).await, []);
    let alerts = site.see(tries(1)).await;
    assert_eq!(kinds(&alerts), [AlertKind::WrongSecrets]);
    assert_eq!(alerts[0].subject.key_id, Some(key.1));
}

#[tokio::test]
async fn a_spray_is_what_no_other_alert_tells_of() {
    let mut site = Site::new();
    // A thousand failures, of which one network made most.
    let alerts = site
        .see(|batch, at| {
            guess(batch, None, "unknown", at, 900, STRANGER);
            for network in 0..50 {
                let network = format!("10.0.{network}.0/24");
                guess(batch, None, "unknown", at, 2, &network);
            }
        })
        .await;
    assert_eq!(kinds(&alerts), [AlertKind::FailedAttempts]);
    let alerts = site
        .see(|batch, at| {
            for network in 0..100 {
                let network = format!("10.1.{network}.0/24");
                guess(batch, None, "unknown", at, 9, &network);
            }
        })
        .await;
    assert_eq!(kinds(&alerts), [AlertKind::Spray]);
    assert_eq!(alerts[0].subject, AlertSubject::default());
    assert_eq!(alerts[0].counted.sum, 1000);
}
