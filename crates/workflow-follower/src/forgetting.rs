//! Forgetting what has not changed for a long time.

use crate::FollowError;
use central_logger_keys::ClientId;
use central_logger_workflows::{
    Content, Document, DocumentKind, WorkflowState, WorkflowStore, Write,
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
            let Some(read) = store.find(&client, kind, &key).await? else {
                continue;
            };
            let write = match is_watched(store, &client, kind, &key).await? {
                true => keep(kind, &read, now),
                false => Write::delete(kind, &read),
            };
            // What has changed meanwhile is looked at again.
            store.commit(&client, &[write]).await?;
        }
    }
    Ok(())
}

async fn is_watched(
    store: &dyn WorkflowStore,
    client: &ClientId,
    kind: DocumentKind,
    key: &str,
) -> Result<bool, FollowError> {
    if kind != DocumentKind::State {
        return Ok(false);
    }
    let monitor = store.find(client, DocumentKind::Monitor, key).await?;
    Ok(monitor.is_some())
}

fn keep(kind: DocumentKind, read: &Document, now: OffsetDateTime) -> Write {
    let content = Content {
        body: read.body.clone(),
        due_at: Some(now + WorkflowState::KEPT),
    };
    Write::put(kind, read.key.clone(), Some(read), content)
}
