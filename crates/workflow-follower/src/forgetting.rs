//! Forgetting what has not changed for a long time.

use crate::{FollowError, batch::readable};
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

/// Takes a state away, unless the workflow is watched or has run since the whole was written, or that cannot be read.
async fn of_state(
    store: &dyn WorkflowStore,
    client: &ClientId,
    key: &str,
    now: OffsetDateTime,
) -> Result<Vec<Write>, FollowError> {
    let place = store.find(client, DocumentKind::Place, "").await?;
    let recent = store.find(client, DocumentKind::Recent, key).await?;
    let Some(whole) = store.find(client, DocumentKind::State, key).await? else {
        return Ok(Vec::new());
    };
    let monitor = store.find(client, DocumentKind::Monitor, key).await?;
    let (recent, read) = (recent.as_ref(), Some(&whole));
    let mut writes = if let Some(kept) = readable(client, KeptState::read(recent, read)) {
        let last_added_at = kept.last_added_at();
        let last_added_at = last_added_at.filter(|at| now < *at + WorkflowState::KEPT);
        match monitor.map(|_| now).or(last_added_at) {
            Some(from) => whole_of(kept, key, now, from)?,
            None => kept.delete(key),
        }
    } else if WorkflowState::read(read).is_ok() {
        // When it ran last is not known.
        whole_of(KeptState::instead_of(recent, read), key, now, now)?
    } else {
        // A newer program may be able to: it stays as it is, and is looked at again then.
        let content = Content {
            body: whole.body.clone(),
            due_at: Some(now + WorkflowState::KEPT),
        };
        let kind = DocumentKind::State;
        vec![Write::put(kind, key.to_owned(), read, content)]
    };
    // Nobody adds to what was read before.
    if let Some(place) = place {
        let content = Content::of(place.body.clone());
        let kind = DocumentKind::Place;
        writes.push(Write::put(kind, String::new(), Some(&place), content));
    }
    Ok(writes)
}

fn whole_of(
    mut kept: KeptState,
    key: &str,
    now: OffsetDateTime,
    from: OffsetDateTime,
) -> Result<Vec<Write>, FollowError> {
    kept.trim(now);
    Ok(kept.write_whole(key, from)?.0)
}
