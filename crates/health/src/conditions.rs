use central_logger_text::Report;
use std::{
    collections::{BTreeMap, BTreeSet},
    error::Error,
    fmt, iter,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
};

/// What keeps a program from doing its work at the moment: named conditions, each held and lifted by
/// the code that detects it. A program is ready while none is held.
///
/// Each change is written to the log once, with its details. Callers from outside get the reasons,
/// which say nothing of the program's inside.
///
/// # Examples
///
/// ```
/// use central_logger_health::Conditions;
///
/// let conditions = Conditions::default();
/// let reason = "The clock of this server is wrong";
/// conditions.hold("clock", reason, "it is 61 s ahead of the database's");
/// assert_eq!(conditions.reasons(), [reason]);
/// conditions.lift("clock");
/// assert!(conditions.reasons().is_empty());
/// ```
#[derive(Debug, Clone, Default)]
pub struct Conditions(Arc<Mutex<BTreeMap<&'static str, &'static str>>>);

/// Why a store cannot be worked with, in words that anybody may read; the source has the details.
///
/// A store gives it as a source of its errors. [`Unready::reason_of`] finds it there.
///
/// # Examples
///
/// ```
/// use central_logger_health::Unready;
///
/// #[derive(Debug, thiserror::Error)]
/// #[error("the store is not available")]
/// struct Unavailable(#[source] Unready);
///
/// let full = Unready::new("The disk is full", "write error 28 at /var/lib/keys.db");
/// let error = Unavailable(full);
/// assert_eq!(Unready::reason_of(&error), Some("The disk is full"));
/// ```
#[derive(Debug, thiserror::Error)]
#[error("{reason}")]
pub struct Unready {
    reason: &'static str,
    #[source]
    detail: Box<dyn Error + Send + Sync>,
}

impl Conditions {
    /// Says that the condition `name` holds. Anybody may read `reason`; `detail` is for the log only.
    pub fn hold(&self, name: &'static str, reason: &'static str, detail: impl fmt::Display) {
        if self.lock().insert(name, reason) != Some(reason) {
            tracing::error!(condition = name, reason, %detail, "not ready");
        }
    }

    /// Says that the condition `name` does not hold any more.
    pub fn lift(&self, name: &'static str) {
        if let Some(reason) = self.lock().remove(name) {
            tracing::info!(condition = name, reason, "no longer so");
        }
    }

    /// Holds the condition `name` because of `error`, or lifts it when there is none. Anybody is told
    /// what the error has for them, else `otherwise`.
    pub fn note<E: Error + 'static>(
        &self,
        name: &'static str,
        otherwise: &'static str,
        error: Option<&E>,
    ) {
        match error {
            Some(error) => {
                let reason = Unready::reason_of(error).unwrap_or(otherwise);
                self.hold(name, reason, Report(error));
            }
            None => self.lift(name),
        }
    }

    /// The reasons of all conditions that hold, each once.
    pub fn reasons(&self) -> Vec<&'static str> {
        let reasons: BTreeSet<_> = self.lock().values().copied().collect();
        reasons.into_iter().collect()
    }

    fn lock(&self) -> MutexGuard<'_, BTreeMap<&'static str, &'static str>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Unready {
    /// With a reason for everybody and its detail for the log.
    pub fn new(reason: &'static str, detail: impl Into<Box<dyn Error + Send + Sync>>) -> Self {
        let detail = detail.into();
        Self { reason, detail }
    }

    /// The reason that an error or one of its sources has for everybody.
    pub fn reason_of(error: &(dyn Error + 'static)) -> Option<&'static str> {
        iter::successors(Some(error), |&error| error.source())
            .find_map(|error| {
                let shared = error.downcast_ref::<Arc<dyn Error + Send + Sync>>();
                match shared {
                    Some(shared) => (**shared).downcast_ref::<Self>(),
                    None => error.downcast_ref::<Self>(),
                }
            })
            .map(|unready| unready.reason)
    }
}
