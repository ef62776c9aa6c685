//! What is remembered of requests.

use super::{CREATED, draft_on, generated, new_client};
use crate::{
    audit::action::AuditAction,
    error::KeyStoreError,
    receipt::{NamedRequest, Receipt},
    record::key_record::StoredKey,
    store::KeyAdmin,
};
use central_logger_keys::{KeyHasher, KeyId};
use time::{Duration, OffsetDateTime};

/// Checks that a receipt is kept with its change, and names the keys.
pub async fn keeps_a_receipt_with_its_change(store: &dyn KeyAdmin) {
    let (request, key) = (new_request(), generated(&new_client()));
    assert_eq!(store.receipt(request.id()).await.unwrap(), None);
    issue(store, &request, &key, CREATED).await.unwrap();
    let receipt = store.receipt(request.id()).await.unwrap().unwrap();
    assert_eq!((&receipt.id[..], receipt.at), (request.id(), CREATED));
    assert_eq!(receipt.keys, [key.record.id]);
    let hasher = KeyHasher::new();
    assert!(request.is_repeat_of(&receipt, &hasher));
    let other = NamedRequest::new("key", "route", "name", b"another");
    assert!(!other.is_repeat_of(&receipt, &hasher));
}

/// Checks that a change is not made again while its receipt is remembered, and nothing of it is left then.
pub async fn makes_a_change_once_while_it_is_remembered(store: &dyn KeyAdmin) {
    let request = new_request();
    let [first, second, third] = [(); 3].map(|()| generated(&new_client()));
    issue(store, &request, &first, CREATED).await.unwrap();
    let almost = CREATED + Receipt::REMEMBERED - Duration::SECOND;
    let refused = issue(store, &request, &second, almost).await;
    assert!(matches!(refused, Err(KeyStoreError::Stale)), "{refused:?}");
    assert!(store.find(&second.record.id).await.unwrap().is_none());
    let over = CREATED + Receipt::REMEMBERED;
    issue(store, &request, &third, over).await.unwrap();
    let receipt = store.receipt(request.id()).await.unwrap().unwrap();
    assert_eq!((receipt.keys, receipt.at), (vec![third.record.id], over));
}

/// Checks that a change that fails leaves no receipt, and one without an outcome leaves one.
pub async fn remembers_what_was_done(store: &dyn KeyAdmin) {
    let (request, key) = (new_request(), generated(&new_client()));
    issue(store, &new_request(), &key, CREATED).await.unwrap();
    let refused = issue(store, &request, &key, CREATED).await;
    assert!(
        matches!(refused, Err(KeyStoreError::IdExists(_))),
        "{refused:?}"
    );
    assert_eq!(store.receipt(request.id()).await.unwrap(), None);

    let state = store.state().await.unwrap();
    let draft = draft_on(&state);
    let receipt = request.receipt(&KeyHasher::new(), CREATED);
    let nothing = draft.remembered_as(Some(receipt)).finish().unwrap();
    store.commit(&nothing).await.unwrap();
    assert_eq!(store.head().await.unwrap(), state.head, "no entry");
    let receipt = store.receipt(request.id()).await.unwrap().unwrap();
    assert_eq!(receipt.keys, Vec::<KeyId>::new());
}

/// Checks that old receipts are deleted, and no others.
pub async fn deletes_old_receipts(store: &dyn KeyAdmin) {
    let (old, new) = (new_request(), new_request());
    issue(store, &old, &generated(&new_client()), CREATED)
        .await
        .unwrap();
    let later = CREATED + Duration::HOUR;
    issue(store, &new, &generated(&new_client()), later)
        .await
        .unwrap();
    while store.delete_receipts(later).await.unwrap() > 0 {}
    assert_eq!(store.receipt(old.id()).await.unwrap(), None);
    assert!(store.receipt(new.id()).await.unwrap().is_some());
}

fn new_request() -> NamedRequest {
    let name = KeyId::generate().unwrap();
    NamedRequest::new("key", "route", name.as_str(), b"body")
}

async fn issue(
    store: &dyn KeyAdmin,
    request: &NamedRequest,
    key: &StoredKey,
    at: OffsetDateTime,
) -> Result<(), KeyStoreError> {
    let state = store.state().await?;
    let receipt = request.receipt(&KeyHasher::new(), at);
    let mut draft = draft_on(&state).remembered_as(Some(receipt));
    draft.add(key.clone(), AuditAction::Issue);
    store.commit(&draft.finish().unwrap()).await
}
