use central_logger_log_store::Submission;
use serde::Serialize;
use std::{borrow::Cow, collections::BTreeMap};
use time::OffsetDateTime;
use utoipa::{
    PartialSchema, ToSchema,
    openapi::{
        Ref, RefOr,
        schema::{ArrayBuilder, OneOfBuilder, Schema},
    },
};
use uuid::Uuid;

/// An entry to be stored, of at most 256 KiB. Custom members are kept as they are sent.
#[derive(ToSchema)]
pub(crate) struct NewEntry {
    /// The environment that the workflow ran in.
    #[schema(min_length = 1, max_length = 64, pattern = "^[^\\u0000]+$")]
    environment: String,
    /// The time it ran: from 1970 on, at most 24 hours ahead, and within the client's retention period,
    /// if there is one.
    #[schema(value_type = String, format = DateTime, max_length = 64)]
    executed_at: String,
    /// The outcome, such as `SUCCESS` or `FAILED`.
    #[schema(min_length = 1, max_length = 64, pattern = "^[^\\u0000]+$")]
    status: String,
    /// The name of the workflow.
    #[schema(max_length = 256, pattern = "^[^\\u0000]*$")]
    workflow: Option<String>,
    /// Any text, of at most 64 KiB.
    #[schema(max_length = 65536, pattern = "^[^\\u0000]*$")]
    message: Option<String>,
    /// The sender's name for the event. Entries with the same `event_id` and the same `executed_at` are
    /// stored once.
    #[schema(min_length = 1, max_length = 128, pattern = "^[!-~]+$")]
    event_id: Option<String>,
    /// Set by the server from the key.
    #[schema(value_type = Option<Value>)]
    client_id: (),
    /// Set by the server.
    #[schema(value_type = Option<Value>)]
    id: (),
    /// Set by the server.
    #[schema(value_type = Option<Value>)]
    received_at: (),
}

/// An entry as it was sent, with what the server adds.
#[derive(ToSchema)]
pub(crate) struct Log {
    id: Uuid,
    #[schema(pattern = "^[a-z0-9][a-z0-9_-]{0,63}$")]
    client_id: String,
    received_at: OffsetDateTime,
    /// The environment that the workflow ran in.
    #[schema(min_length = 1, max_length = 64, pattern = "^[^\\u0000]+$")]
    environment: String,
    /// The time it ran, as it was sent.
    executed_at: OffsetDateTime,
    /// The outcome.
    #[schema(min_length = 1, max_length = 64, pattern = "^[^\\u0000]+$")]
    status: String,
    /// The name of the workflow, if it was sent.
    #[schema(value_type = String, required = false, max_length = 256)]
    workflow: Option<String>,
    /// The text, if it was sent.
    #[schema(value_type = String, required = false, max_length = 65536)]
    message: Option<String>,
    /// The sender's name for the event, if it was sent.
    #[schema(value_type = String, required = false, max_length = 128)]
    event_id: Option<String>,
}

/// A page of a list.
#[derive(ToSchema)]
pub(crate) struct LogPage {
    #[schema(max_items = 1000)]
    logs: Vec<Log>,
    /// The cursor of the next page, or `null` on the last one.
    #[schema(required, pattern = "^[A-Za-z0-9_-]+$")]
    next_cursor: Option<String>,
}

/// Counts of entries over time.
#[derive(ToSchema)]
pub(crate) struct LogStats {
    from: OffsetDateTime,
    to: OffsetDateTime,
    /// The length of a bucket.
    interval: String,
    /// The member that entries are counted by, or two with a comma between.
    by: String,
    /// How many entries have each value; by two members, objects of such counts by the value of the first.
    #[schema(inline)]
    totals: BTreeMap<String, Count>,
    #[schema(inline)]
    buckets: Vec<Bucket>,
}

#[derive(ToSchema)]
pub(crate) struct Bucket {
    start: OffsetDateTime,
    /// As `totals`, of the entries of the bucket.
    #[schema(inline)]
    counts: BTreeMap<String, Count>,
}

/// The number of entries, or their numbers by the value of a second member.
#[derive(Serialize, ToSchema)]
#[serde(untagged)]
pub(crate) enum Count {
    Entries(u64),
    ByValue(BTreeMap<String, u64>),
}

/// The values of a member, most frequent first.
#[derive(ToSchema)]
pub(crate) struct LogValues {
    #[schema(inline, max_items = 1000)]
    values: Vec<LogValue>,
    /// Whether there are values that are not listed.
    more: bool,
}

#[derive(ToSchema)]
pub(crate) struct LogValue {
    value: String,
    /// How many entries have it.
    #[schema(minimum = 1)]
    count: u64,
    /// When the last of them was executed, to the millisecond.
    last_executed_at: OffsetDateTime,
}

/// One entry or several.
pub(crate) struct Entries;

/// An entry as JSON on each line.
pub(crate) struct EntryLines;

impl PartialSchema for Entries {
    fn schema() -> RefOr<Schema> {
        let several = several().build();
        OneOfBuilder::new().item(one()).item(several).into()
    }
}

impl PartialSchema for EntryLines {
    fn schema() -> RefOr<Schema> {
        several()
            .description(Some("An entry as JSON on each line"))
            .into()
    }
}

fn one() -> Ref {
    Ref::from_schema_name(NewEntry::name())
}

fn several() -> ArrayBuilder {
    let array = ArrayBuilder::new().items(one()).min_items(Some(1));
    array.max_items(Some(Submission::MAX_ENTRIES))
}

impl ToSchema for Entries {
    fn name() -> Cow<'static, str> {
        "Entries".into()
    }

    fn schemas(schemas: &mut Vec<(String, RefOr<Schema>)>) {
        schemas.push((NewEntry::name().into_owned(), NewEntry::schema()));
    }
}

impl ToSchema for EntryLines {}
