//! What a key makes.

use super::{
    steps::{in_days, made, make, manager_of, networks, rate, rotate},
    stores::{NOW, Site, asked, code, manager, scopes, with_grace},
};
use central_logger_key_store::{KeyMaker, KeyStatus, KeyUpdate, NewKey, Patch};
use central_logger_keys::Scope;
use central_logger_operations::keys::KeyRequest;
use time::Duration;

on_each_store! {
    what_is_left_out_is_as_with_the_maker,
    a_chain_of_makers_shares_the_rate_of_the_first,
    a_key_that_no_longer_works_makes_nothing_more,
    a_key_that_was_tightened_meanwhile_passes_on_what_it_has_now,
    a_leaked_key_is_revoked_with_all_that_it_made,
}

async fn what_is_left_out_is_as_with_the_maker(site: Site) {
    let maker = site
        .issue(NewKey {
            scopes: scopes("logs:read keys:manage orders:read"),
            allowed_from: "203.0.113.0/24".parse().unwrap(),
            rate_limit: "5/m".parse().ok(),
            expires_at: in_days(30),
            ..manager()
        })
        .await;
    let key = made(&site, &maker, asked()).await;
    assert_eq!(
        key.scopes,
        scopes("logs:read"),
        "no more than logs unless it is said"
    );
    assert_eq!(key.allowed_from, maker.allowed_from);
    assert_eq!(key.rate_limit, maker.rate_limit);
    assert_eq!(key.expires_at, maker.expires_at);
    assert_eq!(key.made_by, KeyMaker::Key(maker.id.clone()));
    assert_eq!(key.provider_set, Default::default());
    let named = KeyRequest {
        scopes: Some(scopes("orders:read keys:manage")),
        ..asked()
    };
    let key = made(&site, &maker, named).await;
    assert_eq!(key.scopes, scopes("keys:manage orders:read"));
    let only_manages = site.issue(manager_of("keys:manage")).await;
    assert_eq!(
        make(site.by(&only_manages), asked()).await,
        Err("scopes_required")
    );
}

async fn a_chain_of_makers_shares_the_rate_of_the_first(site: Site) {
    let first = NewKey {
        rate_limit: "5/m".parse().ok(),
        ..manager()
    };
    let first = site.issue(first).await;
    let all = KeyRequest {
        scopes: Some(Scope::OWN.into_iter().collect()),
        ..asked()
    };
    let second = made(&site, &first, all.clone()).await;
    let third = made(&site, &second, all.clone()).await;
    let shared: Vec<_> = third.shared_rates.iter().map(|bucket| &bucket.id).collect();
    assert_eq!(shared, [&first.id, &second.id]);
    let higher = KeyRequest {
        rate: "6/m".parse().ok(),
        ..all
    };
    assert_eq!(
        make(site.by(&third), higher).await,
        Err("beyond_own_rights")
    );
    // Without a rate of its own it still counts in that of the first, and passes on no more.
    let cleared = KeyUpdate {
        rate: Patch::Clear,
        ..KeyUpdate::default()
    };
    drop(site.provider().update(&third.id, &cleared).await.unwrap());
    let third = site.show(&third.id).await;
    let last = made(&site, &third, asked()).await;
    assert_eq!(last.rate_limit, "5/m".parse().ok());
    assert_eq!(last.shared_rates, third.shared_rates);
}

async fn a_key_that_no_longer_works_makes_nothing_more(site: Site) {
    let (revoked, disabled) = (site.issue(manager()).await, site.issue(manager()).await);
    let expiring = NewKey {
        expires_at: in_days(1),
        ..manager()
    };
    let expired = site.issue(expiring).await;
    drop(site.provider().revoke(&revoked.id, None).await.unwrap());
    drop(site.provider().disable(&disabled.id).await.unwrap());
    site.clock.advance(Duration::days(2));
    // Requests that were let through before.
    for key in [&revoked, &disabled, &expired] {
        assert_eq!(make(site.by(key), asked()).await, Err("key_ended"));
        let grace = with_grace(Duration::HOUR);
        let other = site.issue(manager()).await;
        assert_eq!(
            rotate(site.by(key), &other.id, grace).await,
            Err("key_ended")
        );
        assert_eq!(code(site.by(key).enable(&other.id).await), "key_ended");
    }
}

async fn a_key_that_was_tightened_meanwhile_passes_on_what_it_has_now(site: Site) {
    let verified = site.issue(manager()).await;
    drop(
        site.provider()
            .update(&verified.id, &rate("5/m"))
            .await
            .unwrap(),
    );
    assert_eq!(
        make(site.by(&verified), asked()).await,
        Err("beyond_own_rights")
    );
    let now = site.show(&verified.id).await;
    let key = made(&site, &now, asked()).await;
    assert_eq!(key.shared_rates, now.rates_to_share());
    drop(
        site.provider()
            .update(&now.id, &networks("203.0.113.0/24"))
            .await
            .unwrap(),
    );
    assert_eq!(make(site.by(&now), asked()).await, Err("beyond_own_rights"));
}

async fn a_leaked_key_is_revoked_with_all_that_it_made(site: Site) {
    let (leaked, other) = (site.issue(manager()).await, site.issue(manager()).await);
    let all = || KeyRequest {
        scopes: Some(Scope::OWN.into_iter().collect()),
        ..asked()
    };
    let second = made(&site, &leaked, all()).await;
    let third = made(&site, &second, all()).await;
    let taken_over = rotate(site.by(&third), &other.id, with_grace(Duration::DAY))
        .await
        .unwrap();
    let revoked = site
        .by(&other)
        .revoke_with_made(&leaked.id, None)
        .await
        .unwrap();
    let mut revoked = revoked.result.revoked;
    revoked.sort();
    let mut expected = vec![leaked.id.clone(), second.id, third.id, taken_over];
    expected.sort();
    assert_eq!(revoked, expected);
    assert_eq!(site.show(&other.id).await.status(NOW), KeyStatus::Active);
    // A request of the leaked key that was on its way makes nothing any more.
    assert_eq!(make(site.by(&leaked), all()).await, Err("key_ended"));
}
