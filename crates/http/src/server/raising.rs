use central_logger_key_activity::{AlertKind, AlertRaising};
use central_logger_monitor::Threshold;
use central_logger_settings::Alerting;

/// What becomes of alerts that are raised as something happens.
#[derive(Debug, Clone, Copy)]
pub(super) struct Raising {
    pub(super) reveal_links: AlertRaising,
    pub(super) leaked_keys: AlertRaising,
    pub(super) undelivered: AlertRaising,
}

impl Raising {
    pub(super) fn of(alerting: &Alerting) -> Self {
        let is_told = !alerting.webhooks.is_empty() || !alerting.mail_addresses.is_empty();
        let of = |kind, is_told| match alerting.thresholds.of(kind, None) {
            Threshold::Off => AlertRaising::Off,
            _ if is_told => AlertRaising::Delivered,
            _ => AlertRaising::Listed,
        };
        Self {
            reveal_links: of(AlertKind::RevealLink, is_told),
            // The client is told of them, too.
            leaked_keys: of(AlertKind::LeakedKey, is_told || alerting.mailer.is_some()),
            undelivered: of(AlertKind::Undelivered, is_told),
        }
    }
}
