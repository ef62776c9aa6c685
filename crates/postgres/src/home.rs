use deadpool_postgres::Connect;
use std::{future, pin::Pin};
use tokio::{runtime::Handle, task::JoinHandle};
use tokio_postgres::{Client, Config, Error};
use tokio_postgres_rustls::MakeRustlsConnect;

/// Makes connections that live on the runtime which opened the database.
///
/// A pool is used from many runtimes where each worker thread of a server has its own, as with
/// actix-web. A connection made on one of these would end with it, under the hands of the others:
/// when a server stops, for example, and some workers still have requests to finish.
pub(crate) struct Home {
    pub(crate) runtime: Handle,
    pub(crate) tls: MakeRustlsConnect,
}

type Connecting<'a> =
    Pin<Box<dyn Future<Output = Result<(Client, JoinHandle<()>), Error>> + Send + 'a>>;

impl Connect for Home {
    fn connect(&self, config: &Config) -> Connecting<'_> {
        let (config, tls) = (config.clone(), self.tls.clone());
        let connecting = self.runtime.spawn(async move {
            let (client, connection) = config.connect(tls).await?;
            let ends = tokio::spawn(async move {
                if let Err(error) = connection.await {
                    tracing::warn!(%error, "a connection to PostgreSQL was lost");
                }
            });
            Ok((client, ends))
        });
        Box::pin(async move {
            match connecting.await {
                Ok(connected) => connected,
                // The runtime is ending, and there will be no connection any more. The pool's limit
                // of time says so.
                Err(_) => future::pending().await,
            }
        })
    }
}
