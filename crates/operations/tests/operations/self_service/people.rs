//! People who have signed in, and what becomes of what they are doing when their session ends.

use super::{
    steps::{make, rotate},
    stores::{ACME, Site, asked, client, code, manager, with_grace},
};
use crate::disturbed_sessions::{Disturbance, DisturbedSessions};
use async_trait::async_trait;
use central_logger_key_store::{KeyMaker, NewKey};
use central_logger_keys::{KeyId, Scope};
use central_logger_operations::{StaticEntries, keys::KeyFilter, paging::PageRequest};
use std::{
    path::Path,
    sync::{
        Arc,
        atomic::{AtomicBool, Ordering},
    },
};
use time::Duration;
use tokio::sync::Notify;

on_each_store! {
    a_session_that_has_ended_changes_nothing_more,
    what_a_person_is_making_is_not_made_when_all_of_the_client_is_revoked,
    what_a_person_made_goes_with_the_key_that_let_the_person_in,
}

async fn a_session_that_has_ended_changes_nothing_more(site: Site) {
    let key = site.issue(manager()).await;
    let (ended, left) = (site.sign_in(None).await, site.sign_in(None).await);
    for session in [&ended, &left] {
        make(site.by_person(session), asked()).await.unwrap();
    }
    let end = site.provider().sessions().end(&ended.id).await;
    assert_eq!(end.unwrap().ended, std::slice::from_ref(&ended.id));
    make(site.by_person(&left), asked()).await.unwrap();
    // It was not used for longer than a session lasts without.
    site.clock.advance(Duration::HOUR);
    // Requests that were let through before.
    for session in [&ended, &left] {
        let person = || site.by_person(session);
        assert_eq!(make(person(), asked()).await, Err("session_ended"));
        let rotated = rotate(person(), &key.id, with_grace(Duration::HOUR)).await;
        assert_eq!(rotated, Err("session_ended"));
        assert_eq!(code(person().disable(&key.id).await), "session_ended");
    }
    assert_eq!(site.show(&key.id).await, key);
}

/// The first session that is looked at is known as it was before all that happens until it is let go.
struct Overtaking {
    is_first: AtomicBool,
    reached: Notify,
    may_go_on: Notify,
}

#[async_trait]
impl Disturbance for Overtaking {
    async fn after_finding(&self) {
        if self.is_first.swap(false, Ordering::Relaxed) {
            self.reached.notify_one();
            self.may_go_on.notified().await;
        }
    }
}

async fn what_a_person_is_making_is_not_made_when_all_of_the_client_is_revoked(site: Site) {
    // The client has no key, so that no key that is revoked changes what the decision is made upon.
    let session = site.sign_in(None).await;
    let sessions = Arc::new(DisturbedSessions {
        sessions: site.sessions.clone(),
        disturbance: Overtaking {
            is_first: AtomicBool::new(true),
            reached: Notify::new(),
            may_go_on: Notify::new(),
        },
    });
    let overtaking = &sessions.disturbance;
    let person = site.by_person_over(sessions.clone(), &session);
    let revocation = async {
        overtaking.reached.notified().await;
        let (acme, provider) = (client(ACME), site.provider());
        let no_entries = StaticEntries::read_again(Path::new("no.env"));
        let revoked = provider.revoke_client(&acme, None, no_entries).await;
        overtaking.may_go_on.notify_one();
        revoked.unwrap().result
    };
    let (made, revoked) = tokio::join!(make(person, asked()), revocation);
    assert_eq!(made, Err("session_ended"));
    assert_eq!(
        (revoked.revoked.len(), revoked.sessions_ended),
        (0, Some(1))
    );
    let left = site.provider().list(&KeyFilter::default()).await.unwrap();
    assert!(left.keys.is_empty(), "{left:?}");
}

async fn what_a_person_made_goes_with_the_key_that_let_the_person_in(site: Site) {
    let program = NewKey {
        scopes: Scope::OF_PROVIDER.into_iter().collect(),
        ..NewKey::for_provider()
    };
    let program = site.issue(program).await;
    let (let_in, other) = (
        site.sign_in(Some(&program.id)).await,
        site.sign_in(None).await,
    );
    let made = make(site.by_person(&let_in), asked()).await.unwrap();
    let of_other = make(site.by_person(&other), asked()).await.unwrap();
    // Its successor is made by the person, too.
    let day = with_grace(Duration::DAY);
    let successor = rotate(site.by_person(&let_in), &made, day).await.unwrap();

    let shown = async |id: &KeyId| site.provider().show(id).await.unwrap().key.made_by;
    assert_eq!(shown(&made).await, KeyMaker::Key(program.id.clone()));
    assert_eq!(shown(&of_other).await, KeyMaker::Provider);
    // A client sees neither keys of the provider nor sessions of other people.
    let page = PageRequest {
        limit: 10,
        after: None,
    };
    let person = site.by_person(&other);
    let listed = person.page(&KeyFilter::default(), &page).await.unwrap();
    assert_eq!(listed.keys.len(), 3);
    for key in listed.keys {
        assert_eq!(key.made_by, KeyMaker::Provider);
        let shown = person.show(&key.key_id).await.unwrap().key.made_by;
        assert_eq!(shown, KeyMaker::Provider);
    }

    let revoked = site.provider().revoke_with_made(&program.id, None).await;
    let mut revoked = revoked.unwrap().result.revoked;
    revoked.sort();
    let mut expected = vec![program.id, made, successor];
    expected.sort();
    assert_eq!(revoked, expected);
    // A request of the person that was on its way makes nothing any more.
    let late = make(site.by_person(&let_in), asked()).await;
    assert_eq!(late, Err("session_ended"));
    make(site.by_person(&other), asked()).await.unwrap();
}
