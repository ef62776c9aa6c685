//! A server within the process of the tests, which takes no time to start.
//!
//! It is the same from its sockets on as the program. What a process alone has is left to the program:
//! arguments, the environment, signals, a log, and an end that comes all of a sudden.

use crate::process::reachable;
use central_logger_http::{Config, Server, Sockets};
use central_logger_settings::{Environment, Flags};
use std::{error::Error, path::Path, sync::mpsc, thread};
use tokio::sync::oneshot;

/// A running server, which stops in its own time when this is dropped.
pub(crate) struct InProcess {
    pub(crate) url: String,
    _stop: oneshot::Sender<()>,
}

impl InProcess {
    /// Starts it over a database, with the settings in a file if there is one.
    pub(crate) fn start(database_url: &str, env_file: &Path) -> Self {
        let flags = Flags::default()
            .with("--database-url", [database_url.to_owned()])
            .with("--bind", ["127.0.0.1:0".to_owned()]);
        let env_file = env_file.exists().then(|| env_file.to_owned());
        let (stop, stopped) = oneshot::channel::<()>();
        let (started, url) = mpsc::channel();
        thread::spawn(move || {
            let runtime = tokio::runtime::Runtime::new().unwrap();
            let served = runtime.block_on(run(env_file.as_deref(), flags, &started, async {
                // Also when it is dropped.
                let _ = stopped.await;
            }));
            if let Err(error) = served {
                // The test that waits for the start finds no URL.
                eprintln!("the server within the tests: {error}");
            }
            runtime.shutdown_background();
        });
        Self {
            url: url.recv().unwrap(),
            _stop: stop,
        }
    }
}

async fn run(
    env_file: Option<&Path>,
    flags: Flags,
    started: &mpsc::Sender<String>,
    stop: impl Future<Output = ()> + Send + 'static,
) -> Result<(), Box<dyn Error>> {
    let config = Config::read(Environment::read(env_file)?.with_flags(flags))?;
    let sockets = Sockets::bind(&config.listening)?;
    let name = sockets.address().to_string();
    let url = reachable(&config.url_at(sockets.address()), &name);
    let server = Server::open(config).await?.start(&name).await?;
    started.send(url)?;
    Ok(server.serve(sockets, stop).await?)
}
