//! Keys that are used as they were not before, or as they may not.

use super::KeyScene;
use crate::{
    finding::{Finding, counted, from_networks, grouped},
    window::Seen,
};
use central_logger_key_activity::{AlertKind, KeyHistory};
use central_logger_keys::RefusalReason;
use time::{Duration, OffsetDateTime};

/// The number of requests an hour below which there are never many.
const QUIET_HOUR: u64 = 100;
/// The time for which a key must have been in use before it is known what is usual for it.
const SPIKE_LEARNING: Duration = Duration::days(3);

/// Finds a network that the key was never used from. Keys that are used from many are not watched for this,
/// nor those that are only beginning to be used.
pub(super) fn new_network(key: &KeyScene<'_>) -> Option<Finding> {
    let learning = key.time(AlertKind::NewNetwork)?;
    let history = key.history?;
    let is_known = key.scene.now - history.first_hour >= learning;
    let is_roaming = history.networks.len() >= KeyHistory::MAX_NETWORKS;
    if !is_known || is_roaming || dormant(key).is_some() {
        return None;
    }
    let mut new = Seen {
        last_at: key.window.accepted.last_at,
        ..Seen::default()
    };
    for (hour, networks) in &key.window.accepted.networks {
        let are_new = |network: &&String| {
            !history.networks.contains(*network) && !new.all_networks().contains(network.as_str())
        };
        let networks: Vec<_> = networks.iter().filter(are_new).cloned().collect();
        if !networks.is_empty() {
            new.by_hour.insert(*hour, networks.len() as u64);
            new.networks.insert(*hour, networks.into_iter().collect());
        }
    }
    if new.networks.is_empty() {
        return None;
    }
    let evidence = format!(
        "used for the first time{}, after {}",
        from_networks(&new),
        counted(history.networks.len() as u64, "known network")
    );
    Finding::of(AlertKind::NewNetwork, key.subject(), new, evidence)
}

/// Finds many more requests in an hour than in any of the same hours of the days before.
pub(super) fn spike(key: &KeyScene<'_>) -> Option<Finding> {
    let factor = key.number(AlertKind::Spike)?;
    let history = key.history?;
    if key.scene.now - history.first_hour < SPIKE_LEARNING {
        return None;
    }
    let limit = factor.saturating_mul(history.busiest.max(QUIET_HOUR));
    let mut seen = key.window.accepted.clone();
    seen.by_hour.retain(|_, requests| *requests >= limit);
    let most = seen.by_hour.values().max()?;
    let evidence = format!(
        "{} in an hour{}; at this time of day at most {} in {} days",
        counted(*most, "request"),
        from_networks(&seen),
        grouped(history.busiest),
        KeyHistory::BUSY_DAYS
    );
    Finding::of(AlertKind::Spike, key.subject(), seen, evidence)
}

/// Finds keys that were used after a long pause, or for the first time long after they were issued.
pub(super) fn dormant(key: &KeyScene<'_>) -> Option<Finding> {
    let pause = key.time(AlertKind::Dormant)?;
    let seen = &key.window.accepted;
    let first_hour = *seen.by_hour.keys().next()?;
    // Before that, nobody knows what was used.
    if first_hour - key.scene.counted_since < pause {
        return None;
    }
    let since = match (key.history, key.record) {
        (Some(history), _) => history.last_used_at,
        (None, Some(record)) => record.created_at,
        (None, None) => return None,
    };
    if first_hour - since < pause {
        return None;
    }
    let evidence = format!(
        "used{} after {} without use",
        from_networks(seen),
        counted((first_hour - since).whole_days().unsigned_abs(), "day")
    );
    Finding::of(AlertKind::Dormant, key.subject(), seen.clone(), evidence)
}

/// Finds keys that were presented after their end.
pub(super) fn used_after_end(key: &KeyScene<'_>) -> Option<Finding> {
    let limit = key.number(AlertKind::UsedAfterEnd)?;
    let seen = key
        .window
        .refused_for(&[RefusalReason::Revoked, RefusalReason::Expired]);
    if seen.requests() < limit {
        return None;
    }
    let ended = key.record.and_then(|record| match record.revoked_at {
        Some(revoked) => Some(("revoked", revoked)),
        None => record.ends_at().map(|end| ("expired", end)),
    });
    let ended = ended.map_or_else(String::new, |(how, at)| format!(", {how} {}", day(at)));
    let evidence = format!(
        "{} within two hours{}{ended}",
        counted(seen.requests(), "request"),
        from_networks(&seen)
    );
    Finding::of(AlertKind::UsedAfterEnd, key.subject(), seen, evidence)
}

/// Finds keys that were refused for their scopes or their address.
pub(super) fn forbidden(key: &KeyScene<'_>) -> Option<Finding> {
    let limit = key.number(AlertKind::Forbidden)?;
    let for_address = [RefusalReason::ForbiddenAddress];
    let seen = key
        .window
        .refused_for(&[RefusalReason::Forbidden, RefusalReason::ForbiddenAddress]);
    if seen.requests() < limit {
        return None;
    }
    let addresses = key.window.refused_for(&for_address).requests();
    let evidence = format!(
        "{} refused within two hours for the key's scopes, {} for its address{}",
        counted(seen.requests() - addresses, "request"),
        grouped(addresses),
        from_networks(&seen)
    );
    Finding::of(AlertKind::Forbidden, key.subject(), seen, evidence)
}

pub(super) fn day(time: OffsetDateTime) -> String {
    format!("on {}", time.date())
}
