//! What the audit trail says last of each key, and of what is kept, held against what the store holds.

use crate::{
    audit::{
        action::AuditAction,
        entry::{AuditEntry, key_text},
        key_state::json,
        report::AuditFault,
    },
    record::{
        key_list::KeyList,
        key_record::{KeyRecord, StoredKey},
    },
};
use central_logger_client_records::{
    ClientBook,
    quota::Quota,
    settings::{ClientSettings, UNSET},
};
use central_logger_keys::{ClientId, KeyHasher, KeyId, Seal, SealCheck, SealPurpose};
use serde_json::{Map, Value};
use std::collections::{BTreeMap, BTreeSet};

type Members = Map<String, Value>;

#[derive(Debug, Default)]
pub(crate) struct LastWords {
    keys: BTreeMap<KeyId, Word>,
    quotas: BTreeMap<ClientId, Members>,
    /// As the trail writes it; without a client, of all.
    retention: BTreeMap<Option<ClientId>, Value>,
    /// As the trail writes them; without a client, the policy of all.
    clients: BTreeMap<Option<ClientId>, Value>,
    has_begun: bool,
    /// Whether there is a word on every key.
    pub(crate) is_complete: bool,
}

#[derive(Debug)]
struct Word {
    sequence: u64,
    client_id: Option<ClientId>,
    /// The key as JSON.
    state: String,
    /// The seals of the key, and the states that they are over, since it was last hashed.
    seals: Vec<(Seal, String)>,
}

impl LastWords {
    /// Takes note of an entry, and gives what does not go with what was said before. `is_trusted` tells
    /// whether it was sealed as it should have been.
    pub(crate) fn note(&mut self, entry: &AuditEntry, is_trusted: bool) -> Vec<AuditFault> {
        // From its first entry on, or not before all keys were taken up.
        if !self.has_begun {
            self.has_begun = true;
            self.is_complete = entry.key_seal.is_some();
        }
        let is_baseline = entry.action == AuditAction::Baseline;
        let mut faults = Vec::new();
        if is_baseline && self.is_complete {
            faults.push(AuditFault::TakenUpAgain {
                sequence: entry.sequence,
            });
        }
        let Some(id) = &entry.key_id else {
            self.note_of_store(entry);
            return faults;
        };
        let before = self.keys.remove(id);
        faults.extend(before.as_ref().and_then(|word| word.contradicted_by(entry)));
        let mut seals = before.map(|word| word.seals).unwrap_or_default();
        if let Some(seal) = entry.key_seal.filter(|_| is_trusted) {
            if entry.action == AuditAction::Rehash {
                seals.clear();
            }
            seals.push((seal, entry.after.clone()));
        }
        if let (true, Some(client)) = (
            is_baseline || entry.action == AuditAction::Quota,
            &entry.client_id,
        ) {
            let quota = quota_of(&members(&entry.after));
            self.quotas.insert(client.clone(), quota);
        }
        let word = Word {
            sequence: entry.sequence,
            client_id: entry.client_id.clone(),
            state: entry.after.clone(),
            seals,
        };
        self.keys.insert(id.clone(), word);
        faults
    }

    fn note_of_store(&mut self, entry: &AuditEntry) {
        let after = members(&entry.after);
        match entry.action {
            AuditAction::Retention => {
                let keep = after.get("keep").cloned().unwrap_or_default();
                self.retention.insert(entry.client_id.clone(), keep);
            }
            AuditAction::Quota => {
                let quotas = entry.client_id.clone().map(|id| (id, quota_of(&after)));
                self.quotas.extend(quotas);
            }
            AuditAction::Client => {
                let said = serde_json::from_str(&entry.after).unwrap_or_default();
                self.clients.insert(entry.client_id.clone(), said);
            }
            AuditAction::Baseline => {
                self.is_complete = true;
                let retention = after.get("retention").cloned().unwrap_or_default();
                let clients = retention.get("clients").and_then(Value::as_object);
                let clients = clients.into_iter().flatten();
                let terms = clients.map(|(id, keep)| (id.parse().ok(), keep.clone()));
                self.retention = terms.collect();
                let for_all = retention.get("for_all").cloned().unwrap_or_default();
                self.retention.insert(None, for_all);
            }
            _ => {}
        }
    }

