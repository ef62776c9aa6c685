//! A target that does what a test says.

use async_trait::async_trait;
use central_logger_delivery::{
    CallError, OpenTarget, Parcel, Secret, Target, TargetError, TargetName, ValueTemplate,
};
use std::{
    collections::BTreeMap,
    future::pending,
    sync::{Arc, Mutex},
};
use uuid::Uuid;

/// What goes wrong with the next write.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Fault {
    /// It is refused.
    Refused,
    /// The answer is lost, and the value was written.
    LostAfter,
    /// The answer is lost, and the value was not written.
    LostBefore,
    /// The value is staged, and the program ends before it is the current one.
    CrashStaged,
    /// The program ends before the value is written.
    CrashBefore,
    /// The program ends after the value was written.
    CrashAfter,
    /// Somebody else writes right after.
    Overwritten,
}

/// All that a fake holds, by the name of the target.
#[derive(Clone, Default)]
pub(crate) struct Fakes(Arc<Mutex<BTreeMap<String, Held>>>);

#[derive(Debug, Clone, Default)]
pub(crate) struct Held {
    pub(crate) current: Option<String>,
    staged: BTreeMap<Uuid, String>,
    pub(crate) fault: Option<Fault>,
    /// Whether it cannot be read.
    pub(crate) is_unreadable: bool,
    /// How often it was written.
    pub(crate) writes: usize,
}

struct Fake {
    name: String,
    all: Fakes,
}

impl Fakes {
    pub(crate) fn with<T>(&self, name: &str, act: impl FnOnce(&mut Held) -> T) -> T {
        let mut all = self.0.lock().unwrap();
        act(all.entry(name.to_owned()).or_default())
    }
}

impl OpenTarget for Fakes {
    fn open(&self, name: &TargetName, _: &ValueTemplate) -> Result<Box<dyn Target>, TargetError> {
        let (name, all) = (name.to_string(), self.clone());
        Ok(Box::new(Fake { name, all }))
    }
}

fn refused() -> CallError {
    let code = "AccessDenied".to_owned();
    CallError::Status { status: 403, code }
}

#[async_trait]
impl Target for Fake {
    async fn current(&self) -> Result<Option<Secret>, TargetError> {
        self.all.with(&self.name, |held| match held.is_unreadable {
            true => Err(TargetError::Read(refused())),
            false => Ok(held.current.clone().map(Secret::from)),
        })
    }

    async fn put(&self, parcel: &Parcel<'_>) -> Result<(), TargetError> {
        let key = parcel.api_key.expose_secret().to_owned();
        let fault = self.all.with(&self.name, |held| {
            let fault = held.fault.take();
            match fault {
                Some(Fault::Refused | Fault::LostBefore | Fault::CrashBefore) => {}
                Some(Fault::CrashStaged) => drop(held.staged.insert(parcel.version, key)),
                Some(Fault::Overwritten) => held.current = Some("somebody-else".to_owned()),
                None | Some(Fault::LostAfter | Fault::CrashAfter) => {
                    held.current = Some(key);
                    held.writes += 1;
                }
            }
            fault
        });
        match fault {
            None | Some(Fault::Overwritten) => Ok(()),
            Some(Fault::Refused) => Err(TargetError::Write(refused())),
            Some(Fault::LostAfter | Fault::LostBefore) => {
                Err(TargetError::Write(CallError::Timeout))
            }
            Some(Fault::CrashStaged | Fault::CrashBefore | Fault::CrashAfter) => pending().await,
        }
    }

    async fn staged(&self, version: Uuid) -> Result<Option<Secret>, TargetError> {
        self.all.with(&self.name, |held| {
            Ok(held.staged.get(&version).cloned().map(Secret::from))
        })
    }

    async fn promote(&self, version: Uuid) -> Result<(), TargetError> {
        self.all.with(&self.name, |held| {
            held.current = held.staged.get(&version).cloned();
        });
        Ok(())
    }

    async fn check(&self) -> Result<(), TargetError> {
        self.current().await.map(drop)
    }
}
