//! Logs as they are stored, as server-sent events.

use crate::{
    ClientRoutes,
    described::{Filters, LastEvent, LastEventOfUrl, Words},
    logs::CallerLogs,
};
use actix_web::{
    HttpRequest, HttpResponse,
    http::header,
    rt,
    web::{self, Bytes},
};
use central_logger_auth::Principal;
use central_logger_auth_actix::Caller;
use central_logger_http_api::{OpenTail, OpenTails, Parameters, Problem};
use central_logger_key_store::KeyStoreError;
use central_logger_keys::Scope;
use central_logger_log_store::{
    LogId, LogSearch, LogStoreError, ValidationError, ValidationErrors,
};
use central_logger_problem_types::ProblemType;
use central_logger_tenant_logs::{Tail, reading::TailError};
use central_logger_text::Report;
use futures_util::{StreamExt, stream};
use std::{
    convert::Infallible,
    future::ready,
    io::{self, Write},
    time::Duration,
};
use tokio::{
    sync::{mpsc, watch},
    time::{sleep, timeout},
};

/// How often the store is asked.
const INTERVAL: Duration = Duration::from_secs(1);
/// How long nothing is sent at most. A viewer that has gone is noticed by the second thing that is sent.
const SILENCE: Duration = Duration::from_millis(500);
/// Seconds after which there may be room for another tail.
const RETRY_AFTER: i64 = 2;

struct Following {
    tail: Tail,
    caller: Principal,
    routes: web::Data<ClientRoutes>,
    stopping: watch::Receiver<bool>,
    has_more: bool,
}

/// The client that listens.
struct Viewer {
    events: mpsc::Receiver<Bytes>,
    _open: OpenTail,
}

