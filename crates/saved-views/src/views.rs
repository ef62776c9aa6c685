use crate::{SavedView, SavedViewError, ViewQuery};
use central_logger_keys::ClientId;
use central_logger_log_store::{ValidationError, ValidationErrors};
use central_logger_times::Clock;
use central_logger_workflows::{Content, Document, DocumentKind, Listing, WorkflowStore, Write};
use std::{fmt, sync::Arc};

/// The saved views of clients.
///
/// Who may ask is decided before: each call is about one client.
///
/// # Examples
///
/// ```
/// use central_logger_saved_views::SavedViews;
/// use central_logger_times::SystemClock;
/// use central_logger_workflows::MemoryWorkflows;
/// use std::sync::Arc;
///
/// # #[tokio::main(flavor = "current_thread")]
/// # async fn main() -> Result<(), Box<dyn std::error::Error>> {
/// let views = SavedViews::new(Arc::new(MemoryWorkflows::new()), Arc::new(SystemClock));
/// let client = "acme_corp".parse()?;
/// views.save(&client, "failed today", "status=FAILED&range=24h".parse()?, None).await?;
/// assert_eq!(views.list(&client).await?[0].name, "failed today");
/// # Ok(())
/// # }
/// ```
#[derive(Clone)]
pub struct SavedViews {
    store: Arc<dyn WorkflowStore>,
    clock: Arc<dyn Clock>,
}

/// The longest name, in characters.
const LONGEST_NAME: usize = 100;
/// How often one is saved when others save the same.
const ATTEMPTS: usize = 20;

impl SavedViews {
    /// The most views of a client.
    pub const MOST: usize = 100;

    /// Keeps views in `store`.
    pub fn new(store: Arc<dyn WorkflowStore>, clock: Arc<dyn Clock>) -> Self {
        Self { store, clock }
    }

    /// Returns the views of `client`, by name.
    ///
    /// # Errors
    /// When the store is not available or fails.
    pub async fn list(&self, client: &ClientId) -> Result<Vec<SavedView>, SavedViewError> {
        let all = Listing::first(Self::MOST);
        let found = self.store.list(client, DocumentKind::View, &all).await?;
        found.iter().map(read).collect()
    }

    /// Saves a view, in the place of another of that name.
    ///
    /// # Errors
    /// When the name is not accepted, the client has as many views as one may have, or the store is not
    /// available or fails.
    pub async fn save(
        &self,
        client: &ClientId,
        name: &str,
        query: ViewQuery,
        by: Option<String>,
    ) -> Result<SavedView, SavedViewError> {
        check_name(name)?;
        let view = SavedView {
            name: name.to_owned(),
            query,
            saved_at: self.clock.now(),
            saved_by: by,
        };
        let body = serde_json::to_string(&view).map_err(SavedViewError::Unwritable)?;
        for _ in 0..ATTEMPTS {
            let before = self.store.find(client, DocumentKind::View, name).await?;
            if before.is_none() && self.has_all(client).await? {
                return Err(SavedViewError::TooMany);
            }
            let content = Content::of(body.clone());
            let write = Write::put(
                DocumentKind::View,
                name.to_owned(),
                before.as_ref(),
                content,
            );
            if self.store.commit(client, &[write]).await? {
                return Ok(view);
            }
        }
        Err(SavedViewError::Contended)
    }

    async fn has_all(&self, client: &ClientId) -> Result<bool, SavedViewError> {
        let count = self.store.count(client, DocumentKind::View).await?;
        Ok(count >= Self::MOST as u64)
    }

    /// Removes a view, and returns whether there was one.
    ///
    /// # Errors
    /// When the store is not available or fails.
    pub async fn remove(&self, client: &ClientId, name: &str) -> Result<bool, SavedViewError> {
        for _ in 0..ATTEMPTS {
            let Some(found) = self.store.find(client, DocumentKind::View, name).await? else {
                return Ok(false);
            };
            let write = Write::delete(DocumentKind::View, &found);
            if self.store.commit(client, &[write]).await? {
                return Ok(true);
            }
        }
        Err(SavedViewError::Contended)
    }
}

fn read(document: &Document) -> Result<SavedView, SavedViewError> {
    serde_json::from_str(&document.body).map_err(|source| SavedViewError::Unreadable {
        name: document.key.clone(),
        source,
    })
}

fn check_name(name: &str) -> Result<(), ValidationErrors> {
    let has_length = (1..=LONGEST_NAME).contains(&name.chars().count());
    let is_plain = name.trim() == name && !name.contains(char::is_control);
    match has_length && is_plain {
        true => Ok(()),
        false => {
            let message = format!(
                "must have 1 to {LONGEST_NAME} characters, no control characters, and no spaces around them"
            );
            let mut faults = ValidationErrors::default();
            faults.push(ValidationError::new("name", message));
            Err(faults)
        }
    }
}

impl fmt::Debug for SavedViews {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("SavedViews").finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use central_logger_times::SystemClock;
    use central_logger_workflows::MemoryWorkflows;

    #[tokio::test]
    async fn a_view_is_that_of_its_client_and_there_is_a_most() {
        let views = SavedViews::new(Arc::new(MemoryWorkflows::new()), Arc::new(SystemClock));
        let [acme, other]: [ClientId; 2] = ["acme", "other"].map(|id| id.parse().unwrap());
        let query = |text: &str| text.parse::<ViewQuery>().unwrap();
        for number in 0..SavedViews::MOST {
            let name = format!("view {number}");
            views.save(&acme, &name, query("q=a"), None).await.unwrap();
        }
        let full = views.save(&acme, "one more", query("q=a"), None).await;
        assert!(matches!(full, Err(SavedViewError::TooMany)), "{full:?}");
        let by = Some("Alice".to_owned());
        views.save(&acme, "view 1", query("q=b"), by).await.unwrap();
        let listed = views.list(&acme).await.unwrap();
        assert_eq!(listed.len(), SavedViews::MOST);
        let changed = listed.iter().find(|view| view.name == "view 1").unwrap();
        assert_eq!(
            (changed.query.to_string(), changed.saved_by.as_deref()),
            ("q=b".to_owned(), Some("Alice"))
        );
        assert_eq!(views.list(&other).await.unwrap(), []);
        assert!(!views.remove(&other, "view 1").await.unwrap());
        assert!(views.remove(&acme, "view 1").await.unwrap());
        views
            .save(&acme, "one more", query("q=a"), None)
            .await
            .unwrap();
        for wrong in ["", " a", "a\nb", &"a".repeat(101)] {
            let refused = views.save(&other, wrong, query("q=a"), None).await;
            assert!(
                matches!(refused, Err(SavedViewError::Invalid(_))),
                "{wrong:?}"
            );
        }
    }
}