    /// Whether an entry takes nothing but access away from what the trail said before of its key.
    pub(crate) fn only_loses_access(&self, entry: &AuditEntry) -> bool {
        let word = entry.key_id.as_ref().and_then(|id| self.keys.get(id));
        let Some(word) = word else {
            // From before the trail had a word on each key.
            return !self.is_complete;
        };
        let (before, after) = (members(&word.state), members(&entry.after));
        let is_loss = |name: &String| match &**name {
            "is_active" => after.get("is_active") == Some(&Value::Bool(false)),
            "revoked_at" => before.get("revoked_at") == Some(&Value::Null),
            "revoked_reason" => before.get("revoked_at") == Some(&Value::Null),
            "provider_set" => set_by_provider(&before).is_subset(&set_by_provider(&after)),
            _ => false,
        };
        word.client_id == entry.client_id && differing(&before, &after).iter().all(is_loss)
    }

    /// What the store holds of keys otherwise than the trail says, and how many keys are sealed under a pepper
    /// that is not at hand.
    pub(crate) fn compare(
        &self,
        hasher: &KeyHasher,
        keys: &KeyList<StoredKey>,
    ) -> (Vec<AuditFault>, u64) {
        let (mut faults, mut unchecked) = (Vec::new(), 0);
        for key in &keys.records {
            let id = &key.record.id;
            let Some(word) = self.keys.get(id) else {
                faults.push(AuditFault::Unentered { key_id: id.clone() });
                continue;
            };
            let mut differs = word.differing(&key.record);
            differs.extend(self.quota_differing(&key.record));
            match word.check(hasher, key) {
                SealCheck::Intact => {}
                SealCheck::UnknownPepper => unchecked += 1,
                SealCheck::Broken => differs.push("key_hash or fingerprint".to_owned()),
            }
            if !differs.is_empty() {
                faults.push(AuditFault::Key {
                    key_id: id.clone(),
                    sequence: word.sequence,
                    differs,
                });
            }
        }
        let unreadable = keys.unreadable.iter();
        faults.extend(unreadable.clone().map(|key| AuditFault::Unreadable {
            key_id: key.id.clone(),
            reason: key.reason.clone(),
        }));
        let readable = keys.records.iter().map(|key| key.record.id.as_str());
        let present: BTreeSet<_> = readable
            .chain(unreadable.map(|key| key.id.as_str()))
            .collect();
        let gone = self.keys.keys();
        let gone = gone.filter(|id| !present.contains(id.as_str()));
        faults.extend(gone.map(|id| AuditFault::Gone { key_id: id.clone() }));
        (faults, unchecked)
    }

    /// What the store holds of clients otherwise than the trail says.
    pub(crate) fn compare_settings(
        &self,
        keys: &KeyList<StoredKey>,
        retention: &ClientSettings,
        clients: &ClientBook,
    ) -> Vec<AuditFault> {
        let mut faults = self.retention_differing(retention);
        faults.extend(self.quotas_without_keys_differing(keys, clients));
        faults.extend(self.clients_differing(clients));
        faults
    }

    /// Other quotas are compared with the keys.
    fn quotas_without_keys_differing(
        &self,
        keys: &KeyList<StoredKey>,
        clients: &ClientBook,
    ) -> Vec<AuditFault> {
        let records = keys.records.iter();
        let with_keys: BTreeSet<_> = records.filter_map(|key| key.record.client()).collect();
        let named: BTreeSet<_> = self.quotas.keys().chain(clients.quotas.keys()).collect();
        let none = value_members(&Quota::default());
        let differs = |client: &&ClientId| {
            let said = self.quotas.get(*client).unwrap_or(&none);
            value_members(&clients.quota(client)) != *said
        };
        let named = named
            .into_iter()
            .filter(|client| !with_keys.contains(client));
        let differing = named.filter(differs).cloned();
        differing
            .map(|client_id| AuditFault::Quota { client_id })
            .collect()
    }

    fn clients_differing(&self, clients: &ClientBook) -> Vec<AuditFault> {
        let mut named: BTreeSet<Option<ClientId>> = self.clients.keys().cloned().collect();
        named.extend(clients.records.keys().cloned().map(Some));
        named.insert(None);
        let unset = ClientBook::default();
        let differs = |client: &Option<ClientId>| {
            let client = client.as_ref();
            let value = |text: String| serde_json::from_str::<Value>(&text).unwrap_or_default();
            let said = self.clients.get(&client.cloned()).cloned();
            let said = said.unwrap_or_else(|| value(unset.said_of(client)));
            value(clients.said_of(client)) != said
        };
        let differing = named.into_iter().filter(differs);
        differing
            .map(|client_id| AuditFault::Client { client_id })
            .collect()
    }

    fn quota_differing(&self, record: &KeyRecord) -> Vec<String> {
        let none = || quota_of(&value_members(&Quota::default()));
        let said = record.client().and_then(|client| self.quotas.get(client));
        let said = said.cloned().unwrap_or_else(none);
        let held = value_members(&record.quota);
        let differs = |name: &&String| held.get(*name) != said.get(*name);
        held.keys().filter(differs).cloned().collect()
    }

