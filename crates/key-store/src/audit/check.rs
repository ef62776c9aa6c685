use crate::{
    audit::{
        action::AuditAction,
        entry::{AuditEntry, Head},
        last_words::LastWords,
        report::{AuditFault, AuditReport},
        state::StoreState,
    },
    record::{key_list::KeyList, key_record::StoredKey},
};
use central_logger_client_records::{ClientBook, settings::ClientSettings};
use central_logger_keys::{KeyHasher, SealCheck, SealPurpose};

/// Walks along the audit trail, notes what does not fit, and holds the keys against it.
///
/// # Examples
///
/// ```
/// use central_logger_key_store::{AuditTrail, KeyAdmin, Owners, audit::AuditCheck};
/// use central_logger_keys::KeyHasher;
///
/// # #[tokio::main(flavor = "current_thread")]
/// # async fn main() -> Result<(), Box<dyn std::error::Error>> {
/// # let store = std::sync::Arc::new(central_logger_key_store::MemoryKeys::new());
/// # let hashes = central_logger_hash_pool::HashPool::new(central_logger_keys::KeyHasher::new());
/// # let clock = std::sync::Arc::new(central_logger_times::SystemClock);
/// # let actor = central_logger_key_store::Actor::new("alice@ops");
/// # let keyring = central_logger_keyring::Keyring::new(store.clone(), hashes, clock, actor);
/// # let new = central_logger_key_store::NewKey::for_client("acme_corp".parse()?);
/// # let issued = keyring.issue(&Default::default(), new).await?;
/// let hasher = KeyHasher::new();
/// let mut check = AuditCheck::new(&hasher);
/// for entry in store.audit(0, 1000).await? {
///     check.entry(&entry);
/// }
/// let (state, retention) = (store.state().await?, store.retention().await?);
/// let (keys, clients) = (store.stored(Owners::All).await?, store.clients(None).await?);
/// let report = check.finish(&state, &keys, &retention, &clients);
/// assert_eq!((report.entries, report.keys, report.faults.len()), (1, Some(1), 0));
/// # Ok(())
/// # }
/// ```
#[derive(Debug)]
pub struct AuditCheck<'a> {
    hasher: &'a KeyHasher,
    reached: Head,
    /// The last entry that was not sealed without the pepper.
    vouched: Head,
    /// Unknown after a gap.
    is_chained: bool,
    was_peppered: bool,
    /// Whether a program has written it that seals keys and the end.
    has_key_seals: bool,
    words: LastWords,
    /// What was noted earlier, until it is found.
    noted: Option<Head>,
    report: AuditReport,
}

impl<'a> AuditCheck<'a> {
    /// Begins before the first entry.
    pub fn new(hasher: &'a KeyHasher) -> Self {
        Self {
            hasher,
            reached: Head::default(),
            vouched: Head::default(),
            is_chained: true,
            was_peppered: false,
            has_key_seals: false,
            words: LastWords::default(),
            noted: None,
            report: AuditReport::default(),
        }
    }

    /// Looks also for an end that was noted earlier: only a trail that goes at least so far, and the
    /// same way, has that entry.
    #[must_use]
    pub fn at_least(mut self, noted: Head) -> Self {
        self.noted = (noted != Head::default()).then_some(noted);
        self
    }

    /// Looks at the next entry, in the order of their places.
    pub fn entry(&mut self, entry: &AuditEntry) {
        let expected = self.reached.sequence + 1;
        if entry.sequence > expected {
            self.report.faults.push(AuditFault::Missing {
                sequence: expected,
                until: entry.sequence - 1,
            });
            self.is_chained = false;
        }
        self.report.entries += 1;
        let is_peppered = entry.seal.is_peppered();
        if self.hasher.has_pepper() && !is_peppered {
            self.report.unpeppered += 1;
        }
        // A pepper is never taken away again.
        let lacks_pepper = self.was_peppered && !is_peppered && self.hasher.has_pepper();
        let is_spared = lacks_pepper && self.is_spared(entry);
        let is_altered = lacks_pepper && !is_spared || !self.fits(entry);
        if is_altered {
            self.report.faults.push(AuditFault::Altered {
                sequence: entry.sequence,
            });
        }
        if is_spared && !is_altered {
            self.report.sealed_without_pepper.push(entry.sequence);
        } else {
            self.vouched = entry.head();
        }
        let contradictions = self.words.note(entry, !lacks_pepper);
        self.report.faults.extend(contradictions);
        if self.noted == Some(entry.head()) {
            self.noted = None;
        }
        self.has_key_seals |= entry.key_seal.is_some();
        self.was_peppered |= is_peppered;
        self.is_chained = true;
        self.reached = entry.head();
    }

    /// Whether an entry may do without the pepper.
    fn is_spared(&self, entry: &AuditEntry) -> bool {
        match entry.action {
            AuditAction::Revoke | AuditAction::Disable => self.words.only_loses_access(entry),
            AuditAction::SignOut | AuditAction::WithdrawLink => entry.key_id.is_none(),
            _ => false,
        }
    }

    fn fits(&mut self, entry: &AuditEntry) -> bool {
        if !self.is_chained {
            return true;
        }
        let text = entry.sealed_text(self.reached.seal.as_ref());
        let check = self
            .hasher
            .check_seal(SealPurpose::Entry, &text, &entry.seal);
        if check == SealCheck::UnknownPepper {
            self.report.unchecked += 1;
        }
        check != SealCheck::Broken
    }

    /// Compares the end of the walk with the one that the store has noted, and the keys, terms and records of
    /// clients that it holds with what the trail says of them last.
    pub fn finish(
        mut self,
        state: &StoreState,
        keys: &KeyList<StoredKey>,
        retention: &ClientSettings,
        clients: &ClientBook,
    ) -> AuditReport {
        let (reached, head) = (self.reached, state.head);
        if reached.sequence < head.sequence {
            self.report.faults.push(AuditFault::Missing {
                sequence: reached.sequence + 1,
                until: head.sequence,
            });
        } else if reached != head {
            self.report.faults.push(AuditFault::Unexpected {
                sequence: reached.sequence.min(head.sequence + 1),
            });
        }
        if !self.end_fits(state) {
            self.report.faults.push(AuditFault::End {
                sequence: reached.sequence,
            });
        }
        if let Some(Head { sequence, .. }) = self.noted {
            self.report.faults.push(AuditFault::Behind { sequence });
        }
        if self.words.is_complete || self.report.entries == 0 {
            let (differing, unchecked) = self.words.compare(self.hasher, keys);
            self.report.faults.extend(differing);
            let settings = self.words.compare_settings(keys, retention, clients);
            self.report.faults.extend(settings);
            self.report.unchecked_keys = unchecked;
            self.report.keys = Some(keys.records.len() as u64);
        }
        self.report.end = reached;
        self.report
    }

    fn end_fits(&self, state: &StoreState) -> bool {
        let Some(end) = state.end else {
            // Older programs did not seal it.
            return !self.has_key_seals;
        };
        let text = StoreState::end_text(&state.identity, &self.vouched, state.pepper);
        let check = self.hasher.check_seal(SealPurpose::Head, &text, &end.seal);
        let lacks_pepper = self.was_peppered && !end.seal.is_peppered();
        end.sequence == self.vouched.sequence && check != SealCheck::Broken && !lacks_pepper
    }
}
