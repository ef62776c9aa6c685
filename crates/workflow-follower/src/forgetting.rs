//! Forgetting what has not changed for a long time.

use crate::FollowError;
use central_logger_keys::ClientId;
use central_logger_workflows::{
    Content, DocumentKind, WorkflowState, WorkflowStore, Write, kept_state::KeptState,
};
use time::OffsetDateTime;

/// How many documents are forgotten in one look.
const MOST: usize = 100;

/// Takes away incidents that ended long ago, and states of workflows that do not run any more.
pub(crate) async fn forget_old(
    store: &dyn WorkflowStore,
    now: OffsetDateTime,
) -> Result<(), FollowError> {
    for kind in DocumentKind::TEMPORARY {
        for (client, key) in store.due(kind, now, MOST).await? {
            let writes = match kind {
                DocumentKind::State => of_state(store, &client, &key, now).await?,
                _ => {
                    let read = store.find(&client, kind, &key).await?;
                    let delete = read.map(|read| Write::delete(kind, &read));
                    delete.into_iter().collect()
                }
            };
            // What has changed meanwhile is looked at again.
            store.commit(&client, &writes).await?;
        }
    }
    Ok(())
}

/// Takes a state away, unless the workflow is watched or has run since the whole was written.
async fn of_state(
    store: &dyn WorkflowStore,
    client: &ClientId,
    key: &str,
    now: OffsetDateTime,
) -> Result<Vec<Write>, FollowError> {
    let place = store.find(client, DocumentKind::Place, "").await?;
    let recent = store.find(client, DocumentKind::Recent, key).await?;
    let whole = store.find(client, DocumentKind::State, key).await?;
    let monitor = store.find(client, DocumentKind::Monitor, key).await?;
    // What cannot be read is made anew with its next entry, in any case.
    let mut kept = KeptState::read(recent.as_ref(), whole.as_ref())
        .unwrap_or_else(|_| KeptState::instead_of(recent.as_ref(), whole.as_ref()));
    kept.trim(now);
    let last_added_at = kept.last_added_at();
    let last_added_at = last_added_at.filter(|at| now < *at + WorkflowState::KEPT);
    let known_from = monitor.map(|_| now).or(last_added_at);
    let mut writes = match known_from {
        Some(from) => kept.write_whole(key, from)?.0,
        None => kept.delete(key),
    };
    // Nobody adds to what was read before.
    if let Some(place) = place {
        let content = Content::of(place.body.clone());
        let kind = DocumentKind::Place;
        writes.push(Write::put(kind, String::new(), Some(&place), content));
    }
    Ok(writes)
}
