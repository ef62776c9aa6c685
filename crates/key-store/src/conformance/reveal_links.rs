//! Links by which clients get keys that do not exist before.

use super::{CREATED, commit, draft_on, generated, new_client};
use crate::{
    audit::{action::AuditAction, entry::Note},
    draft::Draft,
    error::KeyStoreError,
    record::{key_maker::KeyMaker, key_record::StoredKey, new_key::NewKey},
    reveal_link::{LinkChange, LinkedKey, RevealLink, RevealState, Revelation, Seen},
    store::KeyAdmin,
};
use central_logger_keys::{ClientId, KeyDigest, KeyHasher, KeyId, StoreSalt};
use central_logger_times::Timestamp;
use time::{Duration, OffsetDateTime};

/// Checks that a link is read back as it was made.
pub async fn reads_back_a_reveal_link(store: &dyn KeyAdmin) {
    let client = new_client();
    let new = NewKey {
        name: Some("Acme Corp.".parse().unwrap()),
        scopes: "logs:write".parse().unwrap(),
        environment: "test".parse().unwrap(),
        allowed_from: "192.0.2.0/24".parse().unwrap(),
        rate_limit: Some("100/s".parse().unwrap()),
        expires_at: Some(Timestamp::clamped(CREATED + Duration::days(90))),
        note: Some("for billing".parse().unwrap()),
        ..NewKey::for_client(client.clone())
    };
    let mut link = link_of(&client, LinkedKey::New(new));
    let salt = StoreSalt::from_bytes([7; 16]);
    let digest = KeyDigest::of(b"open sesame");
    link.passphrase = Some(KeyHasher::new().hash_opaque(&digest, salt).unwrap());
    link.made_by = KeyMaker::Key("4fzyo82mvyi1".parse().unwrap());
    add(store, &link).await;

    let read = store.reveal_link(&link.id).await.unwrap().unwrap();
    assert_eq!(format!("{read:?}"), format!("{link:?}"));
    assert_eq!(read.passphrase, link.passphrase);
    let found = store.find_reveal_link(&link.token_hash).await.unwrap();
    assert_eq!(found.unwrap().id, link.id);
    assert!(store.find_reveal_link(&[0; 32]).await.unwrap().is_none());

    let successor = LinkedKey::Successor {
        replaces: "4fzyo82mvyi1".parse().unwrap(),
        grace: Duration::DAY,
        expires_at: None,
    };
    let link = RevealLink {
        mailed_to: Some("ops@acme.example".to_owned()),
        ..link_of(&client, successor)
    };
    add(store, &link).await;
    let read = store.reveal_link(&link.id).await.unwrap().unwrap();
    assert_eq!(format!("{read:?}"), format!("{link:?}"));
}

/// Checks that of two changes that use a link up one is made, with its key, and nothing of the other.
pub async fn uses_a_reveal_link_once(store: &dyn KeyAdmin) {
    let (client, link) = new_link();
    add(store, &link).await;
    let [key, other] = [(); 2].map(|()| generated(&client));
    reveal(store, &link, &key, CREATED).await.unwrap();
    let refused = reveal(store, &link, &other, CREATED).await;
    assert!(matches!(refused, Err(KeyStoreError::Stale)), "{refused:?}");
    assert!(store.find(&other.record.id).await.unwrap().is_none());
    assert!(store.find(&key.record.id).await.unwrap().is_some());
    let read = store.reveal_link(&link.id).await.unwrap().unwrap();
    assert_eq!(read.revealed, Some(revelation(&key, CREATED)));
    assert_eq!(read.state(CREATED), RevealState::Revealed);
}

/// Checks that a link that was withdrawn, or whose time is over, gives no key.
pub async fn gives_no_key_for_a_link_that_has_ended(store: &dyn KeyAdmin) {
    let (client, withdrawn) = new_link();
    add(store, &withdrawn).await;
    withdraw(store, &withdrawn).await;
    let read = store.reveal_link(&withdrawn.id).await.unwrap().unwrap();
    assert_eq!(read.withdrawn_at, Some(CREATED));
    let (_, expired) = new_link();
    add(store, &expired).await;
    let key = generated(&client);
    for (link, at) in [(withdrawn, CREATED), (expired.clone(), expired.valid_until)] {
        let refused = reveal(store, &link, &key, at).await;
        assert!(matches!(refused, Err(KeyStoreError::Stale)), "{refused:?}");
    }
    assert!(store.find(&key.record.id).await.unwrap().is_none());
}

/// Checks that a link whose key was revealed is not withdrawn any more.
pub async fn leaves_a_used_link_as_it_is(store: &dyn KeyAdmin) {
    let (client, link) = new_link();
    add(store, &link).await;
    let key = generated(&client);
    reveal(store, &link, &key, CREATED).await.unwrap();
    withdraw(store, &link).await;
    let read = store.reveal_link(&link.id).await.unwrap().unwrap();
    assert_eq!(read.withdrawn_at, None);
    assert_eq!(read.revealed, Some(revelation(&key, CREATED)));
}

/// Checks that the first look is kept.
pub async fn keeps_the_first_look_at_a_link(store: &dyn KeyAdmin) {
    let (_, link) = new_link();
    add(store, &link).await;
    let first = seen(CREATED, "192.0.2.0/24");
    store.note_opened(&link.id, &first).await.unwrap();
    let later = seen(CREATED + Duration::HOUR, "198.51.100.0/24");
    store.note_opened(&link.id, &later).await.unwrap();
    let read = store.reveal_link(&link.id).await.unwrap().unwrap();
    assert_eq!(read.state(CREATED), RevealState::Opened);
    assert_eq!(read.opened, Some(first));
}

