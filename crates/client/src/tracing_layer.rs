//! A layer for `tracing-subscriber`.

mod fields;
mod repeats;

use crate::{client::Client, client::Handle, entry::Entry, sender};
use fields::Fields;
use repeats::Repeats;
use std::time::Instant;
use tracing::{
    Event, Subscriber,
    span::{Attributes, Id, Record},
};
use tracing_subscriber::{
    Layer,
    layer::Context,
    registry::{LookupSpan, SpanRef},
};

/// A layer of `tracing-subscriber` that logs each event as an entry.
///
/// The level is the `status` unless the event has a field `status`; fields of the event and of its spans are members,
/// `target` is the module, and `spans` the names of the spans. Fields with names that have a meaning for the server get
/// the prefix `field.`. Events of the client's own requests are left out.
///
/// The layer does not close the client: keep the [`Client`] until the end of `main`.
///
/// # Examples
///
/// ```
/// use central_logger_client::Client;
/// use tracing_subscriber::{layer::SubscriberExt, util::SubscriberInitExt};
///
/// let client = Client::builder().workflow("nightly").build();
/// let _guard = tracing_subscriber::registry()
///     .with(client.tracing_layer().repeats_per_second(100))
///     .set_default();
/// let _span = tracing::info_span!("import", table = "orders").entered();
/// tracing::info!(rows = 3, "done");
/// assert_eq!(client.stats().queued, 1);
/// # client.close(std::time::Duration::ZERO);
/// ```
#[derive(Debug)]
pub struct TracingLayer {
    handle: Handle,
    repeats: Option<Repeats>,
}

impl Client {
    /// A layer that logs events of `tracing`.
    pub fn tracing_layer(&self) -> TracingLayer {
        TracingLayer {
            handle: self.handle(),
            repeats: None,
        }
    }
}

impl TracingLayer {
    /// Logs at most so many events a second from one place in the code. The next one says in
    /// `repeats_left_out` how many were left out before.
    #[must_use]
    pub fn repeats_per_second(self, most: u32) -> Self {
        Self {
            repeats: Some(Repeats::new(most)),
            ..self
        }
    }
}

impl<S: Subscriber + for<'a> LookupSpan<'a>> Layer<S> for TracingLayer {
    fn on_new_span(&self, attributes: &Attributes<'_>, id: &Id, context: Context<'_, S>) {
        let Some(span) = context.span(id) else {
            return;
        };
        let mut fields = Fields::default();
        attributes.record(&mut fields);
        span.extensions_mut().replace(fields);
    }

    fn on_record(&self, id: &Id, values: &Record<'_>, context: Context<'_, S>) {
        if let Some(span) = context.span(id)
            && let Some(fields) = span.extensions_mut().get_mut::<Fields>()
        {
            values.record(fields);
        }
    }

    fn on_event(&self, event: &Event<'_>, context: Context<'_, S>) {
        if sender::is_this_thread() {
            return;
        }
        let metadata = event.metadata();
        let left_out = match &self.repeats {
            Some(repeats) => repeats.admit(metadata.callsite(), Instant::now()),
            None => Some(0),
        };
        let Some(left_out) = left_out else {
            return;
        };
        let mut fields = Fields::default();
        event.record(&mut fields);
        let mut entry = Entry::default();
        fields.add_known(&mut entry);
        let mut entry = entry
            .or_with("status", metadata.level().as_str())
            .with("target", metadata.target());
        let mut names = Vec::new();
        for span in context
            .event_scope(event)
            .into_iter()
            .flat_map(|scope| scope.from_root())
        {
            names.push(span.name());
            add_span(&span, &mut entry);
        }
        if !names.is_empty() {
            entry.set("spans".into(), &names);
        }
        fields.add(&mut entry);
        if left_out > 0 {
            entry.set("repeats_left_out".into(), &left_out);
        }
        self.handle.log(&entry);
    }
}

fn add_span<S: for<'a> LookupSpan<'a>>(span: &SpanRef<'_, S>, entry: &mut Entry) {
    if let Some(fields) = span.extensions().get::<Fields>() {
        fields.add(entry);
    }
}
