use crate::{
    Content, DocumentKind, Incident, IncidentChange, Listing, WorkflowError, WorkflowStore,
    Workflows, Write,
    channel::{Channel, Message},
    watched::to_text,
};
use central_logger_keys::ClientId;
use time::OffsetDateTime;

/// Changes of the documents of one client that are made together.
pub struct ClientChange<'a> {
    store: &'a dyn WorkflowStore,
    client: &'a ClientId,
    writes: Vec<Write>,
    told: Vec<IncidentChange>,
}

impl<'a> ClientChange<'a> {
    /// No changes yet.
    pub fn new(store: &'a dyn WorkflowStore, client: &'a ClientId) -> Self {
        Self {
            store,
            client,
            writes: Vec::new(),
            told: Vec::new(),
        }
    }

    /// Adds a write.
    pub fn add(&mut self, write: Write) {
        self.writes.push(write);
    }

    /// Keeps incidents as they are now, and sends messages about those that are `told`.
    ///
    /// # Errors
    /// When the store is not available or fails.
    pub async fn keep(
        &mut self,
        changes: Vec<IncidentChange>,
        told: Vec<IncidentChange>,
    ) -> Result<(), WorkflowError> {
        self.told.extend(told);
        if changes.is_empty() {
            return Ok(());
        }
        let kind = DocumentKind::Incident;
        let keys = changes.iter().map(|change| change.incident.id.to_string());
        let keys: Vec<_> = keys.collect();
        let found = self.store.find_many(self.client, &[kind], &keys).await?;
        for (key, change) in keys.into_iter().zip(changes) {
            // One that began and has changed since stands in one write.
            self.writes
                .retain(|write| write.kind != kind || write.key != key);
            let read = found.iter().find(|(_, found)| found.key == key);
            let read = read.map(|(_, found)| found);
            let ended_at = change.incident.ended_at;
            let content = Content {
                body: to_text(&change.incident)?,
                due_at: ended_at.map(|ended_at| ended_at + Incident::KEPT),
            };
            self.writes.push(Write::put(kind, key, read, content));
        }
        Ok(())
    }

    /// Makes all changes, and returns whether they were made: nobody else may have changed the same.
    ///
    /// # Errors
    /// When the store is not available or fails.
    pub async fn commit(mut self, now: OffsetDateTime) -> Result<bool, WorkflowError> {
        if !self.told.is_empty() {
            self.send(now).await?;
        }
        if self.writes.is_empty() {
            return Ok(true);
        }
        Ok(self.store.commit(self.client, &self.writes).await?)
    }

    async fn send(&mut self, now: OffsetDateTime) -> Result<(), WorkflowError> {
        let all = Listing::first(Workflows::MOST_CHANNELS);
        let channels = self.store.list(self.client, DocumentKind::Channel, &all);
        for read in channels.await? {
            let mut channel = Channel::read(&read)?;
            let told = self.told.iter();
            let told: Vec<_> = told
                .filter(|change| channel.about.includes(&change.incident))
                .collect();
            let messages = Message::about(&told, now);
            if messages.is_empty() {
                continue;
            }
            channel.add(&messages);
            let content = Content {
                body: channel.text()?,
                due_at: channel.due_at(now),
            };
            let key = read.key.clone();
            self.writes
                .push(Write::put(DocumentKind::Channel, key, Some(&read), content));
        }
        Ok(())
    }
}
