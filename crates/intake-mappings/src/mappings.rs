use crate::{
    Mapping, MappingError, MappingId, MappingName, MappingSecret, MappingView, Sample, Trial,
};
use central_logger_intake::Rules;
use central_logger_keys::ClientId;
use central_logger_text::Report;
use central_logger_times::Clock;
use central_logger_workflows::{Content, Document, DocumentKind, Listing, WorkflowStore, Write};
use quick_cache::sync::Cache;
use std::{fmt, sync::Arc};
use time::{Duration, OffsetDateTime};

/// The mappings of clients, and what is remembered of them.
#[derive(Clone)]
pub struct Mappings {
    store: Arc<dyn WorkflowStore>,
    clock: Arc<dyn Clock>,
    known: Arc<Cache<ClientId, Known>>,
}

/// A mapping that is to hold.
#[derive(Debug)]
pub struct Set<'s> {
    /// Its name.
    pub name: MappingName,
    /// Its rules.
    pub rules: Rules,
    /// What the rules have to find something in.
    pub sample: Option<Sample<'s>>,
}

#[derive(Clone)]
struct Known {
    read_at: OffsetDateTime,
    mappings: Arc<[Mapping]>,
}

/// How often a change is tried when others change the same.
const ATTEMPTS: usize = 20;

/// Of how many clients mappings are remembered.
const CLIENTS: usize = 10_000;

impl Mappings {
    /// The most mappings of a client.
    pub const MOST: usize = 20;
    /// After which time a change holds on every server.
    pub const FRESH: Duration = Duration::seconds(1);

    /// Keeps mappings in `store`.
    pub fn new(store: Arc<dyn WorkflowStore>, clock: Arc<dyn Clock>) -> Self {
        Self {
            store,
            clock,
            known: Arc::new(Cache::new(CLIENTS)),
        }
    }

    /// Returns the mappings of `client`, as they were at most [`FRESH`](Self::FRESH) ago. While the store is
    /// not available it is as they were last.
    ///
    /// # Errors
    /// When the store is not available, and nothing is known of the client, or fails.
    pub async fn of(&self, client: &ClientId) -> Result<Arc<[Mapping]>, MappingError> {
        let now = self.clock.now();
        let known = self.known.get(client);
        let is_fresh =
            |known: &Known| (Duration::ZERO..Self::FRESH).contains(&(now - known.read_at));
        if let Some(known) = known.as_ref().filter(|known| is_fresh(known)) {
            return Ok(Arc::clone(&known.mappings));
        }
        match (self.read(client).await, known) {
            (Err(error), Some(known)) if error.is_transient() => {
                tracing::debug!(error = %Report(&error), "the mappings of a client are not read anew");
                Ok(known.mappings)
            }
            (read, _) => {
                let mappings: Arc<[Mapping]> = read?.into();
                self.remember(client, now, Arc::clone(&mappings));
                Ok(mappings)
            }
        }
    }

    /// Returns the rules that hold for foreign protocols of `client`.
    ///
    /// # Errors
    /// As [`of`](Self::of).
    pub async fn rules(&self, client: &ClientId) -> Result<Rules, MappingError> {
        let mappings = self.of(client).await?;
        let mut mappings = mappings.iter();
        let default = mappings.find(|mapping| mapping.name.is_default());
        Ok(default
            .map(|mapping| mapping.rules.clone())
            .unwrap_or_default())
    }

    /// Returns the mapping of this id.
    ///
    /// # Errors
    /// As [`of`](Self::of).
    pub async fn hook(&self, id: &MappingId) -> Result<Option<Mapping>, MappingError> {
        let mappings = self.of(id.client()).await?;
        Ok(mappings.iter().find(|mapping| mapping.id == *id).cloned())
    }

    /// Returns the mappings of `client` as they are shown.
    ///
    /// # Errors
    /// When the store is not available or fails.
    pub async fn list(&self, client: &ClientId) -> Result<Vec<MappingView>, MappingError> {
        let read = self.read(client).await?;
        Ok(read.iter().map(Mapping::view).collect())
    }

    /// Returns a mapping as it is shown.
    ///
    /// # Errors
    /// When the store is not available or fails.
    pub async fn show(
        &self,
        client: &ClientId,
        name: &MappingName,
    ) -> Result<Option<MappingView>, MappingError> {
        let read = self.find(client, name).await?;
        let read = read.as_ref().map(Mapping::read).transpose()?;
        Ok(read.as_ref().map(Mapping::view))
    }

    /// Makes a mapping, or sets the rules of one that there is, which keeps its id and secret. The secret is
    /// shown when it was made.
    ///
    /// # Errors
    /// When a rule finds nothing in the sample, the client has as many mappings as one may have, or the store
    /// is not available or fails.
    pub async fn set(&self, client: &ClientId, set: Set<'_>) -> Result<MappingView, MappingError> {
        let now = self.clock.now();
        if let Some(sample) = &set.sample {
            let trial = Trial::of(&set.rules, sample, client, now)?;
            if !trial.without_effect.is_empty() {
                return Err(MappingError::WithoutEffect(trial.without_effect));
            }
        }
        for _ in 0..ATTEMPTS {
            let read = self.find(client, &set.name).await?;
            let mapping = match &read {
                Some(read) => Mapping {
                    rules: set.rules.clone(),
                    changed_at: now,
                    ..Mapping::read(read)?
                },
                None => self.new_mapping(client, &set, now).await?,
            };
            let content = Content::of(mapping.text()?);
            let (kind, key) = (DocumentKind::Mapping, set.name.to_string());
            let write = Write::put(kind, key, read.as_ref(), content);
            if self.store.commit(client, &[write]).await? {
                self.known.remove(client);
                let secret = read.is_none().then(|| mapping.secret.clone());
                return Ok(MappingView {
                    secret,
                    ..mapping.view()
                });
            }
        }
        Err(MappingError::Contended)
    }

