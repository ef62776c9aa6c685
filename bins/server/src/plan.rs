//! What the settings say, and the sockets that they name.

use crate::{args::Args, server::ServerError, sockets};
use central_logger_backend::{
    Alerting, DatabaseSettings, LeaseLength, Listening, Settings, StopDelay,
};
use std::{
    io,
    net::{SocketAddr, TcpListener},
};

pub(crate) struct Plan {
    pub(crate) settings: Settings,
    pub(crate) database: DatabaseSettings,
    pub(crate) listening: Listening,
    pub(crate) lease: LeaseLength,
    pub(crate) alerting: Alerting,
    pub(crate) stop_delay: StopDelay,
    /// Whether a first key is to be issued.
    pub(crate) quickstart: bool,
}

/// Where the server listens. All of it is bound before anything is written, so that a start that fails
/// has done nothing.
pub(crate) struct Bound {
    pub(crate) listener: TcpListener,
    pub(crate) address: SocketAddr,
    pub(crate) metrics: Option<TcpListener>,
}

impl Plan {
    pub(crate) fn read(args: &Args) -> Result<Self, ServerError> {
        let settings = Settings::read(&args.shared)?;
        let environment = &settings.environment;
        let plan = Self {
            database: DatabaseSettings::read(environment, &args.database)?,
            listening: Listening::read(environment, &args.listen)?,
            lease: LeaseLength::read(environment, args.lease.as_deref())?,
            alerting: Alerting::read(environment, &args.alerts)?,
            stop_delay: StopDelay::read(environment, args.stop_delay.as_deref())?,
            quickstart: args.quickstart(environment)?,
            settings,
        };
        if let Some(advice) = plan.settings.exposed_password() {
            tracing::warn!("{advice}");
        }
        let bind = plan.listening.bind;
        let is_plain = plan.listening.tls.is_none() && !plan.listening.behind_tls_proxy;
        match is_plain && !bind.ip().is_loopback() {
            true => Err(ServerError::PlainBeyondLoopback(bind)),
            false => Ok(plan),
        }
    }

    pub(crate) fn bind(&self) -> Result<Bound, ServerError> {
        let bind = self.listening.bind;
        let failed = |error: io::Error| ServerError::Bind(bind, error);
        let listener = sockets::listen(bind).map_err(failed)?;
        let address = listener.local_addr().map_err(failed)?;
        let metrics = self.listening.metrics_bind.map(|bind| {
            TcpListener::bind(bind).map_err(|error| ServerError::MetricsBind(bind, error))
        });
        Ok(Bound {
            listener,
            address,
            metrics: metrics.transpose()?,
        })
    }
}
