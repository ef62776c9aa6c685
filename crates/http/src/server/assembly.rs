//! Putting together what answers requests.

use super::{Server, raising::Raising};
use crate::{config::Config, error::ServerError, readiness::Readiness, services::Services};
use central_logger_auth::{Authenticator, SessionCookies, TrustedProxies};
use central_logger_block_store::LastTotals;
use central_logger_http_api::{OpenTails, room::Rooms};
use central_logger_http_metrics::Counts;
use central_logger_intake_mappings::Mappings;
use central_logger_key_routes::KeyRoutes;
use central_logger_key_service::KeyService;
use central_logger_leak_routes::{GitHub, LeakRoutes};
use central_logger_monitor::AlertMail;
use central_logger_operation_routes::OperationRoutes;
use central_logger_operations::Stores;
use central_logger_provider_routes::ProviderRoutes;
use central_logger_reveal_routes::RevealRoutes;
use central_logger_session_routes::{MailSignIn, PublicAddress, SessionRoutes};
use central_logger_settings::{Listening, PublicUrl};
use central_logger_tenant_logs::Ingestor;
use central_logger_workflow_channels::{ChannelMail, Senders};
use central_logger_workflow_routes::WorkflowRoutes;
use std::sync::Arc;
use tokio::sync::watch;

impl Server {
    pub(super) async fn key_service(
        &mut self,
        name: &str,
        counts: Option<&Counts>,
    ) -> Result<KeyService, ServerError> {
        let url = self.base_url();
        let Config {
            listening,
            lease,
            alerting,
            ..
        } = &mut self.config;
        let mut key_service = KeyService::of(&*self.database);
        for webhook in std::mem::take(&mut alerting.webhooks) {
            tracing::info!(receiver = %webhook, "alerts are delivered");
            key_service = key_service.with_webhook(webhook);
        }
        if let Some(mailer) = alerting.mailer.clone() {
            tracing::info!(server = mailer.server(), "mail is sent");
            key_service = key_service.with_mail(AlertMail {
                mailer,
                provider: alerting.mail_addresses.clone(),
                keys: self.database.keys(),
                server: url,
            });
        }
        let key_service = key_service
            .with_thresholds(alerting.thresholds.clone())
            .with_lease(lease.duration())
            .with_clock(Arc::clone(&self.clock))
            .authenticator(|authenticator| {
                let authenticator = authenticator
                    .with_fallback(self.static_source.keys())
                    .with_hashes(self.hashes.clone())
                    .with_sessions(self.database.sessions())
                    .with_trusted_proxies(TrustedProxies::new(listening.trusted_proxies.clone()));
                match counts {
                    Some(counts) => authenticator.with_events(counts.verifications.clone()),
                    None => authenticator,
                }
            });
        Ok(key_service.start(name).await?)
    }

    pub(super) fn services(
        &self,
        key_service: &KeyService,
        counts: Option<&Counts>,
        raising: Raising,
        stopping: watch::Receiver<bool>,
    ) -> Result<Services, ServerError> {
        let logs = self.database.logs();
        let sessions = self.session_routes(key_service.authenticator());
        let shared = OperationRoutes {
            authenticator: key_service.authenticator(),
            stores: Stores {
                keys: self.database.keys(),
                activity: self.database.activity(),
                logs: self.database.log_pruner(),
                sessions: self.database.sessions(),
            },
            hashes: self.hashes.clone(),
            clock: Arc::clone(&self.clock),
            cookies: sessions.cookies.clone(),
            env_file: self.config.settings.environment.env_file().to_owned(),
            deliver_folder: self.config.deliver_folder.clone(),
        };
        let keys_url = self.config.secret_scanning_url.as_ref();
        let github = keys_url.map(|url| GitHub::new(url, Arc::clone(&self.clock)));
        let github = github.transpose()?.map(Arc::new);
        let mailer = self.config.alerting.mailer.clone();
        Ok(Services {
            leaks: LeakRoutes::new(shared.clone(), raising.leaked_keys, github),
            keys: KeyRoutes {
                shared: shared.clone(),
                prefix: self.config.settings.key_prefix.clone(),
            },
            reveal: RevealRoutes {
                shared: shared.clone(),
                prefix: self.config.settings.key_prefix.clone(),
                address: sessions.address.clone(),
                alerts: raising.reveal_links,
                has_pages: self.config.console,
            },
            provider: ProviderRoutes {
                shared: shared.clone(),
            },
            workflows: WorkflowRoutes {
                shared,
                store: self.database.workflows(),
                senders: Senders {
                    egress: self.config.alerting.channels,
                    mail: mailer.map(|mailer| ChannelMail::new(mailer, &self.base_url())),
                },
                address: sessions.address.clone(),
            },
            authenticator: key_service.authenticator(),
            readiness: Readiness {
                keys: self.database.keys(),
                logs: Arc::clone(&logs),
                cache: key_service.cache(),
                clock: Arc::clone(&self.clock),
                conditions: key_service.conditions(),
                stopping: stopping.clone(),
            },
            sessions,
            limits: key_service.limits(),
            usage: key_service.usage(),
            ingestor: match counts {
                Some(counts) => Ingestor::recorded_by(counts.commits.clone(), Arc::clone(&logs)),
                None => Ingestor::new(Arc::clone(&logs)),
            },
            logs,
            clock: Arc::clone(&self.clock),
            cache: key_service.cache(),
            retention: key_service.retention(),
            tails: OpenTails::default(),
            blocks: LastTotals::default(),
            rooms: Rooms::default(),
            intake_record: Arc::default(),
            intake_settings: self.config.intake,
            mappings: Mappings::new(self.database.workflows(), Arc::clone(&self.clock)),
            requests: counts.map(|counts| counts.requests.clone()),
            security_contact: self.config.security_contact.clone(),
            stopping,
        })
    }

    fn session_routes(&self, authenticator: Arc<Authenticator>) -> SessionRoutes {
        let Listening {
            tls,
            behind_tls_proxy,
            ..
        } = &self.config.listening;
        let url = self.config.settings.public_url.as_ref();
        let url = url.map(PublicUrl::as_str);
        let has_https = tls.is_some() || *behind_tls_proxy;
        let is_https = |url: &str| url.to_ascii_lowercase().starts_with("https:");
        let cookies = match has_https || url.is_some_and(is_https) {
            true => SessionCookies::secure(),
            false => SessionCookies::on_loopback(),
        };
        let mailer = self.config.alerting.mailer.clone();
        SessionRoutes {
            sessions: self.database.sessions(),
            keys: self.database.keys(),
            hashes: self.hashes.clone(),
            clock: Arc::clone(&self.clock),
            authenticator,
            cookies: match url {
                Some(url) => cookies.at(url),
                None => cookies,
            },
            lengths: self.config.sessions,
            has_console: self.config.console,
            mail: mailer.map(|mailer| Arc::new(MailSignIn::new(mailer, self.base_url()))),
            address: match (url, has_https) {
                (Some(url), _) => PublicAddress::At(url.to_owned()),
                (None, true) => PublicAddress::AnyHost("https"),
                (None, false) => PublicAddress::AnyHost("http"),
            },
        }
    }
}
