//! Requests with keys that are not valid.

use super::{KeyScene, Scene};
use crate::{
    Threshold,
    finding::{Finding, counted, from_networks},
    window::Seen,
};
use central_logger_key_activity::{AlertKind, AlertSubject};
use central_logger_keys::RefusalReason;

/// Finds networks that guess.
pub(super) fn failed_attempts(scene: &Scene<'_>) -> Vec<Finding> {
    let kind = AlertKind::FailedAttempts;
    let finding = |(network, seen): (&String, &Seen)| {
        let subject = AlertSubject {
            network: Some(network.clone()),
            ..AlertSubject::default()
        };
        let evidence = format!(
            "{} with keys that are not good within two hours from {network}",
            counted(seen.requests(), "request")
        );
        Finding::of(kind, subject, seen.clone(), evidence)
    };
    let Threshold::Number(limit) = scene.thresholds.of(kind, None) else {
        return Vec::new();
    };
    let failing = scene.window.failing.iter();
    let failing = failing.filter(|(_, seen)| seen.requests() >= limit);
    failing.filter_map(finding).collect()
}

/// Finds guesses from all over the world. What another alert tells of is not among them.
pub(super) fn spray(scene: &Scene<'_>) -> Option<Finding> {
    let limit_of = |kind| match scene.thresholds.of(kind, None) {
        Threshold::Number(number) => Some(number),
        Threshold::Time(_) | Threshold::Off => None,
    };
    let limit = limit_of(AlertKind::Spray)?;
    let mut seen = scene.window.guesses.clone();
    for network in scene.window.failing.values() {
        if limit_of(AlertKind::FailedAttempts).is_some_and(|limit| network.requests() >= limit) {
            seen.without(network);
        }
    }
    for key in scene.window.keys.values() {
        let guesses = key.refused_for(&[RefusalReason::WrongSecret]);
        if limit_of(AlertKind::WrongSecrets).is_some_and(|limit| guesses.requests() >= limit) {
            seen.without(&guesses);
        }
    }
    if seen.requests() < limit {
        return None;
    }
    let evidence = format!(
        "{} with keys that are not good within two hours{}",
        counted(seen.requests(), "request"),
        from_networks(&seen)
    );
    Finding::of(AlertKind::Spray, AlertSubject::default(), seen, evidence)
}

/// Finds guesses of the secret of an id that exists.
pub(super) fn wrong_secrets(key: &KeyScene<'_>) -> Option<Finding> {
    let limit = key.number(AlertKind::WrongSecrets)?;
    let seen = key.window.refused_for(&[RefusalReason::WrongSecret]);
    if seen.requests() < limit {
        return None;
    }
    let evidence = format!(
        "{} with this id and a wrong secret within two hours{}",
        counted(seen.requests(), "request"),
        from_networks(&seen)
    );
    Finding::of(AlertKind::WrongSecrets, key.subject(), seen, evidence)
}