/// Why nothing can be sent.
#[derive(Debug, thiserror::Error)]
enum FollowError {
    #[error(transparent)]
    Keys(#[from] KeyStoreError),
    #[error(transparent)]
    Tail(#[from] TailError),
    #[error("an entry cannot be written")]
    Write(#[from] io::Error),
    #[error("an entry cannot be written as JSON")]
    Json(#[from] serde_json::Error),
}

/// Follow entries as they are stored
///
/// Returns server-sent events without end. The `id` of an event is that of its entry, its data is the entry
/// as JSON. Entries come in the order in which they became visible, whenever they were executed.
///
/// Requires the scope `logs:read`.
#[utoipa::path(
    get,
    path = "/api/v1/logs/tail",
    operation_id = "tailLogs",
    tag = "logs",
    params(Filters, Words, LastEvent, LastEventOfUrl),
    responses(
        (status = 200, description = "The entries, as events.", body = String, content_type = "text/event-stream"),
        (status = 400), (status = 422),
    ),
)]
pub(crate) async fn tail(
    CallerLogs(logs): CallerLogs,
    caller: Caller,
    routes: web::Data<ClientRoutes>,
    request: HttpRequest,
    Parameters(mut parameters): Parameters,
) -> Result<HttpResponse, Problem> {
    let last = last_event_id(&request, &mut parameters)?;
    let not_here = ["from", "to", "order", "limit", "cursor"];
    let search = LogSearch::from_pairs_without(&not_here, parameters);
    let search = search.map_err(Problem::faulty_query)?;
    let open = routes.tails.open(logs.client()).ok_or_else(|| {
        let detail = format!(
            "{} tails of this client are open at this server: close one first",
            OpenTails::OF_A_CLIENT
        );
        Problem::of(ProblemType::TOO_MANY_TAILS, detail).with_retry_after(RETRY_AFTER)
    })?;
    let tail = match last {
        Some(last) => logs.tail_after(search, last).await?,
        None => logs.tail(search).await?,
    };
    let following = Following {
        tail,
        caller: caller.into_principal(),
        stopping: routes.stopping.clone(),
        routes,
        has_more: true,
    };
    let (sender, events) = mpsc::channel(1);
    rt::spawn(following.run(sender));
    let viewer = Viewer {
        events,
        _open: open,
    };
    // Something is sent at once, so that the client knows that it has begun.
    let begun = Bytes::from_static(b": following\n\n");
    let begun = stream::once(ready(Ok::<_, Infallible>(begun)));
    Ok(HttpResponse::Ok()
        .content_type("text/event-stream")
        .insert_header((header::CACHE_CONTROL, "no-store"))
        // nginx would hold events back until it has some kilobytes of them.
        .insert_header(("X-Accel-Buffering", "no"))
        .streaming(begun.chain(stream::unfold(viewer, Viewer::part))))
}

impl Viewer {
    /// What is sent next. When this ends, the client connects again and learns why.
    async fn part(mut self) -> Option<(Result<Bytes, Infallible>, Self)> {
        let events = match timeout(SILENCE, self.events.recv()).await {
            Ok(events) => events?,
            Err(_) => Bytes::from_static(b":\n\n"),
        };
        Some((Ok(events), self))
    }
}

impl Following {
    /// Goes on until there is a reason to end, or the client has gone.
    async fn run(mut self, events: mpsc::Sender<Bytes>) {
        loop {
            tokio::select! {
                () = events.closed() => return,
                () = self.pause() => {}
            }
            if *self.stopping.borrow() {
                return;
            }
            match self.turn().await {
                Ok(Some(new)) if new.is_empty() => {}
                Ok(Some(new)) => {
                    if events.send(new.into()).await.is_err() {
                        return;
                    }
                }
                Ok(None) => return,
                Err(error) if error.is_transient() => {
                    tracing::debug!(error = %Report(&error), "a tail waits");
                    self.has_more = false;
                }
                Err(error) => {
                    tracing::warn!(error = %Report(&error), "a tail ended early");
                    return;
                }
            }
        }
    }

    async fn pause(&mut self) {
        if self.has_more {
            return;
        }
        tokio::select! {
            // It fails when there is no server any more.
            _ = self.stopping.wait_for(|is_stopping| *is_stopping) => {}
            () = sleep(INTERVAL) => {}
        }
    }

    /// Returns what has come, or `None` when the key is no longer valid.
    async fn turn(&mut self) -> Result<Option<Vec<u8>>, FollowError> {
        let keys = &self.routes.authenticator;
        if !keys
            .is_still_good(&self.caller, Some(Scope::LOGS_READ))
            .await?
        {
            return Ok(None);
        }
        let tailed = self.tail.next(self.routes.clock.elapsed()).await?;
        self.has_more = tailed.has_more;
        let mut events = Vec::new();
        for log in &tailed.logs {
            write!(events, "id: {}\ndata: ", log.id)?;
            events.extend_from_slice(log.json_line()?);
            events.extend_from_slice(b"\n\n");
        }
        Ok(Some(events))
    }
}

impl FollowError {
    fn is_transient(&self) -> bool {
        matches!(
            self,
            Self::Keys(KeyStoreError::Unavailable(_) | KeyStoreError::OutcomeUnknown(_))
                | Self::Tail(TailError::Store(
                    LogStoreError::Unavailable(_)
                        | LogStoreError::OutcomeUnknown(_)
                        | LogStoreError::Busy
                ))
        )
    }
}

/// The last entry that was received: the header, or else the parameter. A browser that connects again sends both,
/// and the header is the newer one.
fn last_event_id(
    request: &HttpRequest,
    parameters: &mut Vec<(String, String)>,
) -> Result<Option<LogId>, Problem> {
    const HEADER: &str = "Last-Event-ID";
    const PARAMETER: &str = "last_event_id";
    let of_url = parameters
        .extract_if(.., |(name, _)| name == PARAMETER)
        .last();
    let header = request.headers().get(HEADER);
    let (name, value) = match (header, &of_url) {
        (Some(value), _) => (HEADER, value.to_str().ok()),
        (None, Some((_, value))) => (PARAMETER, Some(value.as_str())),
        (None, None) => return Ok(None),
    };
    match value.map(str::parse) {
        Some(Ok(id)) => Ok(Some(id)),
        _ => Err(Problem::faulty_query(ValidationErrors::from(
            ValidationError::new(name, "must be the id of an entry"),
        ))),
    }
}
