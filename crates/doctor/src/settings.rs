//! Checks of settings and of what they name on this machine.

use super::{Check, permissions};
use central_logger_settings::{Alerting, Environment, Listening, Settings, StaticSource, mailer};
use central_logger_text::Report;
use central_logger_times::SystemClock;
use std::sync::Arc;

pub(super) async fn checks(settings: &Settings) -> Vec<Check> {
    let environment = &settings.environment;
    let mut checks = vec![
        Check::passed("settings", "all are valid"),
        static_keys(environment),
        tls(environment),
        alerts(environment),
        mail(environment).await,
        permissions::check(settings),
    ];
    let advice = settings.exposed_password();
    checks.extend(advice.map(|advice| Check::failed("password", advice)));
    checks
}

fn static_keys(environment: &Environment) -> Check {
    const NAME: &str = "API_KEYS";
    let keys = match StaticSource::open(environment, Arc::new(SystemClock)) {
        Ok(source) => source.keys(),
        Err(error) => return Check::error(NAME, &error),
    };
    let weak: Vec<_> = keys.weak().iter().map(ToString::to_string).collect();
    if weak.is_empty() {
        return Check::passed(NAME, format!("{} keys", keys.len()));
    }
    let weak = weak.join(", ");
    Check::failed(
        NAME,
        format!("weak keys, replace them by keys of `generate` or `issue`: {weak}"),
    )
}

fn tls(environment: &Environment) -> Check {
    const NAME: &str = "TLS";
    let listening = match Listening::read(environment) {
        Ok(listening) => listening,
        Err(error) => return Check::error(NAME, &error),
    };
    let bind = listening.bind;
    match listening.tls.as_ref().map(|files| files.load()) {
        Some(Ok(_)) => Check::passed(NAME, "the certificate matches the key"),
        Some(Err(error)) => Check::error(NAME, &error),
        None if bind.ip().is_loopback() => Check::passed(NAME, format!("not needed at {bind}")),
        None if listening.behind_tls_proxy => Check::passed(NAME, "the proxy in front provides it"),
        None => Check::warning(
            NAME,
            format!("none, so at {bind} the server starts only with --behind-tls-proxy"),
        ),
    }
}

fn alerts(environment: &Environment) -> Check {
    const NAME: &str = "alerts";
    match Alerting::read(environment) {
        Err(error) => Check::error(NAME, &error),
        Ok(Alerting { webhooks, .. }) if webhooks.is_empty() => {
            Check::passed(NAME, "in the log and the database; no webhook")
        }
        Ok(Alerting { webhooks, .. }) => {
            let all: Vec<_> = webhooks.iter().map(ToString::to_string).collect();
            Check::passed(NAME, format!("posted to {}", all.join(", ")))
        }
    }
}

/// Checks whether the mail server lets this program in. Nothing is sent.
async fn mail(environment: &Environment) -> Check {
    const NAME: &str = "mail";
    let mailer = match mailer(environment) {
        Ok(Some(mailer)) => mailer,
        Ok(None) => return Check::passed(NAME, "none is sent"),
        Err(error) => return Check::error(NAME, &error),
    };
    match mailer.check().await {
        Ok(()) => Check::passed(NAME, format!("{} lets this program in", mailer.server())),
        Err(error) => {
            let advice = match error.is_not_let_in() {
                true => "check the user in LOGGER_SMTP_URL and the password",
                false => {
                    "check LOGGER_SMTP_URL, and whether this machine may connect to that host and port"
                }
            };
            let reason = Report(&error);
            Check::failed(NAME, format!("{}: {reason}: {advice}", mailer.server()))
        }
    }
}
