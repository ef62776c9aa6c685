mod permissions;

use crate::{args::DoctorArgs, context::Context, error::AdminError};
use central_logger_database::OpenOptions;
use central_logger_key_activity::{AlertPage, AlertStore, DeliveryState};
use central_logger_key_store::{
    KeyAdmin, KeyList, KeyRecord, KeyStatus, KeyStoreError, keyring::WrongPepper,
    record::UnreadableKey,
};
use central_logger_keys::{HashError, KeyHasher};
use central_logger_settings::{Alerting, Environment, Listening, Settings, StaticSource};
use central_logger_text::Report;
use central_logger_times::{Clock, SystemClock, Timestamp};
use serde::Serialize;
use serde_json::json;
use std::{error::Error, sync::Arc};
use time::Duration;

/// What a look at one part found.
#[derive(Serialize)]
struct Check {
    name: &'static str,
    ok: bool,
    detail: String,
}

fn good(name: &'static str, detail: impl Into<String>) -> Check {
    Check {
        name,
        ok: true,
        detail: detail.into(),
    }
}

fn bad(name: &'static str, detail: impl Into<String>) -> Check {
    Check {
        name,
        ok: false,
        detail: detail.into(),
    }
}

fn failed(name: &'static str, error: &(dyn Error + 'static)) -> Check {
    bad(name, Report(error).to_string())
}

pub(crate) async fn doctor(context: &Context<'_>, args: DoctorArgs) -> Result<(), AdminError> {
    if args.accept_restore {
        return accept_restore(context).await;
    }
    let checks = match context.flags.environment().and_then(Settings::read) {
        Err(error) => vec![failed("settings", &error)],
        Ok(settings) => {
            let mut checks = vec![
                good("settings", "all can be read"),
                static_keys(&settings.environment),
                tls(&settings.environment),
                alerts(&settings.environment),
                permissions::permissions(&settings),
            ];
            checks.extend(
                settings
                    .exposed_password()
                    .map(|advice| bad("password", advice)),
            );
            checks.extend(database(&settings, args.accept_clock).await);
            checks
        }
    };
    let unhealthy = checks.iter().filter(|check| !check.ok).count();
    let result = json!({"ok": unhealthy == 0, "checks": checks});
    context.output.result(&result, || {
        let lines = checks.iter().map(|check| {
            let mark = if check.ok { "ok  " } else { "MEND" };
            format!("{mark}  {:<12} {}", check.name, check.detail)
        });
        lines.collect::<Vec<_>>().join("\n")
    })?;
    match unhealthy {
        0 => Ok(()),
        count => Err(AdminError::Unhealthy(count, checks.len())),
    }
}

async fn accept_restore(context: &Context<'_>) -> Result<(), AdminError> {
    let keyring = context.keys().await?.keyring;
    keyring.accept_restore().await?.at_commit();
    let result = json!({"accepted": true});
    context.output.change(keyring.noted(), &result, || {
        "Acknowledged that the database was set back. Servers are ready again in a moment."
            .to_owned()
    })
}

fn static_keys(environment: &Environment) -> Check {
    const NAME: &str = "API_KEYS";
    let keys = match StaticSource::open(environment, Arc::new(SystemClock)) {
        Ok(source) => source.keys(),
        Err(error) => return failed(NAME, &error),
    };
    let weak: Vec<_> = keys.weak().iter().map(ToString::to_string).collect();
    if weak.is_empty() {
        return good(NAME, format!("{} keys", keys.len()));
    }
    bad(
        NAME,
        format!(
            "too easily guessed, replace them by keys of `generate` or `issue`: {}",
            weak.join(", ")
        ),
    )
}

fn tls(environment: &Environment) -> Check {
    const NAME: &str = "TLS";
    let listening = match Listening::read(environment) {
        Ok(listening) => listening,
        Err(error) => return failed(NAME, &error),
    };
    match listening.tls.as_ref().map(|files| files.load()) {
        Some(Ok(_)) => good(NAME, "certificate and key fit together"),
        Some(Err(error)) => failed(NAME, &error),
        None if listening.bind.ip().is_loopback() => {
            good(NAME, format!("not needed at {}", listening.bind))
        }
        None if listening.behind_tls_proxy => good(NAME, "spoken by the proxy in front"),
        None => good(
            NAME,
            format!(
                "none, so at {} the server starts with --behind-tls-proxy only",
                listening.bind
            ),
        ),
    }
}

fn alerts(environment: &Environment) -> Check {
    const NAME: &str = "alerts";
    match Alerting::read(environment) {
        Err(error) => failed(NAME, &error),
        Ok(Alerting { webhook: None, .. }) => good(NAME, "in the log and the database; no webhook"),
        Ok(Alerting {
            webhook: Some(webhook),
            ..
        }) => good(NAME, format!("posted to {webhook}")),
    }
}

