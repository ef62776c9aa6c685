use crate::{LimitId, Rule, SharedLimit};
use std::{
    collections::HashMap,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
};

/// The limits that are in use.
#[derive(Debug, Default)]
pub(crate) struct Registry(Mutex<Registered>);

#[derive(Debug, Default)]
struct Registered {
    by_id: HashMap<LimitId, Arc<SharedLimit>>,
    /// Those with a share; there may be several of one id for a while.
    renewed: Vec<Arc<SharedLimit>>,
    /// With how many those are forgotten that nobody names any more.
    sweep_at: usize,
}

/// Fewer are never swept.
const MANY: usize = 4096;

impl Registry {
    /// Returns the limit of a name, made by `make` if there is none with that rule.
    pub(crate) fn limit(
        &self,
        id: &LimitId,
        rule: Rule,
        make: impl FnOnce(Option<&SharedLimit>) -> SharedLimit,
    ) -> Arc<SharedLimit> {
        let mut registered = self.lock();
        let known = registered.by_id.get(id);
        if let Some(known) = known.filter(|known| known.rule() == rule) {
            return Arc::clone(known);
        }
        let made = Arc::new(make(known.map(|known| &**known)));
        if registered.by_id.len() >= registered.sweep_at.max(MANY) {
            let is_in_use =
                |limit: &Arc<SharedLimit>| limit.is_renewed() || Arc::strong_count(limit) > 1;
            registered.by_id.retain(|_, limit| is_in_use(limit));
            registered.sweep_at = 2 * registered.by_id.len();
        }
        registered.by_id.insert(id.clone(), Arc::clone(&made));
        made
    }

    /// Renews it from now on.
    pub(crate) fn renew(&self, limit: &Arc<SharedLimit>) {
        if !limit.is_renewed() {
            let mut registered = self.lock();
            if !limit.set_renewed(true) {
                registered.renewed.push(Arc::clone(limit));
            }
        }
    }

    /// Forgets a limit that holds nothing.
    pub(crate) fn release(&self, limit: &SharedLimit) {
        let mut registered = self.lock();
        limit.set_renewed(false);
        let is_other = |each: &Arc<SharedLimit>| each.part() != limit.part();
        registered.renewed.retain(is_other);
        // Those that keys in memory still name are found again.
        if let Some(known) = registered.by_id.get(limit.id())
            && !is_other(known)
            && Arc::strong_count(known) <= 2
        {
            registered.by_id.remove(limit.id());
        }
    }

    pub(crate) fn renewed(&self) -> Vec<Arc<SharedLimit>> {
        self.lock().renewed.clone()
    }

    fn lock(&self) -> MutexGuard<'_, Registered> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
