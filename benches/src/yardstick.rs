use crate::{Failure, Server, monitored, server::announce};
use actix_web::{
    App, HttpResponse, HttpServer,
    http::StatusCode,
    web::{self, Bytes},
};
use central_logger_auth_actix::ApiKeyAuth;
use central_logger_database::Database;
use central_logger_key_service::KeyService;
use clap::ValueEnum;
use std::{env, fmt};

/// A service to compare with, which runs as a process of its own.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum Yardstick {
    /// Answers 200 to everything, at once.
    Bare,
    /// The same behind the middleware.
    Guarded,
    /// Answers 401 to everything, at once.
    Refusing,
    /// Takes a body and answers 201.
    Taking,
    /// Verifies keys and stores entries.
    Unwatched,
    /// The same, and the use of keys is counted and watched.
    Watched,
}

impl Yardstick {
    /// Starts it, with the keys of a database.
    ///
    /// # Errors
    /// When it does not start.
    pub async fn start(self, database_url: &str) -> Result<Server, Failure> {
        let this = env::current_exe()?;
        Server::spawn(&this, &["--serve", &self.to_string(), database_url]).await
    }
}

impl fmt::Display for Yardstick {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Bare => "bare",
            Self::Guarded => "guarded",
            Self::Refusing => "refusing",
            Self::Taking => "taking",
            Self::Unwatched => "unwatched",
            Self::Watched => "watched",
        })
    }
}

/// Serves until the process is killed, if the arguments of the process are those of
/// [`Yardstick::start`]. To be called before they are parsed.
///
/// # Errors
/// When the service does not start.
pub async fn serve_yardstick() -> Result<bool, Failure> {
    let arguments: Vec<_> = env::args().skip(1).collect();
    let [serve, kind, database_url] = &arguments[..] else {
        return Ok(false);
    };
    if serve != "--serve" {
        return Ok(false);
    }
    let database = central_logger_database::open(database_url).await?;
    let kind = Yardstick::from_str(kind, false)?;
    match kind {
        Yardstick::Unwatched => monitored::serve(&*database, false).await?,
        Yardstick::Watched => monitored::serve(&*database, true).await?,
        _ => answer(&*database, kind).await?,
    }
    Ok(true)
}

async fn answer(database: &dyn Database, kind: Yardstick) -> Result<(), Failure> {
    let keys = KeyService::of(database).start("bench").await?;
    let auth = ApiKeyAuth::new(keys.authenticator());
    let server = HttpServer::new(move || {
        let answer = move |status: StatusCode| {
            web::to(move || async move { HttpResponse::build(status).finish() })
        };
        let answer = match kind {
            Yardstick::Refusing => answer(StatusCode::UNAUTHORIZED),
            Yardstick::Guarded => answer(StatusCode::OK).wrap(auth.clone()),
            Yardstick::Taking => web::to(|body: Bytes| async move {
                HttpResponse::Created().body(body.len().to_string())
            }),
            _ => answer(StatusCode::OK),
        };
        let limit = web::PayloadConfig::new(10 << 20);
        App::new().app_data(limit).default_service(answer)
    });
    let server = server.bind("127.0.0.1:0")?;
    announce(server.addrs()[0]);
    server.run().await?;
    Ok(())
}