/// Checks that passphrases are counted up to the last that may be tried.
pub async fn counts_passphrases(store: &dyn KeyAdmin) {
    let (client, link) = new_link();
    add(store, &link).await;
    let expired = store.count_try(&link.id, link.valid_until).await.unwrap();
    assert_eq!(expired, None);
    for number in 1..=RevealLink::MOST_TRIES {
        let counted = store.count_try(&link.id, CREATED).await.unwrap();
        assert_eq!(counted, Some(number));
    }
    assert_eq!(store.count_try(&link.id, CREATED).await.unwrap(), None);
    let read = store.reveal_link(&link.id).await.unwrap().unwrap();
    assert_eq!(read.state(CREATED), RevealState::Withdrawn);
    // The last one may have been right.
    let key = generated(&client);
    reveal(store, &link, &key, CREATED).await.unwrap();
}

/// Checks that links are listed, the newest first, those of a client or of all.
pub async fn lists_reveal_links(store: &dyn KeyAdmin) {
    let ((client, old), (other, of_other)) = (new_link(), new_link());
    let key = LinkedKey::New(NewKey::for_client(client.clone()));
    let mut new = link_of(&client, key);
    new.created_at = CREATED + Duration::HOUR;
    for link in [&old, &new, &of_other] {
        add(store, link).await;
    }
    let ids = |links: Vec<RevealLink>| links.into_iter().map(|link| link.id).collect::<Vec<_>>();
    let of_client = store.reveal_links(Some(&client), 10).await.unwrap();
    assert_eq!(ids(of_client), [new.id.clone(), old.id.clone()]);
    let newest = store.reveal_links(Some(&client), 1).await.unwrap();
    assert_eq!(ids(newest), [new.id.clone()]);
    let all = ids(store.reveal_links(None, 1000).await.unwrap());
    assert!(
        [&old, &new, &of_other]
            .iter()
            .all(|link| all.contains(&link.id))
    );

    withdraw(store, &old).await;
    let open = store.open_reveal_links(&client, CREATED).await.unwrap();
    assert_eq!(open, [new.id]);
    let open = store.open_reveal_links(&other, of_other.valid_until).await;
    assert_eq!(open.unwrap(), Vec::<KeyId>::new());
}

/// Checks that links that have ended long ago are deleted, and no others.
pub async fn deletes_old_reveal_links(store: &dyn KeyAdmin) {
    let ((client, old), (_, new)) = (new_link(), new_link());
    let new = RevealLink {
        valid_until: old.valid_until + Duration::MILLISECOND,
        client_id: client,
        ..new
    };
    add(store, &old).await;
    add(store, &new).await;
    store.purge_reveal_links(old.valid_until).await.unwrap();
    assert!(store.reveal_link(&old.id).await.unwrap().is_none());
    assert!(store.reveal_link(&new.id).await.unwrap().is_some());
}

fn new_link() -> (ClientId, RevealLink) {
    let client = new_client();
    let link = link_of(&client, LinkedKey::New(NewKey::for_client(client.clone())));
    (client, link)
}

fn link_of(client: &ClientId, key: LinkedKey) -> RevealLink {
    let id = KeyId::generate().unwrap();
    let mut token_hash = [0; 32];
    let random = id.as_str().bytes().cycle();
    token_hash
        .iter_mut()
        .zip(random)
        .for_each(|(byte, random)| *byte = random);
    RevealLink::new(id, client.clone(), key, token_hash, CREATED, Duration::DAY)
}

fn seen(at: OffsetDateTime, network: &str) -> Seen {
    let network = Some(network.to_owned());
    Seen { at, network }
}

fn revelation(key: &StoredKey, at: OffsetDateTime) -> Revelation {
    Revelation {
        key_id: key.record.id.clone(),
        seen: seen(at, "192.0.2.0/24"),
    }
}

async fn add(store: &dyn KeyAdmin, link: &RevealLink) {
    let add = |draft: &mut Draft<'_>| {
        note(draft, AuditAction::RevealLink);
        draft.change.links = Some(LinkChange::Add(Box::new(link.clone())));
    };
    commit(store, add).await.unwrap();
}

async fn withdraw(store: &dyn KeyAdmin, link: &RevealLink) {
    let withdraw = |draft: &mut Draft<'_>| {
        note(draft, AuditAction::WithdrawLink);
        let (ids, at) = (vec![link.id.clone()], CREATED);
        draft.change.links = Some(LinkChange::Withdraw { ids, at });
    };
    commit(store, withdraw).await.unwrap();
}

async fn reveal(
    store: &dyn KeyAdmin,
    link: &RevealLink,
    key: &StoredKey,
    at: OffsetDateTime,
) -> Result<(), KeyStoreError> {
    let state = store.state().await?;
    let mut draft = draft_on(&state);
    draft.add(key.clone(), AuditAction::Issue);
    draft.change.links = Some(LinkChange::Reveal {
        id: link.id.clone(),
        revelation: revelation(key, at),
    });
    store.commit(&draft.finish().unwrap()).await
}

fn note(draft: &mut Draft<'_>, action: AuditAction) {
    let nothing = "{}".to_owned();
    draft.note(Note::of_store(action, None, nothing));
}
