//! From findings to alerts: one for each episode, and one for very many of a kind.

use crate::finding::{Finding, counted};
use central_logger_key_activity::{
    Alert, AlertId, AlertKind, AlertSubject, Counted, Delivery, UsageSlot,
};
use std::collections::BTreeMap;
use time::{Duration, OffsetDateTime};

/// The most alerts of a kind within its quiet time; what is found beyond is one alert an
/// hour, so that a flood hides nothing for longer.
const MOST_OF_A_KIND: usize = 20;

/// The alerts that are to be stored.
#[derive(Debug, Default, PartialEq, Eq)]
pub(crate) struct Told {
    /// Episodes that begin.
    pub(crate) new: Vec<Alert>,
    /// Episodes that go on.
    pub(crate) changed: Vec<Alert>,
}

/// Tells findings as the episodes that they are part of; `known` are the alerts that were seen in the
/// longest quiet time. The new ones of the kinds `delivered` are to be delivered.
pub(crate) fn tell(
    known: &[Alert],
    findings: Vec<Finding>,
    now: OffsetDateTime,
    delivered: &[AlertKind],
) -> Told {
    let is_open = |alert: &&Alert| now - alert.last_at < alert.kind.quiet();
    let mut open: BTreeMap<_, _> = BTreeMap::new();
    for alert in known.iter().filter(is_open) {
        open.insert((alert.kind, alert.subject.clone()), alert);
    }
    let of_kind = |kind| open.keys().filter(|(open, _)| *open == kind).count();
    let mut left: BTreeMap<_, _> = AlertKind::ALL
        .map(|kind| (kind, MOST_OF_A_KIND.saturating_sub(of_kind(kind))))
        .into();

    let mut told = Told::default();
    let mut beyond: BTreeMap<AlertKind, Vec<Finding>> = BTreeMap::new();
    for finding in findings {
        let known = open.get(&(finding.kind, finding.subject.clone()));
        if let Some(alert) = known {
            told.changed.extend(go_on(alert, finding));
            continue;
        }
        match left.get_mut(&finding.kind) {
            Some(left) if *left > 0 => {
                *left -= 1;
                told.new.push(begin(finding, now, delivered));
            }
            _ => beyond.entry(finding.kind).or_default().push(finding),
        }
    }
    for (kind, findings) in beyond {
        let id = |at| AlertId::of(kind, &AlertSubject::default(), at);
        let known = |id| known.iter().find(|alert| alert.id == id);
        let since = known(id(now - Duration::HOUR)).map(|_| UsageSlot::hour_of(now));
        let Some(collective) = collect(kind, findings, since) else {
            continue;
        };
        match known(id(now)) {
            Some(alert) => told.changed.extend(go_on(alert, collective)),
            None => told.new.push(begin(collective, now, delivered)),
        }
    }
    told
}

fn begin(finding: Finding, now: OffsetDateTime, delivered: &[AlertKind]) -> Alert {
    let mut counted = Counted {
        sum: 0,
        hour: OffsetDateTime::UNIX_EPOCH,
        in_hour: 0,
    };
    for (hour, number) in finding.by_hour {
        counted.add(hour, number);
    }
    Alert {
        id: AlertId::of(finding.kind, &finding.subject, now),
        kind: finding.kind,
        subject: finding.subject,
        first_at: finding.last_at,
        last_at: finding.last_at,
        counted,
        evidence: finding.evidence,
        acknowledged: None,
        delivery: delivered
            .contains(&finding.kind)
            .then_some(Delivery::due(now)),
    }
}

/// Returns the alert with what is new, or `None` when nothing new was seen.
fn go_on(alert: &Alert, finding: Finding) -> Option<Alert> {
    let mut counted = alert.counted;
    for (hour, number) in finding.by_hour {
        counted.add(hour, number);
    }
    let last_at = finding.last_at.max(alert.last_at);
    let has_changed = counted != alert.counted || last_at > alert.last_at;
    has_changed.then(|| Alert {
        counted,
        last_at,
        evidence: finding.evidence,
        ..alert.clone()
    })
}

/// Returns one finding about all of them, as far as they were seen from this hour on; `None` when none was.
fn collect(
    kind: AlertKind,
    mut findings: Vec<Finding>,
    since: Option<OffsetDateTime>,
) -> Option<Finding> {
    for finding in &mut findings {
        finding.by_hour.retain(|hour, _| Some(*hour) >= since);
    }
    findings.retain(|finding| !finding.by_hour.is_empty());
    let mut by_hour = BTreeMap::new();
    for (hour, number) in findings.iter().flat_map(|finding| &finding.by_hour) {
        *by_hour.entry(*hour).or_default() += number;
    }
    Some(Finding {
        kind,
        subject: AlertSubject::default(),
        by_hour,
        last_at: findings.iter().map(|finding| finding.last_at).max()?,
        evidence: {
            let first = findings.first()?;
            let subjects = match first.subject.network {
                Some(_) => "network",
                None => "key",
            };
            let more = counted(findings.len() as u64, &format!("more {subjects}"));
            format!("and {more}, for example: {}", first.evidence)
        },
    })
}

