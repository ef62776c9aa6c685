use super::{beyond, codes, ended};
use crate::keys::KeyRequest;
use central_logger_key_store::{
    KeyMaker, KeyRecord, KeyStatus, NewKey, RateBucket, RateLimit,
    authority::{Denied, Scene},
};
use central_logger_keys::{ClientId, Networks, Scopes};
use std::cmp::Ordering;
use time::OffsetDateTime;

/// What a client may do with its keys in a request: as much as the key that the request has, or comes from.
///
/// # Examples
///
/// ```
/// use central_logger_key_store::{KeyMaker, NewKey};
/// use central_logger_operations::rights::ClientRights;
/// use time::macros::datetime;
///
/// let new = NewKey { rate_limit: Some("100/s".parse()?), ..NewKey::for_client("acme_corp".parse()?) };
/// let key = new.into_record("4fzyo82mvyi1".parse()?, datetime!(2026-03-01 12:00 UTC));
/// let rights = ClientRights::of_key(&key).ok_or("it is a key of a client")?;
/// assert_eq!(rights.maker, KeyMaker::Key(key.id));
/// assert_eq!(rights.rate(), Some("100/s".parse()?));
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ClientRights {
    /// The client.
    pub client: ClientId,
    /// Who makes the keys that are made.
    pub maker: KeyMaker,
    /// The scopes.
    pub scopes: Scopes,
    /// The networks that the key is accepted from; any when it is empty.
    pub networks: Networks,
    /// The limits that what is made counts in as well.
    pub rates: Vec<RateBucket>,
    /// When the rights end.
    pub ends_at: Option<OffsetDateTime>,
}

impl ClientRights {
    /// Returns the rights of a key, if it is one of a client.
    pub fn of_key(key: &KeyRecord) -> Option<Self> {
        Some(Self {
            client: key.client()?.clone(),
            maker: KeyMaker::Key(key.id.clone()),
            scopes: key.scopes.clone(),
            networks: key.allowed_from.clone(),
            rates: key.rates_to_share(),
            ends_at: key.ends_at(),
        })
    }

    /// Returns the lowest of the limits.
    pub fn rate(&self) -> Option<RateLimit> {
        lowest(&self.rates)
    }

    /// Returns a new key as it is asked for. What the request leaves out is as with the maker.
    pub(crate) fn new_key(&self, request: KeyRequest) -> Result<NewKey, Denied> {
        let scopes = match request.scopes {
            Some(scopes) => scopes,
            None => self.scopes_to_pass_on()?,
        };
        Ok(NewKey {
            name: request.name,
            scopes,
            environment: request.environment,
            allowed_from: request.allow_ip.unwrap_or_else(|| self.networks.clone()),
            rate_limit: request.rate.or(self.rate()),
            expires_at: request.expires_at,
            note: request.note,
            ..NewKey::for_client(request.client_id)
        })
    }

    fn scopes_to_pass_on(&self) -> Result<Scopes, Denied> {
        let of_logs = self
            .scopes
            .iter()
            .filter(|scope| scope.as_str().starts_with("logs:"));
        let scopes: Scopes = of_logs.cloned().collect();
        match scopes.is_empty() {
            true => Err(Denied::new(
                codes::SCOPES_REQUIRED,
                "The key of this request has no scope logs:write or logs:read to pass on: name scopes \
                 that it has",
            )),
            false => Ok(scopes),
        }
    }

    /// Returns the rights as they are now: the key may have been tightened, or have ended, since it was
    /// verified.
    pub(crate) fn at(&self, scene: &Scene<'_>) -> Result<Self, Denied> {
        let maker = self.maker.key();
        let key = maker.and_then(|maker| scene.keys.iter().find(|key| key.id == *maker));
        let Some(key) = key else {
            return Ok(self.clone());
        };
        if key.status(scene.now) != KeyStatus::Active {
            return Err(ended());
        }
        Ok(Self {
            networks: key.allowed_from.clone(),
            rates: key.rates_to_share(),
            ends_at: key.ends_at(),
            ..self.clone()
        })
    }

    /// Checks that a key allows no more than this, but for its end.
    pub(crate) fn check_holds(&self, key: &KeyRecord) -> Result<(), Denied> {
        self.check_scopes(&key.scopes)?;
        self.check_networks(&key.allowed_from)?;
        self.check_rate(lowest(&key.rates_to_share()))
    }

    pub(crate) fn check_scopes(&self, scopes: &Scopes) -> Result<(), Denied> {
        match scopes.first_beyond(&self.scopes) {
            Some(scope) => Err(beyond(format!(
                "This needs a key with the scope {scope}: a key makes and changes only keys that allow no \
                 more than it does"
            ))),
            None => Ok(()),
        }
    }

    pub(crate) fn check_networks(&self, networks: &Networks) -> Result<(), Denied> {
        match networks.is_within(&self.networks) {
            true => Ok(()),
            false => Err(beyond(format!(
                "This needs a key that is accepted from all networks in allow_ip: that of this request is \
                 accepted from {} only",
                self.networks
            ))),
        }
    }

    pub(crate) fn check_rate(&self, rate: Option<RateLimit>) -> Result<(), Denied> {
        match self.rate() {
            Some(own) if !rate.is_some_and(|rate| rate.is_at_most(own)) => Err(beyond(format!(
                "This needs a key with a higher rate: that of this request has {own}"
            ))),
            _ => Ok(()),
        }
    }

    /// Checks that a key does not outlive the rights.
    pub(crate) fn check_end(&self, key: &KeyRecord) -> Result<(), Denied> {
        match (self.ends_at, key.ends_at()) {
            (None, _) => Ok(()),
            (Some(own), Some(end)) if end <= own => Ok(()),
            _ => Err(beyond(
                "This needs a key that ends no earlier than the key that is to be changed",
            )),
        }
    }
}

/// Returns the lowest of several limits.
pub(super) fn lowest(rates: &[RateBucket]) -> Option<RateLimit> {
    let rates = rates.iter().map(|bucket| bucket.rate);
    rates.min_by(|one, other| match one.is_at_most(*other) {
        true => Ordering::Less,
        false => Ordering::Greater,
    })
}
