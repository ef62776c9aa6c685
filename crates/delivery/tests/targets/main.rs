//! Targets against stubs that are held to the documentation of each system, with a fault at every call.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

mod aws;
mod azure;
mod rotations;
mod stub;
mod vault;

use central_logger_delivery::{
    OpenTarget, Parcel, Secret, Target, TargetError, Targets, ValueTemplate, Variables, version_of,
};
use central_logger_keys::{ApiKey, ClientId, KeyEnvironment, KeyPrefix};
use central_logger_times::SystemClock;
use std::{collections::BTreeMap, sync::Arc};
use stub::{Failure, Stub};
use time::macros::datetime;
use uuid::Uuid;

const STORE: &str = "store-1";

pub(crate) fn new_key() -> ApiKey {
    ApiKey::generate(&KeyPrefix::default(), KeyEnvironment::Live).unwrap()
}

/// Opens a target with these variables and no others.
pub(crate) fn open<const N: usize>(
    name: &str,
    variables: [(&str, String); N],
) -> Result<Box<dyn Target>, TargetError> {
    let variables: BTreeMap<_, _> = variables
        .map(|(name, value)| (name.to_owned(), value))
        .into();
    let variables = Variables::from_fn(move |name| variables.get(name).cloned());
    Targets::new(variables, Arc::new(SystemClock)).open(&name.parse()?, &ValueTemplate::default())
}

pub(crate) fn version(key: &ApiKey) -> Uuid {
    version_of(STORE, key.key_id().unwrap())
}

pub(crate) async fn put(target: &dyn Target, key: &ApiKey) -> Result<(), TargetError> {
    let client_id: ClientId = "acme".parse().unwrap();
    let parcel = Parcel {
        api_key: key,
        key_id: key.key_id().unwrap(),
        client_id: &client_id,
        version: version(key),
        api_url: "https://logs.example.com/api/v1/logs",
        expires_at: Some(datetime!(2026-06-01 0:00 UTC)),
    };
    target.put(&parcel).await
}

pub(crate) async fn holds(target: &dyn Target, key: &ApiKey) -> bool {
    let current = target.current().await.unwrap();
    current.is_some_and(|current| current.is_key(key))
}

/// Fails each call of a second write in turn, in each way, and checks what is said of it: a key that may be read
/// must never be called unwritten. Then what was begun is completed, as the next run does.
pub(crate) async fn survives_every_fault(
    stub: impl AsyncFn() -> Stub,
    open: impl Fn(&Stub) -> Box<dyn Target>,
) {
    let calls = {
        let stub = stub().await;
        put(&*open(&stub), &new_key()).await.unwrap();
        let before = stub.calls();
        put(&*open(&stub), &new_key()).await.unwrap();
        stub.calls() - before
    };
    for call in 0..calls {
        for failure in Failure::ALL {
            let stub = stub().await;
            let (first, second) = (new_key(), new_key());
            put(&*open(&stub), &first).await.unwrap();
            stub.fail(call, failure);
            let written = put(&*open(&stub), &second).await;
            stub.fail_no_more();
            let target = open(&stub);
            let is_there = holds(&*target, &second).await;
            let what = format!("call {call}, {failure:?}: {written:?}");
            match &written {
                Ok(()) => assert!(is_there, "{what}"),
                Err(error) if error.may_be_written() => {
                    assert!(is_there || holds(&*target, &first).await, "{what}");
                }
                Err(_) => assert!(holds(&*target, &first).await && !is_there, "{what}"),
            }
            let staged = target.staged(version(&second)).await.unwrap();
            if !is_there && staged.is_some_and(|staged| staged.is_key(&second)) {
                target.promote(version(&second)).await.unwrap();
                assert!(holds(&*target, &second).await, "{what}");
            }
            let third = new_key();
            put(&*target, &third).await.unwrap();
            assert!(holds(&*target, &third).await, "{what}");
        }
    }
}

/// No error repeats a secret.
pub(crate) fn says_nothing_secret(error: &TargetError, secrets: &[&str]) {
    let mut said = format!("{error:?} {error}");
    let mut source = std::error::Error::source(error);
    while let Some(cause) = source {
        said += &format!(" {cause}");
        source = cause.source();
    }
    for secret in secrets {
        assert!(!said.contains(secret), "{said}");
    }
}

pub(crate) fn text(secret: Option<Secret>) -> Option<String> {
    secret.map(|secret| secret.expose().to_owned())
}
