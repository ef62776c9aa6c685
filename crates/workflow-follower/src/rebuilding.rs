use crate::{
    FollowError, Follower,
    batch::{Batch, Moment, observed},
    remembered::States,
};
use central_logger_keys::ClientId;
use central_logger_log_store::{LogId, LogQuery, LogSearch, LogStore, Order};
use central_logger_workflows::{
    ClientChange, Content, DocumentKind, Listing, WorkflowError, WorkflowStore, Workflows, Write,
};
use std::collections::HashSet;
use time::{Duration, OffsetDateTime};

/// How far back runs are counted.
const COUNTED: Duration = Duration::days(8);
/// How far the clocks of servers may be apart.
const APART: Duration = Duration::minutes(5);
/// How often it is tried when entries come at the same time.
const ATTEMPTS: usize = 5;

/// Makes the states of the workflows of `client` anew from its entries of the last eight days, and returns
/// how many entries were read. Monitors stay, and so does what is known of earlier runs.
///
/// # Errors
/// When a store is not available or fails; then all is as it was before.
pub async fn rebuild(
    store: &dyn WorkflowStore,
    logs: &dyn LogStore,
    client: &ClientId,
    now: OffsetDateTime,
) -> Result<usize, FollowError> {
    for _ in 0..ATTEMPTS {
        if let Some(count) = try_rebuild(store, logs, client, now).await? {
            return Ok(count);
        }
    }
    Err(WorkflowError::Contended.into())
}

/// Nothing when the entries of the client were followed meanwhile.
async fn try_rebuild(
    store: &dyn WorkflowStore,
    logs: &dyn LogStore,
    client: &ClientId,
    now: OffsetDateTime,
) -> Result<Option<usize>, FollowError> {
    let read = store.find(client, DocumentKind::Place, "").await?;
    let mut batch = Batch::new(store, client, States::new());
    let all = Listing::first(Workflows::MOST_WORKFLOWS + Workflows::MOST_MONITORS);
    let states = store.list(client, DocumentKind::State, &all).await?;
    let keys: Vec<_> = states.into_iter().map(|state| state.key).collect();
    batch.load_keys(&keys).await?;
    let since = now - COUNTED;
    batch.begin_anew(since);
    let mut position = logs.position().await?;
    // What came since that position, or may have, is told again by it.
    let (mut count, mut late) = (0, HashSet::<LogId>::new());
    let mut search = LogSearch::from(LogQuery {
        from: u64::try_from(since.unix_timestamp_nanos() / 1_000_000).ok(),
        order: Order::Asc,
        limit: LogQuery::MAX_LIMIT,
        ..LogQuery::default()
    });
    loop {
        let page = logs.page(client, &search).await?;
        batch.add(observed(&page.logs)).await?;
        let new = page.logs.iter();
        let new = new.filter(|log| log.received_at > now - APART);
        late.extend(new.map(|log| log.id));
        count += page.logs.len();
        let Some(cursor) = page.next_cursor else {
            break;
        };
        search.query.cursor = Some(cursor);
    }
    loop {
        let arrivals = logs.arrivals(client, &position).await?;
        let ids = arrivals.ids.into_iter();
        let new: Vec<_> = ids.filter(|id| !late.contains(id)).collect();
        for ids in new.chunks(Follower::ENTRIES) {
            let new = logs.get_many(client, ids).await?;
            batch.add(observed(&new)).await?;
            count += new.len();
        }
        position = arrivals.position;
        if !arrivals.has_more {
            break;
        }
    }
    let mut change = ClientChange::new(store, client);
    let moment = Moment {
        now,
        blind_until: None,
    };
    // One that rests is left to the next look.
    batch.finish(&mut change, moment, false).await?;
    let content = Content::of(position.as_str().to_owned());
    let place = Write::put(DocumentKind::Place, String::new(), read.as_ref(), content);
    change.add(place);
    Ok(change.commit(now).await?.then_some(count))
}
