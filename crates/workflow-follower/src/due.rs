//! Looking at monitors for which something may have come to pass without an entry.

use crate::{
    FollowError, Follower,
    batch::{Batch, Moment},
    remembered::{OfClient, States},
};
use central_logger_keys::ClientId;
use central_logger_text::Report;
use central_logger_workflows::{ClientChange, Document, DocumentKind, Listing, Workflows};
use futures_util::{StreamExt, stream};
use std::collections::BTreeMap;

impl Follower {
    /// How many monitors are looked at in one look.
    const MOST_DUE: usize = 5000;
    /// How many clients are asked for at a time.
    const MOST_CLIENTS: usize = 1000;

    /// Looks at the monitors that are due.
    pub(crate) async fn look_at_due(&self, moment: Moment) -> Result<(), FollowError> {
        let due = self
            .store
            .due(DocumentKind::Monitor, moment.now, Self::MOST_DUE);
        let mut by_client = BTreeMap::<_, Vec<_>>::new();
        for (client, key) in due.await? {
            by_client.entry(client).or_default().push(key);
        }
        let due = stream::iter(by_client);
        due.for_each_concurrent(Self::AT_ONCE, |(client, keys)| {
            self.look_apart(client, keys, moment)
        })
        .await;
        Ok(())
    }

    /// Looks at all monitors: the clock was set back, and by a later time some were said to be due that are before.
    pub(crate) async fn look_at_all(&self, moment: Moment) -> Result<(), FollowError> {
        let (kind, mut after) = (DocumentKind::Monitor, None::<ClientId>);
        loop {
            let clients = self.store.clients(kind, after.as_ref(), Self::MOST_CLIENTS);
            let clients = clients.await?;
            for client in &clients {
                let all = Listing::first(Workflows::MOST_MONITORS);
                let monitors = self.store.list(client, kind, &all).await?;
                let keys = monitors.into_iter().map(|monitor| monitor.key).collect();
                self.look_apart(client.clone(), keys, moment).await;
            }
            let Some(last) = clients.last() else {
                return Ok(());
            };
            after = Some(last.clone());
        }
    }

    /// One client is in nobody else's way.
    async fn look_apart(&self, client: ClientId, keys: Vec<String>, moment: Moment) {
        let looked = self.look_at(&client, &keys, moment).await;
        if let Some(error) = looked.err().filter(|error| !error.is_transient()) {
            tracing::error!(%client, error = %Report(&error), "workflows cannot be watched");
        }
    }

    /// What others change at the same time is due at the next look.
    async fn look_at(
        &self,
        client: &ClientId,
        keys: &[String],
        moment: Moment,
    ) -> Result<(), FollowError> {
        let _alone = self.alone_with(keys.len()).await;
        let place = self.find_place(client).await?;
        let remembered = self.remembered.take(client);
        let remembered = remembered.filter(|remembered| {
            let place = place.as_ref();
            place.is_some_and(|place| place.revision == remembered.place.revision)
        });
        let has_remembered = remembered.is_some();
        let states = remembered.map_or_else(States::new, |remembered| remembered.states);
        let mut batch = Batch::new(&*self.store, client, states);
        batch.load_keys(keys).await?;
        if has_remembered {
            // What has come since would be missing in them, and the monitors may have seen it.
            let now = self.find_place(client).await?;
            let revision = |place: &Option<Document>| place.as_ref().map(|place| place.revision);
            if revision(&now) != revision(&place) {
                return Ok(());
            }
        }
        let mut change = ClientChange::new(&*self.store, client);
        let rests = self.resting.has(client);
        let states = batch.finish(&mut change, moment, rests).await?;
        change.commit(moment.now).await?;
        // No entry was added: the states are as they were read.
        if let Some(place) = place {
            self.remembered
                .keep(client, OfClient { place, states }, moment.now);
        }
        Ok(())
    }
}
