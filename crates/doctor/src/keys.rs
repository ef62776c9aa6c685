//! Checks of what the database holds of keys.

use super::Check;
use central_logger_key_activity::{AlertPage, AlertStore, DeliveryState};
use central_logger_key_store::{
    KeyAdmin, KeyRecord, KeyStatus, KeyStoreError, Owners, record::UnreadableKey,
};
use central_logger_keyring::WrongPepper;
use central_logger_keys::{ClientId, HashError, KeyHasher, Scope};
use central_logger_times::Timestamp;
use time::{Duration, OffsetDateTime};

/// Checks whether all keys can be read.
pub(super) fn rows(unreadable: &[UnreadableKey]) -> Check {
    const NAME: &str = "rows";
    if unreadable.is_empty() {
        return Check::passed(NAME, "every key can be read");
    }
    let keys = unreadable.iter();
    let keys: Vec<_> = keys
        .map(|key| format!("{} ({})", key.id, key.reason))
        .collect();
    let keys = keys.join(", ");
    Check::failed(
        NAME,
        format!("keys that cannot be read, revoke them and issue others: {keys}"),
    )
}

/// Checks the clock of this machine against the times in the database, which come from the clocks of
/// servers and of machines like this one.
pub(super) fn clock(records: &[KeyRecord], now: OffsetDateTime) -> Check {
    const NAME: &str = "clock";
    let times = records.iter().flat_map(|record| {
        [
            Some(record.created_at),
            record.last_used_at,
            record.revoked_at,
        ]
    });
    match times.flatten().max().map(|newest| newest - now) {
        Some(ahead) if ahead > Duration::seconds(5) => Check::failed(
            NAME,
            format!(
                "a key has a time {} s in the future: synchronise the clocks of all machines by NTP",
                ahead.whole_seconds()
            ),
        ),
        _ => Check::passed(NAME, "not behind the times in the database"),
    }
}

/// Checks whether keys that were made to read usage and alerts can make keys, since clients manage their
/// own: nobody has decided on that.
pub(super) async fn self_service(
    store: &dyn KeyAdmin,
    records: &[KeyRecord],
    now: OffsetDateTime,
) -> Check {
    const NAME: &str = "self-service";
    let book = match store.clients(None).await {
        Ok(book) => book,
        Err(error) => return Check::error(NAME, &error),
    };
    let is_decided = |client: &ClientId| {
        let own = book.records.get(client);
        let own = own.and_then(|record| record.policy.self_service);
        own.or(book.for_all.self_service).is_some()
    };
    let is_older = |record: &KeyRecord| book.since.is_some_and(|since| record.created_at < since);
    let older = records.iter().filter_map(|record| {
        let client = record.client()?;
        let is_meant = record.scopes.contains(&Scope::KEYS_MANAGE)
            && record.status(now) == KeyStatus::Active
            && is_older(record)
            && !is_decided(client);
        is_meant.then(|| format!("{} of {client}", record.id))
    });
    let older: Vec<_> = older.collect();
    match older.is_empty() {
        true => Check::passed(NAME, "no key can make keys that was not made for it"),
        false => Check::warning(
            NAME,
            format!(
                "keys with keys:manage from before clients could manage their own keys, which they now \
                 can: {}; if they shall not, run `central-logger-admin client set --all --self-service off`, \
                 else the same with `on`",
                older.join(", ")
            ),
        ),
    }
}

/// Checks whether the delivery of alerts was given up.
pub(super) async fn deliveries(store: &dyn AlertStore, now: OffsetDateTime) -> Check {
    const NAME: &str = "deliveries";
    let week_ago = Timestamp::clamped(now).saturating_sub(Duration::WEEK);
    let alerts = match AlertPage::read(store, None, week_ago).await {
        Ok(page) => page.alerts,
        Err(error) => return Check::error(NAME, &error),
    };
    let deliveries = alerts.iter().filter_map(|alert| alert.delivery.as_ref());
    let given_up = deliveries.filter(|delivery| delivery.state == DeliveryState::GivenUp);
    match given_up.count() {
        0 => Check::passed(NAME, "none of the last 7 days was given up"),
        number => Check::failed(
            NAME,
            format!(
                "{number} of the last 7 days not delivered: `alerts` lists them; fix the webhook, \
                 then run `alerts --redeliver` with their ids"
            ),
        ),
    }
}

/// Checks whether the pepper of the store is configured here, and which servers keep it from being
/// changed.
pub(super) async fn pepper(store: &dyn KeyAdmin, hasher: &KeyHasher) -> Check {
    const NAME: &str = "pepper";
    let read = async { Ok::<_, KeyStoreError>((store.state().await?, store.live_leases().await?)) };
    let (state, leases) = match read.await {
        Ok(read) => read,
        Err(error) => return Check::error(NAME, &error),
    };
    let wanted = hasher.pepper();
    if hasher.using(state.pepper).is_none() {
        return Check::failed(NAME, WrongPepper::TEXT);
    }
    if state.pepper == wanted {
        return Check::passed(
            NAME,
            match wanted {
                Some(_) => "keys are hashed with it",
                None => "none, and none is needed",
            },
        );
    }
    let others = leases
        .iter()
        .filter(|lease| lease.peppers.first().copied() != wanted);
    let others: Vec<_> = others.map(|lease| lease.holder.to_string()).collect();
    match others.is_empty() {
        true => Check::passed(NAME, "used from the next change on"),
        false => Check::failed(
            NAME,
            format!(
                "not used until every server has it: set LOGGER_PEPPER_FILE to it, and \
                 LOGGER_PEPPER_PREVIOUS_FILE to the previous one, at {}",
                others.join(", ")
            ),
        ),
    }
}

/// Checks whether hashes of keys still need an older pepper, or one that is not configured here.
pub(super) async fn hashes(store: &dyn KeyAdmin, hasher: &KeyHasher, now: OffsetDateTime) -> Check {
    const NAME: &str = "hashes";
    let keys = match store.stored(Owners::All).await {
        Ok(keys) => keys,
        Err(error) => return Check::error(NAME, &error),
    };
    let (mut outdated, mut lost) = (0, 0);
    for key in keys.records {
        if key.record.status(now) == KeyStatus::Revoked {
            continue;
        }
        match key.proof.needs_rehash(hasher) {
            Ok(needs_rehash) => outdated += usize::from(needs_rehash),
            Err(HashError::UnknownPepper) => lost += 1,
            Err(error) => return Check::error(NAME, &error),
        }
    }
    match (lost, outdated) {
        (0, 0) => Check::passed(NAME, "all made with the current pepper and costs"),
        (0, _) => Check::warning(
            NAME,
            format!(
                "{outdated} made with an older pepper or other costs, or without a pepper: each key \
                 is rehashed when it is next used; keep LOGGER_PEPPER_PREVIOUS_FILE until then"
            ),
        ),
        _ => Check::failed(
            NAME,
            format!(
                "{lost} made with a pepper that is not configured, so their keys cannot be \
                 verified: set LOGGER_PEPPER_FILE or LOGGER_PEPPER_PREVIOUS_FILE to it"
            ),
        ),
    }
}