/// Returns the time since which alerts are needed to tell which episodes go on.
pub(crate) fn longest_quiet(now: OffsetDateTime) -> OffsetDateTime {
    let quiet = AlertKind::ALL.map(AlertKind::quiet).into_iter().max();
    UsageSlot::hour_of(now - quiet.unwrap_or_default())
}

#[cfg(test)]
mod tests {
    use super::*;
    use time::macros::datetime;

    const NOW: OffsetDateTime = datetime!(2026-03-01 12:00 UTC);

    fn finding(network: &str, number: u64, at: OffsetDateTime) -> Finding {
        Finding {
            kind: AlertKind::FailedAttempts,
            subject: AlertSubject {
                network: Some(network.to_owned()),
                ..AlertSubject::default()
            },
            by_hour: [(UsageSlot::hour_of(at), number)].into(),
            last_at: at,
            evidence: format!("{number} from {network}"),
        }
    }

    #[test]
    fn an_episode_is_told_once_and_counted_on() {
        let told = tell(&[], vec![finding("a", 5, NOW)], NOW, &AlertKind::ALL);
        let [alert] = &told.new[..] else {
            panic!("it is new")
        };
        assert_eq!((alert.counted.sum, alert.first_at), (5, NOW));
        assert_eq!(alert.delivery, Some(Delivery::due(NOW)));

        let known = std::slice::from_ref(alert);
        assert_eq!(
            tell(known, vec![finding("a", 5, NOW)], NOW, &AlertKind::ALL),
            Told::default()
        );
        let later = NOW + Duration::minutes(30);
        let told = tell(known, vec![finding("a", 8, later)], later, &AlertKind::ALL);
        assert_eq!(told.new, []);
        let [alert] = &told.changed[..] else {
            panic!("it goes on")
        };
        assert_eq!(
            (alert.counted.sum, alert.last_at, alert.first_at),
            (8, later, NOW)
        );
        assert_eq!(alert.evidence, "8 from a");

        let next_day = later + Duration::DAY;
        let told = tell(known, vec![finding("a", 2, next_day)], next_day, &[]);
        assert_eq!(
            (told.new[0].counted.sum, told.new[0].delivery.as_ref()),
            (2, None)
        );
        assert_ne!(told.new[0].id, alert.id);
    }

    #[test]
    fn ten_thousand_of_a_kind_are_some_alerts_and_one_with_a_count() {
        let flood = |at| {
            let names = (0..10_000).map(|number| number.to_string());
            names.map(|name| finding(&name, 3, at)).collect::<Vec<_>>()
        };
        let told = tell(&[], flood(NOW), NOW, &AlertKind::ALL);
        assert_eq!(told.new.len(), MOST_OF_A_KIND + 1);
        let collective = told.new.last().unwrap();
        assert_eq!(collective.subject, AlertSubject::default());
        assert_eq!(collective.counted.sum, 3 * 9980);
        assert!(
            collective
                .evidence
                .starts_with("and 9,980 more networks, for example: 3 from ")
        );

        let later = NOW + Duration::minutes(10);
        let others = (0..50).map(|number| finding(&format!("other {number}"), 4, later));
        let told = tell(&told.new, others.collect(), later, &AlertKind::ALL);
        assert_eq!((told.new.len(), told.changed.len()), (0, 1));
        assert_eq!(told.changed[0].subject, AlertSubject::default());
    }

    #[test]
    fn what_a_flood_hides_is_told_in_the_next_hour() {
        let of = |names: std::ops::Range<u64>, number, at| {
            let names = names.map(|number| number.to_string());
            names
                .map(|name| finding(&name, number, at))
                .collect::<Vec<_>>()
        };
        let (flood, later) = (of(0..100, 3, NOW), NOW + Duration::HOUR);
        let known = tell(&[], flood.clone(), NOW, &AlertKind::ALL).new;
        let nothing_new = tell(&known, flood.clone(), later, &AlertKind::ALL);
        assert_eq!(nothing_new, Told::default(), "it has ended");

        let others = [flood, of(100..107, 5, later)].concat();
        let told = tell(&known, others, later, &AlertKind::ALL);
        let [collective] = &told.new[..] else {
            panic!("one more: {told:?}")
        };
        assert_eq!(collective.counted.sum, 7 * 5, "of this hour");
        assert!(
            collective
                .evidence
                .starts_with("and 7 more networks, for example: ")
        );
        assert!(known.iter().all(|alert| alert.id != collective.id));
    }
}
