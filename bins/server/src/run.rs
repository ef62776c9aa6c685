use crate::{
    args::{self, Args},
    quickstart::{self, QuickstartError},
    stop_signals::StopSignals,
};
use central_logger_http::{Config, Server, ServerError, Sockets};
use central_logger_settings::SettingError;
use std::io;

/// Error returned when the program ends otherwise than by being told to.
#[derive(Debug, thiserror::Error)]
pub(crate) enum RunError {
    #[error(transparent)]
    Setting(#[from] SettingError),
    #[error(transparent)]
    Server(#[from] ServerError),
    #[error(transparent)]
    Quickstart(#[from] QuickstartError),
    #[error("the signals to stop cannot be received")]
    Signals(#[source] io::Error),
}

/// Serves until SIGTERM or SIGINT, then lets requests under way finish.
pub(crate) async fn run(args: Args) -> Result<(), RunError> {
    let config = Config::read(args.environment()?)?;
    let is_first_start = args::quickstart(&config.settings.environment)?;
    if let Some(advice) = config.settings.exposed_password() {
        tracing::warn!("{advice}");
    }
    let sockets = Sockets::bind(&config.listening)?;
    let stop_delay = config.stop_delay.duration();
    let mut signals = StopSignals::listen(stop_delay).map_err(RunError::Signals)?;
    let url = config.url_at(sockets.address());
    let server = tokio::select! {
        server = Server::open(config) => server?,
        () = signals.received() => return Ok(()),
    };
    if is_first_start {
        quickstart::welcome(&server, &url).await?;
    }
    let server = server.start(&sockets.address().to_string()).await?;
    let stop = async move { signals.received().await };
    server.serve(sockets, stop).await?;
    tracing::info!("stopped");
    Ok(())
}
