//! Keys that are due, and what must be true of them and their successors.

use crate::vault::Vault;
use central_logger_benches::{Failure, Load, Server, issue_to, keyring, keyring_at, request};
use central_logger_client_records::{ClientPatch, Patch};
use central_logger_key_store::{KeyRecord, KeyStatus, Owners};
use central_logger_keyring::{ClientWrite, Keyring};
use central_logger_keys::{ClientId, KeyId};
use central_logger_times::{Clock, ManualClock, SystemClock};
use std::{collections::BTreeMap, sync::Arc};
use time::Duration;

/// How long ago the keys were made.
const AGE: Duration = Duration::days(91);

/// Clients, of which each has a target and in it a key that is due.
pub(crate) struct Keys {
    pub(crate) url: String,
    pub(crate) vault: Vault,
    keyring: Keyring,
    /// The keys that are due, and the paths that they are at.
    due: Vec<(KeyId, String)>,
}

impl Keys {
    pub(crate) async fn set_up(url: &str, clients: usize) -> Result<Self, Failure> {
        let vault = Vault::start()?;
        let clock = Arc::new(ManualClock::new(SystemClock.now() - AGE));
        let of_then = keyring_at(url, clock).await?;
        let mut due = Vec::new();
        for number in 0..clients {
            let client: ClientId = format!("client-{number}").parse()?;
            let path = format!("{client}/logger");
            let patch = ClientPatch {
                deliver: Patch::Set(format!("vault:secret/{path}").parse()?),
                ..ClientPatch::default()
            };
            let set = of_then.set_client(&client, ClientWrite::Set, &patch);
            drop(set.await?.at_commit());
            let issued = issue_to(client.as_str(), &of_then).await?;
            vault.hold(&path, issued.api_key.expose_secret());
            due.push((issued.record.id, path));
            if number % 1000 == 999 {
                eprintln!("{} clients set up", number + 1);
            }
        }
        Ok(Self {
            url: url.to_owned(),
            vault,
            keyring: keyring(url).await?,
            due,
        })
    }

    pub(crate) fn count(&self) -> usize {
        self.due.len()
    }

    /// Checks what must hold at any moment: programs read a key that is accepted.
    pub(crate) async fn check_held(&self) -> Result<(), Failure> {
        for (_, path) in &self.due {
            self.accepted(path).await?;
        }
        Ok(())
    }

    /// Checks that each key has one successor, which its programs read, and counts those that were given up.
    pub(crate) async fn check(&self) -> Result<usize, Failure> {
        let records = self.keyring.list(Owners::All, None).await?.records;
        let mut successors: BTreeMap<&KeyId, Vec<&KeyRecord>> = BTreeMap::new();
        let mut given_up = 0;
        for record in &records {
            match (&record.predecessor, record.revoked_at) {
                (Some(old), None) => successors.entry(old).or_default().push(record),
                (Some(_), Some(_)) => given_up += 1,
                (None, _) => {}
            }
        }
        for (old, path) in &self.due {
            let held = self.accepted(path).await?.id;
            let of_key = successors.get(old).map(Vec::as_slice).unwrap_or_default();
            match of_key {
                [one] if one.id == held && one.pending_target.is_none() => {}
                [_] => return Err(format!("{path} does not hold the successor of {old}").into()),
                _ => return Err(format!("{old} has {} successors", of_key.len()).into()),
            }
        }
        Ok(given_up)
    }

    /// Checks that a server accepts what programs read.
    pub(crate) async fn check_accepted_by_a_server(&self) -> Result<(), Failure> {
        let mut requests = Vec::new();
        for (_, path) in &self.due {
            let held = self.vault.held(path).ok_or("a secret is gone")?;
            requests.push(request("/api/v1/verify", &held));
        }
        let server = Server::start(&self.url, &[]).await?;
        let load = Load {
            address: server.address,
            connections: 16,
            requests: requests.into(),
            rate: 0,
        };
        load.run_once().await?.all(200).map(drop)
    }

    async fn accepted(&self, path: &str) -> Result<KeyRecord, Failure> {
        let held = self.vault.held(path).unwrap_or_default();
        let key = self.keyring.recognise_text(&held).await?;
        let now = SystemClock.now();
        let key = key.filter(|key| key.status(now) == KeyStatus::Active);
        key.ok_or_else(|| format!("no key that is accepted is at {path}").into())
    }
}
