//! Requests that cannot be understood. Any client can send them, so their lines in the log are rate-limited,
//! and none of them is an error of the operator's.

use central_logger_auth::Flood;
use central_logger_times::{Clock, SystemClock};
use std::{
    fmt::{self, Write},
    sync::LazyLock,
};
use tracing::{
    Event, Level, Subscriber,
    field::{Field, Visit},
};
use tracing_subscriber::{Layer, layer::Context};

/// Tells of a request that cannot be understood, at `info` and not each in a flood.
pub fn tell(error: &dyn fmt::Display) {
    static FLOOD: LazyLock<Flood> = LazyLock::new(Flood::new);
    let (may_write, left_out) = FLOOD.take(SystemClock.now());
    if left_out > 0 {
        tracing::warn!(left_out, "more malformed requests came than are logged");
    }
    if may_write {
        tracing::info!(%error, "malformed request");
    }
}

/// A layer that demotes what the HTTP parser logs at `error`, which any client can cause, to a
/// rate-limited line at `info`.
///
/// # Examples
///
/// ```
/// use central_logger_http_api::malformed::MalformedHttp;
/// use tracing_subscriber::layer::SubscriberExt;
///
/// let log = tracing_subscriber::fmt().finish().with(MalformedHttp);
/// # let _ = log;
/// ```
pub struct MalformedHttp;

impl<S: Subscriber> Layer<S> for MalformedHttp {
    fn event_enabled(&self, event: &Event<'_>, _: Context<'_, S>) -> bool {
        let target = event.metadata().target();
        if *event.metadata().level() > Level::WARN || !target.starts_with("actix_http::h1") {
            return true;
        }
        let mut message = Message::default();
        event.record(&mut message);
        match about_what_was_sent(target, &message.0) {
            Some(error) => {
                tell(&error);
                false
            }
            None => true,
        }
    }
}

/// What is wrong with what was sent, if the line is about that and not about the parser itself.
fn about_what_was_sent<'m>(target: &str, message: &'m str) -> Option<&'m str> {
    match target {
        "actix_http::h1::decoder" => Some(message),
        "actix_http::h1::dispatcher" if message.starts_with("write zero") => Some(message),
        "actix_http::h1::dispatcher" => message.strip_prefix("stream error: "),
        _ => None,
    }
}

#[derive(Default)]
struct Message(String);

impl Visit for Message {
    fn record_debug(&mut self, field: &Field, value: &dyn fmt::Debug) {
        if field.name() == "message" {
            // A `String` takes whatever is written.
            let _ = write!(self.0, "{value:?}");
        }
    }
}