    fn retention_differing(&self, retention: &ClientSettings) -> Vec<AuditFault> {
        let mut clients: BTreeSet<Option<ClientId>> = self.retention.keys().cloned().collect();
        clients.extend(retention.clients.keys().cloned().map(Some));
        clients.insert(None);
        let differs = |client: &Option<ClientId>| {
            let unset = match client {
                None => Value::from(UNSET),
                Some(_) => Value::Null,
            };
            let held = serde_json::json!(retention.said_of(client.as_ref()));
            held != *self.retention.get(client).unwrap_or(&unset)
        };
        let differing = clients.into_iter().filter(differs);
        differing
            .map(|client_id| AuditFault::Retention { client_id })
            .collect()
    }
}

impl Word {
    fn differing(&self, record: &KeyRecord) -> Vec<String> {
        let mut differs = differing(&members(&self.state), &members(&json(record)));
        if self.client_id.as_ref() != record.client() {
            differs.push("client_id".to_owned());
        }
        differs
    }

    /// What an entry found changed of the key that it changed.
    fn contradicted_by(&self, entry: &AuditEntry) -> Option<AuditFault> {
        // Older programs told less of a key.
        let (before, _) = entry.before.as_ref().zip(entry.key_seal)?;
        self.seals.last()?;
        let mut differs = differing(&members(&self.state), &members(before));
        if self.client_id != entry.client_id {
            differs.push("client_id".to_owned());
        }
        (!differs.is_empty()).then_some(AuditFault::Key {
            key_id: entry.key_id.clone()?,
            sequence: self.sequence,
            differs,
        })
    }

    /// Holds the hash of the key against its seals: it is the same in all of them.
    fn check(&self, hasher: &KeyHasher, key: &StoredKey) -> SealCheck {
        let checks = self.seals.iter().map(|(seal, state)| {
            // What else differs is told by its name.
            let client = self.client_id.as_ref();
            let text = key_text(Some(&key.record.id), client, Some(&key.proof), state);
            hasher.check_seal(SealPurpose::Key, &text, seal)
        });
        let mut found = None;
        for check in checks {
            found = match (found, check) {
                (_, SealCheck::Broken) => return SealCheck::Broken,
                // One that can be checked is enough.
                (Some(SealCheck::Intact), _) => Some(SealCheck::Intact),
                (_, check) => Some(check),
            };
        }
        found.unwrap_or(SealCheck::UnknownPepper)
    }
}

/// The names of what differs, but for the quota, which is its client's.
fn differing(one: &Members, other: &Members) -> Vec<String> {
    let quota = value_members(&Quota::default());
    let names: BTreeSet<_> = one.keys().chain(other.keys()).collect();
    let differs = |name: &&String| match name.as_str() {
        "provider_set" => false,
        name => !quota.contains_key(name) && one.get(name) != other.get(name),
    };
    let mut differing: Vec<_> = names.into_iter().filter(differs).cloned().collect();
    if set_by_provider(one) != set_by_provider(other) {
        differing.push("provider_set".to_owned());
    }
    differing
}

/// What the provider has set, which a state tells only where it is not everything that is set.
fn set_by_provider(state: &Members) -> BTreeSet<String> {
    if let Some(Value::Array(names)) = state.get("provider_set") {
        let names = names.iter().filter_map(Value::as_str);
        return names.map(str::to_owned).collect();
    }
    let is_set = |name: &str, unset: Value| state.get(name).is_some_and(|told| *told != unset);
    let all = [
        ("networks", is_set("allowed_from", Value::Array(Vec::new()))),
        ("rate", is_set("rate_limit", Value::Null)),
        ("expiry", is_set("expires_at", Value::Null)),
        ("inactive", is_set("is_active", Value::Bool(true))),
    ];
    let set = all.into_iter().filter(|(_, is_set)| *is_set);
    set.map(|(name, _)| name.to_owned()).collect()
}

fn quota_of(state: &Members) -> Members {
    let names = value_members(&Quota::default());
    let members = names
        .keys()
        .map(|name| (name.clone(), state.get(name).cloned().unwrap_or_default()));
    members.collect()
}

/// Nothing of what somebody has made unreadable.
fn members(json: &str) -> Members {
    serde_json::from_str(json).unwrap_or_default()
}

fn value_members(quota: &Quota) -> Members {
    match serde_json::json!(quota) {
        Value::Object(members) => members,
        _ => Members::new(),
    }
}
