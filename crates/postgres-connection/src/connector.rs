use crate::{error::TargetError, url::Target};
use central_logger_text::Report;
use deadpool_postgres::Connect;
use std::{
    future::{self, poll_fn},
    pin::Pin,
};
use tokio::{runtime::Handle, task::JoinHandle};
use tokio_postgres::{AsyncMessage, Client, Config, Error, config::SslMode, error::SqlState};
use tokio_postgres_rustls::MakeRustlsConnect;

/// Makes connections that live on the runtime which opened the database.
///
/// A pool is used from many runtimes where each worker thread of a server has its own, as with
/// actix-web. A connection made on one of these would end with it, under the hands of the others:
/// when a server stops, for example, and some workers still have requests to finish.
#[derive(Clone)]
pub struct Connector {
    pub(crate) runtime: Handle,
    pub(crate) tls: MakeRustlsConnect,
    second: Option<SslMode>,
}

type Connecting<'a> =
    Pin<Box<dyn Future<Output = Result<(Client, JoinHandle<()>), Error>> + Send + 'a>>;

impl Connector {
    /// Makes connections on `runtime` as `target` says.
    ///
    /// # Errors
    /// When TLS cannot be set up.
    pub fn new(runtime: Handle, target: &Target) -> Result<Self, TargetError> {
        Ok(Self {
            runtime,
            tls: target.trust.connector(target.certificate.as_ref())?,
            second: target.second,
        })
    }

    /// Connects, and calls `on_notification` for each notification that arrives on the connection.
    ///
    /// # Errors
    /// When the server cannot be reached or refuses.
    pub async fn connect_with_notifications(
        &self,
        config: &Config,
        on_notification: impl Fn() + Send + 'static,
    ) -> Result<Client, Error> {
        Ok(self.connect_with(config, on_notification).await?.0)
    }

    async fn connect_with(
        &self,
        config: &Config,
        on_notification: impl Fn() + Send + 'static,
    ) -> Result<(Client, JoinHandle<()>), Error> {
        let (config, tls, second) = (config.clone(), self.tls.clone(), self.second);
        let connecting = self.runtime.spawn(async move {
            let first = config.connect(tls.clone()).await;
            let (client, mut connection) = match (first, second) {
                (Err(error), Some(second))
                    if error.code() == Some(&SqlState::INVALID_AUTHORIZATION_SPECIFICATION) =>
                {
                    let mut other = config.clone();
                    // What is told is why the first way was refused.
                    other
                        .ssl_mode(second)
                        .connect(tls)
                        .await
                        .map_err(|_| error)?
                }
                (first, _) => first?,
            };
            let ends = tokio::spawn(async move {
                while let Some(message) = poll_fn(|context| connection.poll_message(context)).await
                {
                    match message {
                        Ok(AsyncMessage::Notification(_)) => on_notification(),
                        Ok(_) => {}
                        Err(error) => {
                            // The next statement on it reports the outage.
                            let error = Report(&error).to_string();
                            tracing::debug!(error, "a connection to PostgreSQL was lost");
                            break;
                        }
                    }
                }
            });
            Ok((client, ends))
        });
        match connecting.await {
            Ok(connected) => connected,
            // The runtime is ending, and there will be no connection any more. The caller's limit
            // of time says so.
            Err(_) => future::pending().await,
        }
    }
}

impl Connect for Connector {
    fn connect(&self, config: &Config) -> Connecting<'_> {
        let config = config.clone();
        Box::pin(async move { self.connect_with(&config, || {}).await })
    }
}
