use super::{ClientCursor, ClientOrder, ClientView};
use crate::{OperationError, Operations, paging::PageRequest};
use serde::{Serialize, Serializer};

/// Which clients are listed; all by default.
#[derive(Debug, Clone, Default)]
pub struct ClientFilter {
    /// Only clients with this in their id, name or external id, in upper or lower case.
    pub q: Option<String>,
    /// Only the client with exactly this external id.
    pub external_id: Option<String>,
    /// The order.
    pub order: ClientOrder,
    /// At most so many.
    pub limit: Option<usize>,
    /// Those after an earlier page.
    pub cursor: Option<ClientCursor>,
}

/// A page of clients.
#[derive(Debug, Serialize)]
pub struct ClientListing {
    /// The clients.
    pub clients: Vec<ClientView>,
    /// Where the next page begins, if there is one.
    #[serde(serialize_with = "as_text")]
    pub next_cursor: Option<ClientCursor>,
}

impl Operations {
    /// Lists clients: those that something is set for, that have a key that is not revoked, or that have
    /// used a static key in the last 24 hours.
    ///
    /// # Errors
    /// [`OperationError::Cursor`] when the cursor is of another order; otherwise when a store fails.
    pub async fn clients(&self, filter: &ClientFilter) -> Result<ClientListing, OperationError> {
        self.caller.check_provider_reads()?;
        let order = filter.order;
        let after = filter.cursor.as_ref();
        let after = after.map(|cursor| cursor.place_in(order)).transpose()?;
        let page = PageRequest {
            limit: filter.limit.unwrap_or(usize::MAX),
            after: after.cloned(),
        };
        let sources = self.sources(None).await?;
        let known = sources.known().into_iter();
        let asked_for = known
            .map(|client| sources.view(&client))
            .filter(|client| filter.includes(client));
        let (clients, last) = page.of(asked_for, |client| order.place(client));
        Ok(ClientListing {
            next_cursor: last.map(|last| ClientCursor::after(order, last)),
            clients,
        })
    }
}

impl ClientFilter {
    fn includes(&self, client: &ClientView) -> bool {
        let external_id = client.external_id.as_ref();
        let is_it = |wanted: &String| external_id == Some(wanted);
        let has = |part: &String| {
            let part = part.to_lowercase();
            let texts = [
                Some(client.client_id.as_str()),
                client.name.as_deref(),
                client.external_id.as_deref(),
            ];
            let mut texts = texts.into_iter().flatten();
            texts.any(|text| text.to_lowercase().contains(&part))
        };
        self.external_id.as_ref().is_none_or(is_it) && self.q.as_ref().is_none_or(has)
    }
}

fn as_text<S: Serializer>(cursor: &Option<ClientCursor>, to: S) -> Result<S::Ok, S::Error> {
    match cursor {
        Some(cursor) => to.collect_str(cursor),
        None => to.serialize_none(),
    }
}
