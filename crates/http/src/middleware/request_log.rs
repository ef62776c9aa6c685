//! The request that a line of the log is about.
//!
//! A span for each request would cost more than all else that is done about it, and most requests leave no
//! line in the log. So there is one only where somebody listens to `debug`; else the request is noted down
//! while it is worked at, and [`WithRequest`] tells of it in the lines that there are.

use super::{request_id::RequestId, trace_context::TraceContext};
use pin_project_lite::pin_project;
use std::{
    cell::RefCell,
    fmt, mem,
    pin::Pin,
    task::{Context, Poll},
};
use tracing::{Event, Span, Subscriber};
use tracing_subscriber::{
    fmt::{FmtContext, FormatEvent, FormatFields, format::Writer},
    registry::LookupSpan,
};

/// What a line says of its request.
pub(super) struct LoggedRequest {
    pub(super) id: RequestId,
    pub(super) method: &'static str,
    pub(super) route: &'static str,
    /// The trace that it belongs to, if the caller names one.
    pub(super) trace: Option<TraceContext>,
}

thread_local! {
    static CURRENT: RefCell<Option<LoggedRequest>> = const { RefCell::new(None) };
}

/// The span of a request, made by a macro of `tracing`. Without a trace, the span has no members for it.
macro_rules! request_span {
    ($span:ident, $request:expr) => {{
        let LoggedRequest {
            id,
            method,
            route,
            trace,
        } = $request;
        tracing::$span!(
            "request",
            %id,
            method,
            route,
            trace_id = trace.as_ref().map(TraceContext::trace_id),
            parent_id = trace.as_ref().map(TraceContext::parent_id),
        )
    }};
}

/// Works at a request, whose lines say so.
pub(super) fn in_request<F: Future>(request: LoggedRequest, work: F) -> InRequest<F> {
    let span = request_span!(debug_span, &request);
    InRequest {
        request: span.is_disabled().then_some(request),
        span,
        work,
    }
}

pin_project! {
    pub(super) struct InRequest<F> {
        span: Span,
        // If the span does not tell.
        request: Option<LoggedRequest>,
        #[pin]
        work: F,
    }
}

impl<F: Future> Future for InRequest<F> {
    type Output = F::Output;

    fn poll(self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<F::Output> {
        let this = self.project();
        let _in_span = this.span.enter();
        let _current = Current::set(this.request);
        this.work.poll(context)
    }
}

/// The request that is being worked at on this thread, until this is dropped.
struct Current<'a> {
    /// The request while it is not the current one, and then the one before it.
    other: &'a mut Option<LoggedRequest>,
}

impl<'a> Current<'a> {
    fn set(request: &'a mut Option<LoggedRequest>) -> Self {
        let mut current = Self { other: request };
        current.swap();
        current
    }

    fn swap(&mut self) {
        CURRENT.with_borrow_mut(|current| mem::swap(current, self.other));
    }
}

impl Drop for Current<'_> {
    fn drop(&mut self) {
        self.swap();
    }
}

/// Formats lines of the log as `F` does, each with the request that it is about, as if that had a span.
///
/// # Examples
///
/// ```
/// use central_logger_http::WithRequest;
/// use tracing_subscriber::fmt::format;
///
/// let log = tracing_subscriber::fmt().event_format(WithRequest(format()));
/// let subscriber = log.finish();
/// # let _ = subscriber;
/// ```
pub struct WithRequest<F>(pub F);

impl<S, N, F> FormatEvent<S, N> for WithRequest<F>
where
    S: Subscriber + for<'a> LookupSpan<'a>,
    N: for<'a> FormatFields<'a> + 'static,
    F: FormatEvent<S, N>,
{
    fn format_event(
        &self,
        context: &FmtContext<'_, S, N>,
        writer: Writer<'_>,
        event: &Event<'_>,
    ) -> fmt::Result {
        let span = CURRENT.with_borrow(|current| {
            // There is a line, so whatever it is about is let through too.
            Some(request_span!(error_span, current.as_ref()?))
        });
        match span {
            Some(span) => span.in_scope(|| self.0.format_event(context, writer, event)),
            None => self.0.format_event(context, writer, event),
        }
    }
}

#[cfg(test)]
pub(super) mod tests {
    use super::*;
    use serde_json::Value;
    use std::{
        io,
        sync::{Arc, LazyLock, Mutex},
    };
    use tokio::task::yield_now;
    use tracing_subscriber::{
        filter::LevelFilter, fmt::format, layer::SubscriberExt, util::SubscriberInitExt,
    };

