//! Badges and status pages.

use super::{WorkflowQuery, Workflows};
use crate::{
    Content, Document, DocumentKind, Listing, WorkflowError, WorkflowName, WorkflowView, Write,
    channel::ChannelSubject,
    status_link::{PublicStatus, StatusLink, StatusLinkView},
};
use central_logger_keys::ClientId;
use central_logger_log_store::{ValidationError, ValidationErrors};

impl Workflows {
    /// The most links of a client.
    pub const MOST_STATUS_LINKS: usize = 100;

    /// Returns the links of `client`.
    ///
    /// # Errors
    /// As [`list`](Self::list).
    pub async fn status_links(
        &self,
        client: &ClientId,
    ) -> Result<Vec<StatusLinkView>, WorkflowError> {
        let links = self.links(client).await?;
        let links = links.into_iter().map(|(read, link)| link.view(&read.key));
        Ok(links.collect())
    }

    /// Returns the link that was made for a request, if there is one.
    ///
    /// # Errors
    /// As [`list`](Self::list).
    pub async fn status_link_of(
        &self,
        client: &ClientId,
        request: &str,
    ) -> Result<Option<StatusLinkView>, WorkflowError> {
        let mut links = self.links(client).await?.into_iter();
        let found = links.find(|(_, link)| link.request.as_deref() == Some(request));
        Ok(found.map(|(read, link)| link.view(&read.key)))
    }

    /// Makes a link. `key` is the hash of the token in its address.
    ///
    /// # Errors
    /// When there can be no such link, the client has as many as one may have, or the store is not available or
    /// fails.
    pub async fn add_status_link(
        &self,
        client: &ClientId,
        key: String,
        link: StatusLink,
    ) -> Result<StatusLinkView, WorkflowError> {
        link.about.check().map_err(ValidationErrors::from)?;
        let title = link.title.as_deref().unwrap_or("x").chars().count();
        if !(1..=StatusLink::MAX_TITLE).contains(&title) {
            let message = format!("must have 1 to {} characters", StatusLink::MAX_TITLE);
            return Err(ValidationErrors::from(ValidationError::new("title", message)).into());
        }
        let kind = DocumentKind::StatusLink;
        if self.store.count(client, kind).await? >= Self::MOST_STATUS_LINKS as u64 {
            return Err(WorkflowError::TooManyStatusLinks);
        }
        let write = Write::put(kind, key.clone(), None, Content::of(link.text()?));
        match self.store.commit(client, &[write]).await? {
            true => Ok(link.view(&key)),
            false => Err(WorkflowError::Contended),
        }
    }

    /// Withdraws a link, and returns it, if there was one.
    ///
    /// # Errors
    /// As [`list`](Self::list).
    pub async fn withdraw_status_link(
        &self,
        client: &ClientId,
        id: &str,
    ) -> Result<Option<StatusLinkView>, WorkflowError> {
        let links = self.links(client).await?.into_iter();
        let found = { links }.find(|(read, _)| StatusLink::id(&read.key) == id);
        let Some((read, link)) = found else {
            return Ok(None);
        };
        let delete = Write::delete(DocumentKind::StatusLink, &read);
        let is_withdrawn = self.store.commit(client, &[delete]).await?;
        // Nobody changes a link: who was faster has withdrawn it.
        Ok(is_withdrawn.then(|| link.view(&read.key)))
    }

    /// Returns what whoever knows the address of a link sees, if there is such a link.
    ///
    /// # Errors
    /// As [`list`](Self::list).
    pub async fn public_status(&self, key: &str) -> Result<Option<PublicStatus>, WorkflowError> {
        let kind = DocumentKind::StatusLink;
        let Some(client) = self.store.owner_of_link(key).await? else {
            return Ok(None);
        };
        let Some(read) = self.store.find(&client, kind, key).await? else {
            return Ok(None);
        };
        let link = StatusLink::read(&read)?;
        let views = self.about(&client, &link.about).await?;
        Ok(Some(link.show(views)))
    }

    /// The workflows that a link is about.
    async fn about(
        &self,
        client: &ClientId,
        subject: &ChannelSubject,
    ) -> Result<Vec<WorkflowView>, WorkflowError> {
        if let (Some(environment), false) = (&subject.environment, subject.workflows.is_empty()) {
            let mut views = Vec::new();
            for workflow in &subject.workflows {
                let name = WorkflowName::new(environment, workflow);
                views.extend(self.show(client, &name).await?);
            }
            return Ok(views);
        }
        let query = WorkflowQuery {
            environment: subject.environment.clone(),
            ..WorkflowQuery::default()
        };
        let mut views = self.list(client, &query).await?;
        let is_named =
            |name: &String| subject.workflows.is_empty() || subject.workflows.contains(name);
        views.retain(|view| is_named(&view.workflow));
        Ok(views)
    }

    async fn links(&self, client: &ClientId) -> Result<Vec<(Document, StatusLink)>, WorkflowError> {
        let all = Listing::first(Self::MOST_STATUS_LINKS);
        let kind = DocumentKind::StatusLink;
        let read = self.store.list(client, kind, &all).await?.into_iter();
        read.map(|read| StatusLink::read(&read).map(|link| (read, link)))
            .collect()
    }
}
