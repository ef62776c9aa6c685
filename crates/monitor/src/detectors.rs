//! Detectors of suspicious use, and of what has to be done soon. Each is a function of what was seen.

mod guesses;
mod life;
mod unusual;

use crate::{
    Threshold, Thresholds,
    finding::Finding,
    key_records::KeyRecords,
    window::{KeyWindow, Window},
};
use central_logger_key_activity::{AlertKind, AlertSubject, KeyHistory, WatchedKey};
use central_logger_key_store::KeyRecord;
use std::collections::BTreeMap;
use time::{Duration, OffsetDateTime};

/// All that is looked at.
pub(crate) struct Scene<'a> {
    pub(crate) now: OffsetDateTime,
    /// The time since which there are counts at all.
    pub(crate) counted_since: OffsetDateTime,
    pub(crate) window: &'a Window,
    pub(crate) histories: &'a BTreeMap<WatchedKey, KeyHistory>,
    pub(crate) records: &'a KeyRecords,
    pub(crate) thresholds: &'a Thresholds,
}

/// All that is looked at about one key.
struct KeyScene<'a> {
    scene: &'a Scene<'a>,
    key: &'a WatchedKey,
    window: &'a KeyWindow,
    history: Option<&'a KeyHistory>,
    record: Option<&'a KeyRecord>,
}

const ABOUT_A_KEY: [fn(&KeyScene<'_>) -> Option<Finding>; 9] = [
    guesses::wrong_secrets,
    unusual::new_network,
    unusual::spike,
    unusual::dormant,
    unusual::used_after_end,
    unusual::forbidden,
    life::expiring,
    life::rotation_due,
    life::grace_ending,
];

/// All that there is to find.
pub(crate) fn detect(scene: &Scene<'_>) -> Vec<Finding> {
    let mut findings = guesses::failed_attempts(scene);
    findings.extend(guesses::spray(scene));
    for (key, window) in &scene.window.keys {
        let key_scene = KeyScene {
            scene,
            key,
            window,
            history: scene.histories.get(key),
            record: scene.records.of(key),
        };
        findings.extend(
            ABOUT_A_KEY
                .iter()
                .filter_map(|detector| detector(&key_scene)),
        );
    }
    findings
}

impl KeyScene<'_> {
    fn subject(&self) -> AlertSubject {
        AlertSubject {
            client_id: Some(self.key.0.clone()),
            key_id: Some(self.key.1.clone()),
            network: None,
        }
    }

    fn number(&self, kind: AlertKind) -> Option<u64> {
        match self.scene.thresholds.of(kind, Some(&self.key.0)) {
            Threshold::Number(number) => Some(number),
            Threshold::Time(_) | Threshold::Off => None,
        }
    }

    fn time(&self, kind: AlertKind) -> Option<Duration> {
        match self.scene.thresholds.of(kind, Some(&self.key.0)) {
            Threshold::Time(time) => Some(time),
            Threshold::Number(_) | Threshold::Off => None,
        }
    }
}