    #[derive(Clone, Default)]
    struct Log(Arc<Mutex<Vec<u8>>>);

    impl io::Write for Log {
        fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
            self.0.lock().unwrap().write(bytes)
        }

        fn flush(&mut self) -> io::Result<()> {
            Ok(())
        }
    }

    impl Log {
        fn text(&self) -> String {
            String::from_utf8(self.0.lock().unwrap().clone()).unwrap()
        }
    }

    /// What the tests of this crate log. All of them share it, since a server answers on threads of its own.
    pub(crate) struct Logs {
        json: Log,
        text: Log,
    }

    /// Begins the log of the tests, unless another test has.
    pub(crate) fn logs() -> &'static Logs {
        static LOGS: LazyLock<Logs> = LazyLock::new(|| {
            let (log, text) = (Log::default(), Log::default());
            let logs = Logs {
                json: log.clone(),
                text: text.clone(),
            };
            let json = tracing_subscriber::fmt::layer()
                .json()
                .event_format(WithRequest(format().json().with_span_list(false)))
                .with_writer(move || log.clone());
            let text = tracing_subscriber::fmt::layer()
                .event_format(WithRequest(format().with_ansi(false)))
                .with_ansi(false)
                .with_writer(move || text.clone());
            let layers = tracing_subscriber::registry().with(LevelFilter::INFO);
            layers.with(json).with(text).init();
            logs
        });
        &LOGS
    }

    impl Logs {
        /// The lines so far, from JSON.
        fn lines(&self) -> Vec<Value> {
            let text = self.json.text();
            let lines = text.lines().map(|line| serde_json::from_str(line).unwrap());
            lines.collect()
        }

        /// Those of the request with this id.
        pub(crate) fn lines_of(&self, request: &str) -> Vec<Value> {
            let mut lines = self.lines();
            lines.retain(|line| line["span"]["id"] == request);
            lines
        }
    }

    async fn work(name: &'static str) {
        yield_now().await;
        tracing::info!(name, "at work");
    }

    #[test]
    fn every_line_names_the_request_that_it_is_about() {
        let logs = logs();
        let request = |number| {
            let logged = LoggedRequest {
                id: RequestId::Made(number),
                method: "GET",
                route: "/readyz",
                trace: (number == 1).then(TraceContext::sample),
            };
            in_request(logged, work("request"))
        };
        let runtime = tokio::runtime::Builder::new_current_thread()
            .build()
            .unwrap();
        runtime.block_on(async {
            tokio::join!(request(1), request(2), work("other"));
        });
        let mut requests = Vec::new();
        let mut lines = logs.lines();
        lines.retain(|line| line["fields"]["message"] == "at work");
        for line in lines {
            let span = &line["span"];
            if line["fields"]["name"] == "other" {
                assert!(span.is_null(), "{line}");
                continue;
            }
            assert_eq!(span["method"], "GET", "{line}");
            assert_eq!(span["route"], "/readyz");
            assert_eq!(span["name"], "request");
            let is_first = span["id"] == RequestId::Made(1).to_string();
            let trace = is_first.then(TraceContext::sample);
            let trace_id = trace.as_ref().map(TraceContext::trace_id);
            let parent_id = trace.as_ref().map(TraceContext::parent_id);
            assert_eq!(span["trace_id"].as_str(), trace_id, "{line}");
            assert_eq!(span["parent_id"].as_str(), parent_id, "{line}");
            requests.push(span["id"].as_str().unwrap().to_owned());
        }
        requests.sort();
        let expected = [1, 2].map(|number| RequestId::Made(number).to_string());
        assert_eq!(requests, expected);
        let text = logs.text.text();
        let traced = "trace_id=\"4bf92f3577b34da6a3ce929d0e0e4736\" parent_id=\"00f067aa0ba902b7\"";
        for (number, is_traced) in [(1, true), (2, false)] {
            let id = format!("id={} ", RequestId::Made(number));
            // Another test has requests of these numbers too.
            let mut lines = text.lines().filter(|line| line.contains("at work"));
            let line = lines.find(|line| line.contains(&id)).unwrap();
            assert_eq!(line.contains(traced), is_traced, "{line}");
        }
    }
}
