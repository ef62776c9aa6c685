//! Revoking several keys in one step.

use super::{fixture, issue};
use central_logger_key_store::{AuditTrail, KeyMaker, NewKey, authority::ProviderAuthority};
use central_logger_keyring::{KeySelection, KeyringError};
use central_logger_keys::{KeyId, KeyPrefix};
use std::{collections::BTreeSet, sync::Arc};

#[tokio::test]
async fn keys_are_revoked_together_with_what_they_have_made() {
    let f = fixture();
    let (root, bystander) = (f.issue(None).await, f.issue(None).await);
    let child = f.made_by(&root, None).await;
    let grandchild = f.made_by(&child, None).await;
    // The chain goes through a key that is gone already.
    let one = KeySelection::Id(child.id.clone());
    f.provider.revoke(&one, None).await.unwrap().at_commit();

    let all = KeySelection::WithMade(vec![root.id.clone()]);
    let head = f.store.head().await.unwrap().sequence;
    let revoked = f.provider.revoke(&all, None).await.unwrap().at_commit();
    assert_eq!(revoked, [root.id, grandchild.id.clone()]);
    assert_eq!(f.store.audit(head, 10).await.unwrap().len(), 2);
    assert!(f.get(&bystander.id).await.revoked_at.is_none());

    // A key of the provider has made keys of any client.
    let new = NewKey::for_provider();
    let program = f.provider.issue(&KeyPrefix::default(), new).await;
    let program = program.unwrap().record;
    let authority = ProviderAuthority {
        maker: KeyMaker::Key(program.id.clone()),
    };
    let made = issue(
        &f.provider.clone().with_authority(Arc::new(authority)),
        None,
    )
    .await;
    let made_by_made = f.made_by(&made, None).await;
    let all = KeySelection::WithMade(vec![program.id.clone()]);
    let revoked = f.provider.revoke(&all, None).await.unwrap().at_commit();
    let expected = BTreeSet::from([program.id, made.id, made_by_made.id]);
    assert_eq!(revoked.into_iter().collect::<BTreeSet<_>>(), expected);
    f.is_sound().await;
}

#[tokio::test]
async fn many_keys_are_revoked_in_one_step_or_none_is() {
    let f = fixture();
    let (one, other) = (f.issue(None).await, f.issue(None).await);
    let unknown: KeyId = "4fzyo82mvyi1".parse().unwrap();
    let ids = vec![one.id.clone(), other.id.clone(), one.id.clone()];
    let with_unknown = [&ids[..], &[unknown]].concat();
    let refused = f
        .provider
        .revoke(&KeySelection::Ids(with_unknown), None)
        .await;
    assert!(matches!(refused, Err(KeyringError::UnknownKey(_))));
    let too_many = vec![one.id.clone(); KeySelection::MOST + 1];
    let refused = f.provider.revoke(&KeySelection::Ids(too_many), None).await;
    assert!(matches!(refused, Err(KeyringError::TooManyKeys)));
    assert!(f.get(&one.id).await.revoked_at.is_none());
    let revoked = f.provider.revoke(&KeySelection::Ids(ids), None).await;
    assert_eq!(revoked.unwrap().at_commit().len(), 2);
    assert!(f.get(&other.id).await.revoked_at.is_some());
}