async fn database(settings: &Settings, accept_clock: bool) -> Vec<Check> {
    const NAME: &str = "database";
    // Opening would create it, and a doctor only looks.
    if let Some(path) = settings.database_url.file_to_create() {
        let advice = "is not there yet: run `central-logger-admin migrate`";
        return vec![bad(NAME, format!("{} {advice}", path.display()))];
    }
    let database = match settings.open_database(&OpenOptions::default()).await {
        Ok(database) => database,
        Err(error) => return vec![failed(NAME, &error)],
    };
    match database.pending_migrations().await {
        Err(error) => return vec![failed(NAME, &error)],
        Ok(pending) if !pending.is_empty() => {
            let advice = "the schema is not up to date: run `central-logger-admin migrate`";
            return vec![bad(NAME, advice)];
        }
        Ok(_) => {}
    }
    if let Err(error) = database.logs().ready().await {
        return vec![failed(NAME, &error)];
    }
    let KeyList {
        records,
        unreadable,
    } = match database.keys().list(None).await {
        Ok(keys) => keys,
        Err(error) => return vec![failed(NAME, &error)],
    };
    if accept_clock && let Err(error) = database.accept_clock().await {
        return vec![failed(NAME, &error)];
    }
    let mut checks = vec![
        good(NAME, format!("{} keys, schema up to date", records.len())),
        rows(&unreadable),
    ];
    let findings = database.findings().await.into_iter();
    checks.extend(findings.map(|finding| Check {
        name: finding.check,
        ok: finding.is_ok,
        detail: finding.detail,
    }));
    checks.extend([
        clock(&records),
        pepper(&*database.keys(), &settings.hasher).await,
        deliveries(&*database.activity()).await,
        hashes(&*database.keys(), &settings.hasher).await,
    ]);
    checks
}

/// Whether all keys can be read.
fn rows(unreadable: &[UnreadableKey]) -> Check {
    const NAME: &str = "rows";
    if unreadable.is_empty() {
        return good(NAME, "every key can be read");
    }
    let keys = unreadable.iter();
    let keys: Vec<_> = keys
        .map(|key| format!("{} ({})", key.id, key.reason))
        .collect();
    bad(
        NAME,
        format!(
            "keys that cannot be read, revoke them and issue others: {}",
            keys.join(", ")
        ),
    )
}

/// Times in the database come from the clocks of servers and of this machine.
fn clock(records: &[KeyRecord]) -> Check {
    const NAME: &str = "clock";
    let times = records.iter().flat_map(|record| {
        [
            Some(record.created_at),
            record.last_used_at,
            record.revoked_at,
        ]
    });
    let ahead = times
        .flatten()
        .max()
        .map(|newest| newest - SystemClock.now());
    match ahead {
        Some(ahead) if ahead > Duration::seconds(5) => bad(
            NAME,
            format!(
                "a key bears a time {} s from now: set the clocks of all machines by NTP",
                ahead.whole_seconds()
            ),
        ),
        _ => good(NAME, "not behind what the database holds"),
    }
}

/// Whether alerts were given up on the way to the webhook.
async fn deliveries(store: &dyn AlertStore) -> Check {
    const NAME: &str = "deliveries";
    let week_ago = Timestamp::clamped(SystemClock.now()).saturating_sub(Duration::WEEK);
    let alerts = match AlertPage::read(store, None, week_ago).await {
        Ok(page) => page.alerts,
        Err(error) => return failed(NAME, &error),
    };
    let deliveries = alerts.iter().filter_map(|alert| alert.delivery.as_ref());
    let given_up = deliveries.filter(|delivery| delivery.state == DeliveryState::GivenUp);
    match given_up.count() {
        0 => good(NAME, "none of the last 7 days was given up"),
        number => bad(
            NAME,
            format!(
                "{number} of the last 7 days not delivered: `alerts` lists them; mend the webhook, \
                 then `alerts --redeliver` them"
            ),
        ),
    }
}

/// Whether the pepper of the store is here, and which servers keep it from being changed.
async fn pepper(store: &dyn KeyAdmin, hasher: &KeyHasher) -> Check {
    const NAME: &str = "pepper";
    let looked =
        async { Ok::<_, KeyStoreError>((store.state().await?, store.lease_peppers().await?)) };
    let (state, leases) = match looked.await {
        Ok(looked) => looked,
        Err(error) => return failed(NAME, &error),
    };
    let wanted = hasher.pepper();
    if hasher.using(state.pepper).is_none() {
        return bad(NAME, WrongPepper::TEXT);
    }
    if state.pepper == wanted {
        return good(
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
        true => good(NAME, "will be used from the next change on"),
        false => bad(
            NAME,
            format!(
                "not used until every server has it: set LOGGER_PEPPER_FILE to it, and \
                 LOGGER_PEPPER_PREVIOUS_FILE to the one before, at {}",
                others.join(", ")
            ),
        ),
    }
}

/// Whether keys still hang on an older pepper, or on one that is not here.
async fn hashes(store: &dyn KeyAdmin, hasher: &KeyHasher) -> Check {
    const NAME: &str = "hashes";
    let now = SystemClock.now();
    let keys = match store.stored(None).await {
        Ok(keys) => keys,
        Err(error) => return failed(NAME, &error),
    };
    let (mut outdated, mut lost) = (0, 0);
    for key in keys.records {
        if key.record.status(now) == KeyStatus::Revoked {
            continue;
        }
        match key.proof.needs_rehash(hasher) {
            Ok(needs_rehash) => outdated += usize::from(needs_rehash),
            Err(HashError::UnknownPepper) => lost += 1,
            Err(error) => return failed(NAME, &error),
        }
    }
    match (lost, outdated) {
        (0, 0) => good(NAME, "all made with today's pepper and costs"),
        (0, _) => good(
            NAME,
            format!(
                "{outdated} made with an older pepper or other costs, or without a pepper: each is \
                 made anew when its key is next used; keep LOGGER_PEPPER_PREVIOUS_FILE until then"
            ),
        ),
        _ => bad(
            NAME,
            format!(
                "{lost} made with a pepper that is not configured, so their keys cannot be \
                 verified: set LOGGER_PEPPER_FILE or LOGGER_PEPPER_PREVIOUS_FILE to it"
            ),
        ),
    }
}