    async fn new_mapping(
        &self,
        client: &ClientId,
        set: &Set<'_>,
        now: OffsetDateTime,
    ) -> Result<Mapping, MappingError> {
        let count = self.store.count(client, DocumentKind::Mapping).await?;
        if count >= Self::MOST as u64 {
            return Err(MappingError::TooMany);
        }
        Ok(Mapping {
            name: set.name.clone(),
            id: MappingId::generate(client)?,
            rules: set.rules.clone(),
            secret: MappingSecret::generate()?,
            created_at: now,
            changed_at: now,
        })
    }

    /// Takes a mapping and its hook away, and returns whether there was one.
    ///
    /// # Errors
    /// When the store is not available or fails.
    pub async fn remove(
        &self,
        client: &ClientId,
        name: &MappingName,
    ) -> Result<bool, MappingError> {
        for _ in 0..ATTEMPTS {
            let Some(read) = self.find(client, name).await? else {
                return Ok(false);
            };
            let write = Write::delete(DocumentKind::Mapping, &read);
            if self.store.commit(client, &[write]).await? {
                self.known.remove(client);
                return Ok(true);
            }
        }
        Err(MappingError::Contended)
    }

    async fn find(
        &self,
        client: &ClientId,
        name: &MappingName,
    ) -> Result<Option<Document>, MappingError> {
        let found = self
            .store
            .find(client, DocumentKind::Mapping, name.as_str());
        Ok(found.await?)
    }

    async fn read(&self, client: &ClientId) -> Result<Vec<Mapping>, MappingError> {
        let all = Listing::first(Self::MOST);
        let found = self.store.list(client, DocumentKind::Mapping, &all).await?;
        found.iter().map(Mapping::read).collect()
    }

    fn remember(&self, client: &ClientId, read_at: OffsetDateTime, mappings: Arc<[Mapping]>) {
        self.known
            .insert(client.clone(), Known { read_at, mappings });
    }
}

impl fmt::Debug for Mappings {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Mappings")
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use central_logger_intake::{HOOK, Head};
    use central_logger_times::ManualClock;
    use central_logger_workflows::MemoryWorkflows;
    use time::macros::datetime;

    fn set(name: &str, rules: &str) -> Set<'static> {
        Set {
            name: name.parse().unwrap(),
            rules: rules.parse().unwrap(),
            sample: None,
        }
    }

    #[tokio::test]
    async fn a_change_holds_at_once_here_and_soon_elsewhere() {
        let clock = Arc::new(ManualClock::new(datetime!(2026-03-01 12:00 UTC)));
        let store: Arc<dyn WorkflowStore> = Arc::new(MemoryWorkflows::new());
        let here = Mappings::new(Arc::clone(&store), clock.clone());
        let elsewhere = Mappings::new(store, clock.clone());
        let acme: ClientId = "acme_corp".parse().unwrap();
        assert!(elsewhere.rules(&acme).await.unwrap().is_empty());
        let made = here
            .set(&acme, set("default", r#"{"workflow":"job"}"#))
            .await
            .unwrap();
        assert!(made.secret.is_some());
        assert!(!here.rules(&acme).await.unwrap().is_empty());
        assert!(elsewhere.rules(&acme).await.unwrap().is_empty());
        clock.advance(Duration::seconds(1));
        assert!(!elsewhere.rules(&acme).await.unwrap().is_empty());

        let again = here
            .set(&acme, set("default", r#"{"workflow":"dag"}"#))
            .await
            .unwrap();
        assert!(again.secret.is_none());
        assert_eq!(again.id, made.id);
        let id: MappingId = made.id.parse().unwrap();
        let hook = here.hook(&id).await.unwrap().unwrap();
        assert_eq!(hook.rules, r#"{"workflow":"dag"}"#.parse().unwrap());
        let widget: ClientId = "widget_co".parse().unwrap();
        assert!(here.list(&widget).await.unwrap().is_empty());
        assert!(!here.remove(&widget, &hook.name).await.unwrap());
        assert!(here.remove(&acme, &hook.name).await.unwrap());
        assert!(here.hook(&id).await.unwrap().is_none());
    }

    #[tokio::test]
    async fn rules_hold_only_if_the_sample_has_what_they_name() {
        let clock = Arc::new(ManualClock::new(datetime!(2026-03-01 12:00 UTC)));
        let mappings = Mappings::new(Arc::new(MemoryWorkflows::new()), clock);
        let acme: ClientId = "acme_corp".parse().unwrap();
        let with_sample = |body: &'static [u8]| Set {
            sample: Some(Sample {
                protocol: HOOK,
                head: Head::default(),
                body,
            }),
            ..set(
                "ci",
                r#"{"workflow":"job","status":{"from":"state","default":"INFO"}}"#,
            )
        };
        let refused = mappings
            .set(&acme, with_sample(br#"{"job":"a"}"#))
            .await
            .unwrap_err();
        assert_eq!(
            refused.to_string(),
            "the sample has nothing that status could come from: the mapping was not changed"
        );
        assert!(mappings.list(&acme).await.unwrap().is_empty());
        let set = mappings
            .set(&acme, with_sample(br#"{"job":"a","state":"ok"}"#))
            .await;
        assert_eq!(set.unwrap().name.as_str(), "ci");
        for number in 1..Mappings::MOST {
            let set = self::set(&format!("m{number}"), r#"{"workflow":"job"}"#);
            mappings.set(&acme, set).await.unwrap();
        }
        let refused = mappings
            .set(&acme, self::set("more", "{}"))
            .await
            .unwrap_err();
        assert!(matches!(refused, MappingError::TooMany));
    }
}
